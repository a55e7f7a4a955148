package paws360.backend.db;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.zaxxer.hikari.SQLExceptionOverride.Override;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqlFailureTest {
  private static SqlFailure of(String state) {
    return SqlFailure.of(new RuntimeException(new SQLException("why", state)));
  }

  @Test
  void what_a_failover_leaves_behind_costs_the_session() {
    for (var state : List.of("25006", "57P01", "57P02", "57P03", "08001", "08003", "08006", "58030")) {
      assertEquals(SqlFailure.connection_lost, of(state), state);
      assertEquals(Override.MUST_EVICT, new EvictOnFailover().adjudicate(new SQLException("why", state)), state);
    }
    assertEquals(SqlFailure.connection_lost, SqlFailure.of(new SQLTransientConnectionException("no session")));
    assertEquals(SqlFailure.connection_lost, SqlFailure.of(new SQLException("Connection is closed")));
  }

  @Test
  void what_passes_does_not() {
    for (var state : List.of("40001", "40P01", "53300", "55P03", "57014")) {
      assertEquals(SqlFailure.transient_failure, of(state), state);
      assertEquals(Override.CONTINUE_EVICT, new EvictOnFailover().adjudicate(new SQLException("why", state)), state);
    }
  }

  @Test
  void what_stays_wrong_is_not_worth_another_try() {
    for (var state : List.of("23505", "42P01", "22001"))
      assertEquals(SqlFailure.permanent, of(state), state);
    assertEquals(SqlFailure.permanent, SqlFailure.of(new IllegalStateException("no SQL at all")));
    assertEquals(SqlFailure.permanent, SqlFailure.of(new SQLException("no state")));
  }

  @Test
  void a_state_further_inside_counts() {
    assertEquals(SqlFailure.connection_lost, SqlFailure.of(new SQLException("outer", null, new SQLException("inner", "08006"))));
  }
}
