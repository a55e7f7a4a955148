package paws360.backend.config;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Where PostgreSQL is: the route that follows the leader. `ca_file` is empty where the server's certificate is not checked. */
public record DatabaseSettings(Address address, String database, String user, Supplier<String> password, String ssl_mode,
                               Optional<String> ca_file) {
  private static final Set<String> ssl_modes = Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  /** DATABASE_URL (or SPRING_DATASOURCE_URL) wins over libpq's variables, part by part. */
  static DatabaseSettings from(Variables variables) {
    var parts = variables.find("DATABASE_URL", "SPRING_DATASOURCE_URL").map(DatabaseSettings::parts).orElse(Map.of());
    var host = part(parts, "host", variables, "PGHOST").orElse("127.0.0.1");
    var port = parts.containsKey("host") ? Integer.parseInt(parts.get("port")) : variables.integer("PGPORT", 5432, 1, 65535);
    var mode = part(parts, "sslmode", variables, "PGSSLMODE").orElse("require");
    var ca = part(parts, "sslrootcert", variables, "PGSSLROOTCERT");
    if (!ssl_modes.contains(mode))
      throw new IllegalArgumentException("PGSSLMODE: one of " + ssl_modes.stream().sorted().toList() + " is needed");
    if (mode.startsWith("verify") && ca.isEmpty())
      throw new IllegalArgumentException("PGSSLROOTCERT: PGSSLMODE=" + mode + " needs the file of the authority");
    var password = variables.secret("POSTGRES_PASSWORD", "SPRING_DATASOURCE_PASSWORD", "PGPASSWORD")
        .orElse(parts.containsKey("password") ? () -> parts.get("password") : () -> "");
    return new DatabaseSettings(new Address(host, port), part(parts, "database", variables, "PGDATABASE").orElse("paws360"),
        part(parts, "user", variables, "PGUSER", "SPRING_DATASOURCE_USERNAME").orElse("paws360"), password, mode, ca);
  }

  private static Optional<String> part(Map<String, String> parts, String name, Variables variables, String... names) {
    return Optional.ofNullable(parts.get(name)).or(() -> variables.find(names));
  }

  // [jdbc:]postgres[ql]://[user[:password]@]host[:port][/database][?sslmode=…&sslrootcert=…]
  private static Map<String, String> parts(String text) {
    var out = new HashMap<String, String>();
    URI url;
    try {
      url = URI.create(text.startsWith("jdbc:") ? text.substring(5) : text);
    } catch (IllegalArgumentException e) {
      url = null; // its message would show the password
    }
    if (url == null || url.getHost() == null || !Set.of("postgres", "postgresql").contains(url.getScheme()))
      throw new IllegalArgumentException("DATABASE_URL: postgresql://user@host:port/database is needed");
    out.put("host", url.getHost());
    out.put("port", Integer.toString(url.getPort() < 0 ? 5432 : url.getPort()));
    if (url.getPath() != null && url.getPath().length() > 1)
      out.put("database", url.getPath().substring(1));
    if (url.getRawUserInfo() != null) {
      var login = url.getRawUserInfo().split(":", 2);
      out.put("user", decoded(login[0]));
      if (login.length == 2)
        out.put("password", decoded(login[1]));
    }
    if (url.getRawQuery() != null)
      for (var pair : url.getRawQuery().split("&")) {
        var halves = pair.split("=", 2);
        if (halves.length == 2 && Set.of("sslmode", "sslrootcert", "user", "password").contains(halves[0]))
          out.put(halves[0], decoded(halves[1]));
      }
    return out;
  }

  // A plus sign stands for itself before the query, and in a base64 password everywhere.
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return user + "@" + address + "/" + database;
  }
}
