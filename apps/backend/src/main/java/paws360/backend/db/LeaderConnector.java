package paws360.backend.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens sessions to the leader for the pool, and goes on trying while there is none. The pool itself waits longer after each
 * failure, up to 5 s; here it is a short steady pause, so that a new leader is used as soon as the route leads to it.
 */
public class LeaderConnector extends PlainDataSource {
  /** Opens one session or fails soon. */
  public interface Opener {
    Connection open() throws SQLException;
  }

  static final Duration pause = Duration.ofMillis(200);
  /** After that the pool gets the failure, looks whether it still wants a session, and asks again. */
  static final Duration patience = Duration.ofSeconds(20);

  private static final Logger log = LoggerFactory.getLogger(LeaderConnector.class);
  private final Opener opener;
  private volatile Instant down_since;

  public LeaderConnector(Opener opener) {
    this.opener = opener;
  }

  @Override
  public Connection getConnection() throws SQLException {
    var give_up = Instant.now().plus(patience);
    while (true) {
      try {
        var connection = opener.open();
        recovered();
        return connection;
      } catch (SQLException e) {
        failed(e);
        if (Instant.now().isAfter(give_up))
          throw e;
      }
      try {
        Thread.sleep(pause.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted while waiting for a leader", "08001");
      }
    }
  }

  /** How long there has been no leader to connect to; zero when the last attempt succeeded. */
  public Duration down_for() {
    var since = down_since;
    return since == null ? Duration.ZERO : Duration.between(since, Instant.now());
  }

  private synchronized void failed(SQLException why) {
    if (down_since != null)
      return;
    down_since = Instant.now();
    log.atWarn().addKeyValue("sql_state", why.getSQLState()).log("no PostgreSQL leader: {}", why.getMessage());
  }

  private synchronized void recovered() {
    if (down_since == null)
      return;
    log.atInfo().addKeyValue("duration_ms", down_for().toMillis()).log("PostgreSQL leader is back");
    down_since = null;
  }
}
