package paws360.backend.health;

import java.sql.SQLException;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;
import paws360.backend.redis.Redis;

/** Asks PostgreSQL and Redis the least that proves they serve. Each has its own short times, so no check outlasts 5 s. */
@Component
public class Dependencies {
  public record State(String status, long response_time_ms) {
    public boolean up() {
      return status.equals("UP");
    }
  }

  private final DataSource database;
  private final Redis redis;

  public Dependencies(DataSource database, Redis redis) {
    this.database = database;
    this.redis = redis;
  }

  public State database() {
    return timed(() -> {
      try (var session = database.getConnection(); var statement = session.createStatement();
           var row = statement.executeQuery("SELECT NOT pg_is_in_recovery()")) {
        return row.next() && row.getBoolean(1);
      } catch (SQLException e) {
        return false;
      }
    });
  }

  public State cache() {
    return timed(() -> redis.ask(r -> r.ping()).reached());
  }

  private static State timed(BooleanSupplier check) {
    var begun = System.nanoTime();
    var up = check.getAsBoolean();
    return new State(up ? "UP" : "DOWN", (System.nanoTime() - begun) / 1_000_000);
  }

  // Actuator takes a component's name from its bean's.
  @org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
  static class Indicators {
    @Bean
    HealthIndicator dbHealthIndicator(Dependencies dependencies) {
      return () -> health(dependencies.database());
    }

    @Bean
    HealthIndicator redisHealthIndicator(Dependencies dependencies) {
      return () -> health(dependencies.cache());
    }

    private static Health health(State state) {
      return (state.up() ? Health.up() : Health.down()).build();
    }
  }
}
