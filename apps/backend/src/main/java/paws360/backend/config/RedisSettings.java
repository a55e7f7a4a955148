package paws360.backend.config;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Where Redis is: Sentinels that know the master of this name; or, where there are none, one fixed address. */
public record RedisSettings(List<Address> sentinels, String master_name, Optional<Address> fixed,
                            Optional<Supplier<String>> password, Optional<Supplier<String>> sentinel_password, boolean tls,
                            Optional<String> ca_file, int timeout_ms) {
  static RedisSettings from(Variables variables) {
    var sentinels = variables.find("REDIS_SENTINELS").stream().flatMap(list -> Arrays.stream(list.split(",")))
        .map(String::strip).filter(text -> !text.isEmpty()).map(text -> Address.parse(text, 26379)).toList();
    // What `run` exports; the Sentinels are the better source.
    var url = sentinels.isEmpty() ? variables.find("REDIS_URL").map(RedisSettings::parsed) : Optional.<URI>empty();
    var fixed = url.map(u -> new Address(u.getHost(), u.getPort() < 0 ? 6379 : u.getPort()));
    if (sentinels.isEmpty() && fixed.isEmpty())
      sentinels = List.of(new Address("127.0.0.1", 26379));
    var password = variables.secret("REDIS_PASSWORD").or(() -> url.map(URI::getUserInfo).filter(u -> u.contains(":"))
        .map(u -> u.substring(u.indexOf(':') + 1)).map(text -> () -> text));
    return new RedisSettings(sentinels, variables.find("REDIS_MASTER_NAME").orElse("mymaster"), fixed, password,
        variables.secret("REDIS_SENTINEL_PASSWORD"),
        variables.flag("REDIS_TLS") || url.map(u -> u.getScheme().equals("rediss")).orElse(false),
        variables.find("REDIS_CA_FILE"), variables.integer("REDIS_TIMEOUT_MS", 500, 50, 10_000));
  }

  private static URI parsed(String text) {
    try {
      var url = URI.create(text);
      if (url.getHost() != null && ("redis".equals(url.getScheme()) || "rediss".equals(url.getScheme())))
        return url;
    } catch (IllegalArgumentException e) {
      // said below, without the password
    }
    throw new IllegalArgumentException("REDIS_URL: redis://host:port is needed");
  }

  @Override
  public String toString() {
    return fixed.map(Address::toString).orElse(master_name + " of " + sentinels);
  }
}
