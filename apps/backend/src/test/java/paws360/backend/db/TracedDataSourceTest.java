package paws360.backend.db;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.sql.Connection;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import paws360.backend.log.Trace;

class TracedDataSourceTest {
  private final HikariDataSource pool = mock(HikariDataSource.class);
  private final LeaderConnector leader = mock(LeaderConnector.class);
  private final TracedDataSource traced = new TracedDataSource(pool, leader);

  @BeforeEach
  void begin() {
    when(leader.down_for()).thenReturn(Duration.ZERO);
    MDC.put(Trace.key, "t-1");
  }

  @AfterEach
  void end() {
    MDC.clear();
  }

  private static Connection session() throws SQLException {
    var out = mock(Connection.class);
    when(out.getAutoCommit()).thenReturn(true);
    when(out.getNetworkTimeout()).thenReturn(5000);
    return out;
  }

  @Test
  void a_session_has_the_requests_name_while_it_is_borrowed() throws SQLException {
    var session = session();
    when(pool.getConnection()).thenReturn(session);
    traced.getConnection().close();
    var order = inOrder(session);
    order.verify(session).setNetworkTimeout(any(), org.mockito.ArgumentMatchers.eq(TracedDataSource.naming_timeout_ms));
    order.verify(session).setClientInfo("ApplicationName", "t-1");
    order.verify(session).setNetworkTimeout(any(), org.mockito.ArgumentMatchers.eq(5000));
    order.verify(session).setClientInfo("ApplicationName", TracedDataSource.idle_name);
    order.verify(session).close();
  }

  @Test
  void outside_of_a_request_nothing_is_named() throws SQLException {
    MDC.clear();
    var session = session();
    when(pool.getConnection()).thenReturn(session);
    assertSame(session, traced.getConnection());
    verify(session, never()).setNetworkTimeout(any(), anyInt());
  }

  @Test
  void a_dead_session_is_dropped_and_the_next_one_taken() throws SQLException {
    var dead = session();
    doThrow(new SQLClientInfoException()).when(dead).setClientInfo("ApplicationName", "t-1");
    var alive = session();
    when(pool.getConnection()).thenReturn(dead, alive);
    traced.getConnection().commit();
    verify(pool).evictConnection(dead);
    verify(alive).commit();
  }

  @Test
  void without_a_leader_nobody_waits() {
    when(leader.down_for()).thenReturn(Duration.ofSeconds(3));
    var inside = mock(HikariPoolMXBean.class);
    when(pool.getHikariPoolMXBean()).thenReturn(inside);
    assertThrows(SQLTransientConnectionException.class, traced::getConnection);
  }

  @Test
  void rolling_back_a_broken_session_hides_nothing() throws SQLException {
    var broken = session();
    when(pool.getConnection()).thenReturn(broken);
    var borrowed = traced.getConnection();
    when(broken.isClosed()).thenReturn(true);
    doThrow(new SQLException("Connection is closed")).when(broken).rollback();
    assertDoesNotThrow(() -> borrowed.rollback());
  }
}
