package paws360.backend.web;

import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;
import paws360.backend.config.Digest;
import paws360.backend.db.Schema;
import paws360.backend.db.SqlFailure;
import paws360.backend.redis.ApiCache;

/** How requests reach the database: a read once more when its session broke, a write in one transaction, the cache told afterwards. */
@Component
public class Work {
  public static final String key_header = "Idempotency-Key";

  private static final Logger log = LoggerFactory.getLogger(Work.class);
  private final JdbcClient database;
  private final TransactionTemplate transaction;
  private final ApiCache cache;
  private final Schema schema;

  public Work(JdbcClient database, TransactionTemplate transaction, ApiCache cache, Schema schema) {
    this.database = database;
    this.transaction = transaction;
    this.cache = cache;
    this.schema = schema;
  }

  public <T> T read(Supplier<T> query) {
    try {
      return query.get();
    } catch (DataAccessException e) {
      if (SqlFailure.of(e) != SqlFailure.connection_lost)
        throw e;
      return query.get();
    }
  }

  public <T> T write(List<String> tables, Supplier<T> change) {
    if (!schema.current())
      throw new Refusal(HttpStatus.SERVICE_UNAVAILABLE, "The schema is not up to date yet; send the request again.");
    try {
      var out = transaction.execute(status -> change.get());
      cache.invalidate(tables);
      return out;
    } catch (DataAccessException | TransactionException e) {
      if (SqlFailure.of(e) != SqlFailure.permanent)
        cache.invalidate(tables); // it may have been committed
      throw e;
    }
  }

  /**
   * A create that may be sent again. With a key, the first that is committed makes the row, and every later one with the same
   * key and request gets that row's id; without a key, each makes its own.
   */
  public long create(List<String> tables, String key, Object request, LongSupplier insert) {
    if (key == null)
      return write(tables, insert::getAsLong);
    if (!key.matches("[!-~]{1,64}"))
      throw new Refusal(HttpStatus.BAD_REQUEST, key_header + ": 1 to 64 printable characters without spaces are needed.");
    var fingerprint = Digest.sha256(request.toString());
    return write(tables, () -> {
      // Waits while another request with this key is open.
      var mine = database.sql("INSERT INTO idempotency_keys (key, resource, request) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
          .params(key, tables.get(0), fingerprint).update() == 1;
      if (!mine)
        return made_before(tables.get(0), key, fingerprint);
      var id = insert.getAsLong();
      database.sql("UPDATE idempotency_keys SET resource_id = ? WHERE key = ?").params(id, key).update();
      return id;
    });
  }

  private long made_before(String resource, String key, String fingerprint) {
    return database.sql("SELECT resource_id FROM idempotency_keys WHERE key = ? AND resource = ? AND request = ?")
        .params(key, resource, fingerprint).query(Long.class).optional()
        .orElseThrow(() -> Refusal.conflict("This " + key_header + " was used for another request."));
  }

  @Scheduled(fixedDelay = 3_600_000, initialDelay = 60_000)
  void forget_old_keys() {
    if (!schema.current())
      return;
    try {
      database.sql("DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'").update();
    } catch (DataAccessException | TransactionException e) {
      log.warn("old idempotency keys stay for now: {}", e.getMessage());
    }
  }
}
