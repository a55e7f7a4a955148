package paws360.backend.db;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/** Adds to the pool's own list what a failover leaves behind: a session to a server that only reads. */
public class EvictOnFailover implements SQLExceptionOverride {
  @java.lang.Override
  public Override adjudicate(SQLException failure) {
    return SqlFailure.of(failure) == SqlFailure.connection_lost ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
  }
}
