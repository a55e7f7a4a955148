package paws360.backend.db;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/** What an SQLSTATE means for whoever asks again. */
public enum SqlFailure {
  /** The session is of no use any more: broken, or to a server that is no longer the leader. */
  connection_lost,
  /** The session is fine, the same request may succeed a moment later. */
  transient_failure,
  /** Asking again changes nothing. */
  permanent;

  // 25006 read_only_sql_transaction: a demoted leader. 57P0x: shutdown, crash, starting up.
  private static final Set<String> lost = Set.of("25006", "57P01", "57P02", "57P03", "57P04", "57P05");
  // 40…: rolled back. 53…: resources. 55P03: lock_timeout. 57014: statement_timeout.
  private static final Set<String> passing = Set.of("55P03", "57014");

  public static SqlFailure of(Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause() == cause ? null : cause.getCause()) {
      // The pool's own: no session within its time.
      if (cause instanceof SQLTransientConnectionException)
        return connection_lost;
      if (!(cause instanceof SQLException sql))
        continue;
      if (sql.getSQLState() != null)
        return of(sql.getSQLState());
      // The pool's own words for a session that it has dropped meanwhile.
      if ("Connection is closed".equals(sql.getMessage()))
        return connection_lost;
    }
    return permanent;
  }

  private static SqlFailure of(String state) {
    if (state.startsWith("08") || state.startsWith("58") || state.equals("XX001") || lost.contains(state))
      return connection_lost;
    if (state.startsWith("40") || state.startsWith("53") || passing.contains(state))
      return transient_failure;
    return permanent;
  }
}
