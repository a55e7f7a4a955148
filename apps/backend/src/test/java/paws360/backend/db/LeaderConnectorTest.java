package paws360.backend.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeaderConnectorTest {
  @Test
  void goes_on_trying_until_there_is_a_leader() throws SQLException {
    var session = mock(Connection.class);
    var attempts = new AtomicInteger();
    var down = new Duration[1];
    var connector = new LeaderConnector[1];
    connector[0] = new LeaderConnector(() -> {
      down[0] = connector[0].down_for();
      if (attempts.incrementAndGet() < 3)
        throw new SQLException("refused", "08001");
      return session;
    });
    assertSame(session, connector[0].getConnection());
    assertEquals(3, attempts.get());
    assertTrue(down[0].compareTo(Duration.ZERO) > 0);
    assertEquals(Duration.ZERO, connector[0].down_for());
  }

  @Test
  void an_interrupt_ends_the_waiting() {
    var connector = new LeaderConnector(() -> {
      Thread.currentThread().interrupt();
      throw new SQLException("refused", "08001");
    });
    assertThrows(SQLException.class, connector::getConnection);
    assertTrue(Thread.interrupted());
  }
}
