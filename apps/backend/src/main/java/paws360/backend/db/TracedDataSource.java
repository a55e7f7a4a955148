package paws360.backend.db;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import paws360.backend.log.Trace;

/**
 * The pool, with each session named after the request that borrows it. Naming is a round trip, so it also finds sessions
 * that died in the pool, before anything of the request was sent on them.
 */
public class TracedDataSource extends PlainDataSource {
  /** application_name of a session that nobody has borrowed. */
  public static final String idle_name = "backend";
  /** Once there has been no leader for so long, a request is told at once instead of waiting for the pool's timeout. */
  static final Duration fail_fast_after = Duration.ofSeconds(1);

  /** What naming may take; to a frozen server that is all that is lost on one session. */
  static final int naming_timeout_ms = 1000;
  /** How long dead sessions are tried before the request is told. */
  static final Duration patience = Duration.ofSeconds(2);

  private final HikariDataSource pool;
  private final LeaderConnector leader;

  public TracedDataSource(HikariDataSource pool, LeaderConnector leader) {
    this.pool = pool;
    this.leader = leader;
  }

  @Override
  public Connection getConnection() throws SQLException {
    var trace = Trace.current();
    var give_up = Instant.now().plus(patience);
    while (true) { // each session of the pool may be dead
      if (leader.down_for().compareTo(fail_fast_after) > 0 && pool.getHikariPoolMXBean().getIdleConnections() == 0)
        throw new SQLTransientConnectionException("no PostgreSQL leader", "08001");
      var connection = pool.getConnection();
      if (trace == null)
        return connection;
      try {
        name(connection, trace);
        return named(connection);
      } catch (SQLException e) {
        pool.evictConnection(connection); // and with that it is closed
        if (Instant.now().isAfter(give_up))
          throw e;
      }
    }
  }

  private static void name(Connection connection, String trace) throws SQLException {
    var usual = connection.getNetworkTimeout();
    connection.setNetworkTimeout(Runnable::run, naming_timeout_ms);
    connection.setClientInfo("ApplicationName", trace);
    connection.setNetworkTimeout(Runnable::run, usual);
  }

  // The same session, which takes its name off when it goes back. One that broke has rolled back already: saying so again
  // must not hide why it broke.
  private static Connection named(Connection connection) {
    return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(), new Class<?>[] {Connection.class},
        (self, method, arguments) -> {
          if (method.getName().equals("close"))
            take_name_off(connection);
          else if (method.getName().equals("rollback") && connection.isClosed())
            return null;
          try {
            return method.invoke(connection, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  private static void take_name_off(Connection connection) {
    try {
      if (!connection.isClosed() && connection.getAutoCommit())
        connection.setClientInfo("ApplicationName", idle_name);
    } catch (SQLException e) {
      // The pool has seen it too and drops the session.
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(pool) ? type.cast(pool) : super.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(pool) || super.isWrapperFor(type);
  }
}
