package paws360.backend.redis;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import paws360.backend.config.Digest;

/**
 * Answers of the API, in Redis for five minutes: `api:cache:<endpoint>:<hash>`. The hash covers the parameters and a version of
 * each table that the answer is made of, which every write replaces (`api:version:<table>`). A reader takes the versions before
 * it asks the database, so what it stores late is stored where nobody looks any more. Without Redis all comes from the database.
 */
@Component
public class ApiCache {
  public static final Duration ttl = Duration.ofMinutes(5);
  /** Where each write is told, for whoever keeps copies: the names of the tables, separated by spaces. */
  public static final String channel = "api:cache:invalidate";
  static final List<String> tables = List.of("students", "courses", "enrolments");

  private final Redis redis;
  private final ObjectMapper json;
  private final MeterRegistry meters;
  /** Tables whose version could not be replaced yet, with a stamp of the write; nothing of them is read from the cache. */
  private final Map<String, Object> stale = new ConcurrentHashMap<>();
  private volatile long epoch;

  public ApiCache(Redis redis, ObjectMapper json, MeterRegistry meters) {
    this.redis = redis;
    this.json = json;
    this.meters = meters;
  }

  /** The answer as JSON, from the cache or else from `load`. The header X-Cache says which: hit, miss, bypass. */
  public ResponseEntity<String> answer(String endpoint, List<String> sources, Object parameters, Supplier<Object> load) {
    notice_epoch();
    var versions = sources.stream().anyMatch(stale::containsKey) ? null : versions(sources);
    if (versions == null)
      return response("bypass", text(load.get()));
    var key = "api:cache:" + endpoint + ":" + Digest.sha256(text(parameters) + versions).substring(0, 32);
    var hit = redis.ask(r -> r.get(key));
    if (hit.value() != null)
      return response("hit", hit.value());
    var body = text(load.get());
    if (hit.reached())
      redis.ask(r -> r.setex(key, ttl.toSeconds(), body));
    return response(hit.reached() ? "miss" : "bypass", body);
  }

  /** To be called after a commit, also after one whose outcome is unknown. */
  public void invalidate(List<String> written) {
    if (!replace_versions(written))
      written.forEach(table -> stale.put(table, new Object()));
  }

  @Scheduled(fixedDelay = 250)
  void mend() {
    notice_epoch();
    var seen = Map.copyOf(stale);
    if (!seen.isEmpty() && replace_versions(seen.keySet().stream().sorted().toList()))
      seen.forEach(stale::remove);
  }

  // A promoted replica may lack the last versions that were written.
  private void notice_epoch() {
    var now = redis.epoch();
    if (now == epoch)
      return;
    tables.forEach(table -> stale.put(table, new Object()));
    epoch = now;
  }

  private boolean replace_versions(List<String> written) {
    var fresh = written.stream().collect(Collectors.toMap(ApiCache::version_key, table -> UUID.randomUUID().toString()));
    return redis.ask(r -> {
      var set = r.mset(fresh).toCompletableFuture();
      r.publish(channel, String.join(" ", written));
      return set;
    }).reached();
  }

  // null when nobody answers
  private String versions(List<String> sources) {
    var keys = sources.stream().map(ApiCache::version_key).toArray(String[]::new);
    for (int attempt = 0; attempt < 2; ++attempt) {
      var found = redis.ask(r -> r.mget(keys));
      if (!found.reached())
        return null;
      if (found.value().stream().allMatch(version -> version.hasValue()))
        return found.value().toString();
      // The first reader of all, or they were evicted: never a value that was there before.
      redis.ask(r -> CompletableFuture.allOf(sources.stream()
          .map(table -> r.setnx(version_key(table), UUID.randomUUID().toString()).toCompletableFuture()).toArray(CompletableFuture[]::new)));
    }
    return null;
  }

  private static String version_key(String table) {
    return "api:version:" + table;
  }

  private String text(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private ResponseEntity<String> response(String outcome, String body) {
    meters.counter("api.cache.requests", "outcome", outcome).increment();
    return ResponseEntity.ok().header("X-Cache", outcome).contentType(MediaType.APPLICATION_JSON).body(body);
  }
}
