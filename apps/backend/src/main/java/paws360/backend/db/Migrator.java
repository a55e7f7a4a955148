package paws360.backend.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.postgresql.util.PSQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies what is missing, on one session that is its own; the steps are those of database/README.md. */
public class Migrator {
  /** The files and the database contradict each other, or a file is wrong: trying again changes nothing. */
  public static class Rejected extends Exception {
    public Rejected(String why) {
      super(why);
    }
  }

  static final long lock = 360001;
  private static final Logger log = LoggerFactory.getLogger(Migrator.class);

  record Applied(String name, String checksum) {}

  /** How many were applied. */
  public int run(Connection session, List<MigrationFile> files) throws SQLException, Rejected {
    try (var statement = session.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(" + lock + ")");
      statement.execute("""
          CREATE TABLE IF NOT EXISTS schema_migrations (
            version    integer PRIMARY KEY,
            name       text NOT NULL,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
          )""");
    }
    var missing = missing(files, applied(session));
    int done = 0;
    for (var file : missing) {
      apply(session, file);
      log.info("migration {}/{} {}", ++done, missing.size(), file.file());
    }
    return done;
  }

  private static Map<Integer, Applied> applied(Connection session) throws SQLException {
    var out = new TreeMap<Integer, Applied>();
    try (var statement = session.createStatement();
         var rows = statement.executeQuery("SELECT version, name, checksum FROM schema_migrations")) {
      while (rows.next())
        out.put(rows.getInt(1), new Applied(rows.getString(2), rows.getString(3)));
    }
    return out;
  }

  static List<MigrationFile> missing(List<MigrationFile> files, Map<Integer, Applied> applied) throws Rejected {
    var out = new ArrayList<MigrationFile>();
    var unknown = new TreeMap<>(applied);
    for (var file : files) {
      var there = unknown.remove(file.version());
      if (there == null)
        out.add(file);
      else if (!there.checksum().equals(file.checksum()))
        throw new Rejected(file.file() + " was applied with other contents (checksum " + there.checksum() + ", now "
            + file.checksum() + "): restore it, and write the change as the next migration");
    }
    unknown.forEach((version, row) -> log.warn("migration {} ({}) is applied, and there is no file of it", version, row.name()));
    return out;
  }

  private static void apply(Connection session, MigrationFile file) throws SQLException, Rejected {
    session.setAutoCommit(false);
    try (var statement = session.createStatement();
         var row = session.prepareStatement("INSERT INTO schema_migrations (version, name, checksum) VALUES (?, ?, ?)")) {
      statement.execute("SET LOCAL lock_timeout = '10s'");
      statement.execute(file.sql());
      row.setInt(1, file.version());
      row.setString(2, file.name());
      row.setString(3, file.checksum());
      row.executeUpdate();
      session.commit();
    } catch (SQLException e) {
      try {
        session.rollback();
      } catch (SQLException broken) {
        e.addSuppressed(broken);
      }
      if (SqlFailure.of(e) != SqlFailure.permanent)
        throw e;
      throw new Rejected(file.file() + ":" + line(file, e) + ": " + e.getMessage());
    } finally {
      if (!session.isClosed())
        session.setAutoCommit(true);
    }
  }

  private static int line(MigrationFile file, SQLException failure) {
    var at = failure instanceof PSQLException known && known.getServerErrorMessage() != null
        ? known.getServerErrorMessage().getPosition() : 0;
    return file.line_of(at);
  }
}
