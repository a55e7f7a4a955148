package paws360.backend.health;

import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.info.BuildProperties;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import paws360.backend.db.Schema;

/**
 * `/health/live`: does the process work? `/health/ready`: may it get requests? For that it needs the database with its schema;
 * without Redis it serves all the same, and says so under `dependencies`.
 */
@RestController
public class HealthController {
  public record Report(String status, String service, String version, long uptime_seconds,
                       Map<String, Dependencies.State> dependencies, Instant timestamp) {}

  private final Dependencies dependencies;
  private final Schema schema;
  private final BuildProperties build;
  private final Clock clock;

  public HealthController(Dependencies dependencies, Schema schema, BuildProperties build, Clock clock) {
    this.dependencies = dependencies;
    this.schema = schema;
    this.build = build;
    this.clock = clock;
  }

  @GetMapping("/health/live")
  ResponseEntity<Report> live() {
    return answer(ManagementFactory.getThreadMXBean().findDeadlockedThreads() == null, null);
  }

  @GetMapping("/health/ready")
  ResponseEntity<Report> ready() {
    var seen = new LinkedHashMap<String, Dependencies.State>();
    seen.put("database", dependencies.database());
    seen.put("cache", dependencies.cache());
    return answer(seen.get("database").up() && schema.current(), seen);
  }

  private ResponseEntity<Report> answer(boolean up, Map<String, Dependencies.State> seen) {
    var report = new Report(up ? "UP" : "DOWN", "backend", build.getVersion(),
        ManagementFactory.getRuntimeMXBean().getUptime() / 1000, seen, clock.instant().truncatedTo(ChronoUnit.SECONDS));
    return ResponseEntity.status(up ? 200 : 503).body(report);
  }
}
