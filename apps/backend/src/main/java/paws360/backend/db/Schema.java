package paws360.backend.db;

import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import paws360.backend.config.Settings;

/**
 * Brings the schema up to the files, beside the web server, so that the process is live while it waits for a leader. A file
 * that is refused is read again and again: mended, it needs no restart.
 */
@Component
public class Schema {
  static final Duration pause = Duration.ofSeconds(1);
  static final Duration pause_when_refused = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Schema.class);
  private final Settings settings;
  private final Thread worker = new Thread(this::work, "migrations");
  private volatile boolean current;

  public Schema(Settings settings) {
    this.settings = settings;
    worker.setDaemon(true);
  }

  /** All known migrations are applied. */
  public boolean current() {
    return current;
  }

  @EventListener(ApplicationReadyEvent.class)
  void begin() {
    worker.start();
  }

  @PreDestroy
  void end() {
    worker.interrupt();
  }

  private void work() {
    if (settings.migrations().isEmpty()) {
      log.warn("no migrations here (MIGRATIONS_DIR): the schema is taken as it is");
      current = true;
      return;
    }
    String said = "";
    while (!current) {
      String why;
      var wait = pause;
      try (var session = PostgresOpener.for_migrations(settings.database()).open()) {
        var files = MigrationFile.read(settings.migrations().get());
        var done = new Migrator().run(session, files);
        log.info("schema is current: {} migrations, {} applied now", files.size(), done);
        current = true;
        return;
      } catch (Migrator.Rejected | IOException e) {
        why = e.getMessage();
        wait = pause_when_refused;
        if (!why.equals(said))
          log.error("{}", why);
      } catch (SQLException | IllegalStateException e) {
        why = e.getMessage();
        if (!why.equals(said))
          log.warn("migrations wait: {}", why);
      }
      said = why;
      try {
        Thread.sleep(wait.toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
