package paws360.backend.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private static Settings of(Map<String, String> values) {
    return Settings.from(new Variables(values));
  }

  @Test
  void nothing_set_is_a_stack_on_this_machine() {
    var settings = of(Map.of());
    assertEquals("paws360@127.0.0.1:5432/paws360", settings.database().toString());
    assertEquals("require", settings.database().ssl_mode());
    assertEquals(List.of(new Address("127.0.0.1", 26379)), settings.redis().sentinels());
    assertEquals(List.of("127.0.0.1"), settings.addresses());
    assertEquals(8080, settings.port());
  }

  @Test
  void urls_of_either_kind_win_over_single_variables() {
    for (var url : List.of("postgresql://me:p%40ss+w@db:6543/school?sslmode=prefer", "jdbc:postgresql://db:6543/school?sslmode=prefer&user=me&password=p@ss+w")) {
      var database = of(Map.of("DATABASE_URL", url, "PGHOST", "elsewhere", "PGPORT", "1")).database();
      assertEquals("me@db:6543/school", database.toString());
      assertEquals("prefer", database.ssl_mode());
      assertEquals("p@ss+w", database.password().get());
    }
    assertEquals("paws360@route:5432/paws360", of(Map.of("SPRING_DATASOURCE_URL", "jdbc:postgresql://route/paws360")).database().toString());
  }

  @Test
  void a_secret_is_read_from_its_file_each_time(@TempDir Path directory) throws IOException {
    var file = Files.writeString(directory.resolve("password"), "first\n");
    var password = of(Map.of("POSTGRES_PASSWORD_FILE", file.toString(), "POSTGRES_PASSWORD", "other")).database().password();
    assertEquals("first", password.get());
    Files.writeString(file, "second\n");
    assertEquals("second", password.get());
  }

  @Test
  void a_missing_secret_file_is_an_error_at_once() {
    var why = assertThrows(IllegalStateException.class, () -> of(Map.of("REDIS_PASSWORD_FILE", "/nowhere/it")));
    assertTrue(why.getMessage().startsWith("REDIS_PASSWORD_FILE: /nowhere/it"));
  }

  @Test
  void no_error_shows_a_password() {
    for (var wrong : List.of(Map.of("DATABASE_URL", "postgresql://me:hidden@:x:y"), Map.of("DATABASE_URL", "mysql://me:hidden@db/x"),
        Map.of("REDIS_URL", "http://:hidden@redis:1"))) {
      var why = assertThrows(IllegalArgumentException.class, () -> of(wrong));
      assertFalse(why.getMessage().contains("hidden"));
    }
  }

  @Test
  void sentinels_win_over_a_fixed_address() {
    var redis = of(Map.of("REDIS_SENTINELS", "a:1, b:2,c", "REDIS_URL", "redis://:pw@route:6380")).redis();
    assertEquals(List.of(new Address("a", 1), new Address("b", 2), new Address("c", 26379)), redis.sentinels());
    assertTrue(redis.fixed().isEmpty());

    var fixed = of(Map.of("REDIS_URL", "rediss://:pw@route:6380")).redis();
    assertEquals(new Address("route", 6380), fixed.fixed().get());
    assertEquals("pw", fixed.password().get().get());
    assertTrue(fixed.tls());
  }

  @Test
  void what_cannot_be_meant_is_refused_by_name() {
    for (var wrong : Map.of("PORT", "70000", "REDIS_TLS", "maybe", "PGSSLMODE", "verify-ca", "RATE_LIMIT_PER_HOUR", "-1").entrySet()) {
      var why = assertThrows(IllegalArgumentException.class, () -> of(Map.of(wrong.getKey(), wrong.getValue())));
      assertTrue(why.getMessage().contains(wrong.getKey()), why.getMessage());
    }
  }
}
