package paws360.backend.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;
import paws360.backend.config.DatabaseSettings;

/** Opens sessions with PostgreSQL's driver. The password is read anew for each, and never part of the URL. */
public class PostgresOpener implements LeaderConnector.Opener {
  static final int connect_timeout_s = 2;
  /**
   * A session that says nothing for so long is given up. Also bounds a commit that waits for a standby: its outcome is then
   * unknown, and a client that sends the same Idempotency-Key again finds out.
   */
  static final int socket_timeout_s = 5;
  /**
   * The server's own limit, below the socket's. Never Statement.setQueryTimeout instead: that sends a cancel, and a cancelled
   * commit counts as done before any standby has it.
   */
  static final int statement_timeout_ms = 4000;
  /** Of one migration; a leader that died unseen is not waited for any longer. */
  static final int migration_timeout_s = 600;

  private final DatabaseSettings settings;
  private final boolean bounded;

  private PostgresOpener(DatabaseSettings settings, boolean bounded) {
    this.settings = settings;
    this.bounded = bounded;
  }

  public static PostgresOpener for_requests(DatabaseSettings settings) {
    return new PostgresOpener(settings, true);
  }

  /** Statements may take long, and a file with many of them goes as one query. */
  public static PostgresOpener for_migrations(DatabaseSettings settings) {
    return new PostgresOpener(settings, false);
  }

  @Override
  public Connection open() throws SQLException {
    var connection = new Driver().connect(
        "jdbc:postgresql://" + settings.address() + "/" + settings.database(), properties());
    if (connection == null)
      throw new SQLException("not an address of PostgreSQL: " + settings.address(), "08001");
    return connection;
  }

  Properties properties() {
    var out = new Properties();
    out.setProperty("user", settings.user());
    out.setProperty("password", settings.password().get());
    out.setProperty("sslmode", settings.ssl_mode());
    settings.ca_file().ifPresent(file -> out.setProperty("sslrootcert", file));
    out.setProperty("ApplicationName", bounded ? TracedDataSource.idle_name : "backend-migrations");
    // The route may lag behind a demotion by one check.
    out.setProperty("targetServerType", "primary");
    out.setProperty("connectTimeout", Integer.toString(connect_timeout_s));
    out.setProperty("cancelSignalTimeout", "1");
    out.setProperty("tcpKeepAlive", "true");
    if (bounded) {
      out.setProperty("socketTimeout", Integer.toString(socket_timeout_s));
      out.setProperty("options", "-c statement_timeout=" + statement_timeout_ms);
    } else {
      out.setProperty("preferQueryMode", "simple");
      out.setProperty("socketTimeout", Integer.toString(migration_timeout_s));
    }
    return out;
  }
}
