package paws360.backend.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** All that an operator sets, read once; apps/README.md has the table. */
public record Settings(int port, List<String> addresses, DatabaseSettings database, RedisSettings redis,
                       Optional<Path> migrations, int rate_limit_per_hour, Optional<Supplier<String>> session_secret) {
  public static Settings from(Variables variables) {
    return new Settings(variables.integer("PORT", 8080, 0, 65535),
        Arrays.stream(variables.find("ADDRESS").orElse("127.0.0.1").split(",")).map(String::strip).toList(),
        DatabaseSettings.from(variables), RedisSettings.from(variables), migrations(variables),
        variables.integer("RATE_LIMIT_PER_HOUR", 100_000, 0, 1_000_000_000), variables.secret("SESSION_SECRET"));
  }

  // Seen from the project's root, from apps/backend, and in a container.
  private static Optional<Path> migrations(Variables variables) {
    var named = variables.find("MIGRATIONS_DIR").map(Path::of);
    if (named.isPresent())
      return named;
    return List.of("database/migrations", "../../database/migrations", "/migrations").stream().map(Path::of)
        .filter(Files::isDirectory).findFirst();
  }
}
