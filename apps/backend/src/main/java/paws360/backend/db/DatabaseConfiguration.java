package paws360.backend.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import paws360.backend.config.Settings;

@Configuration(proxyBeanMethods = false)
public class DatabaseConfiguration {
  static final int pool_size = 20;
  static final int idle_size = 5;
  static final int borrow_timeout_ms = 2000;

  @Bean
  LeaderConnector leader(Settings settings) {
    return new LeaderConnector(PostgresOpener.for_requests(settings.database()));
  }

  @Bean
  HikariDataSource pool(LeaderConnector leader) {
    var config = new HikariConfig();
    config.setPoolName("postgres");
    config.setDataSource(leader);
    config.setMaximumPoolSize(pool_size);
    config.setMinimumIdle(idle_size);
    config.setConnectionTimeout(borrow_timeout_ms);
    config.setValidationTimeout(1000);
    config.setKeepaliveTime(30_000);
    config.setIdleTimeout(300_000);
    config.setMaxLifetime(900_000);
    config.setInitializationFailTimeout(-1); // up before its database: live, but not ready
    config.setExceptionOverrideClassName(EvictOnFailover.class.getName());
    return new HikariDataSource(config);
  }

  @Bean
  @Primary
  TracedDataSource data_source(HikariDataSource pool, LeaderConnector leader, MeterRegistry meters) {
    Gauge.builder("db.connections.active", pool, p -> p.getHikariPoolMXBean() == null ? 0 : p.getHikariPoolMXBean().getActiveConnections())
        .description("Sessions to PostgreSQL that a request has borrowed").register(meters);
    return new TracedDataSource(pool, leader);
  }
}
