package paws360.backend.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import jakarta.annotation.PreDestroy;
import java.io.File;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;
import paws360.backend.config.Address;
import paws360.backend.config.RedisSettings;
import paws360.backend.config.Settings;

/** Lettuce, set so that a connection is either of use or gone: nothing reconnects by itself, nothing queues, all has a time. */
@Component
public class RedisClients {
  /** Name of a connection that nobody has borrowed. */
  static final String idle_name = "backend";

  private final RedisSettings settings;
  private final ClientResources resources =
      DefaultClientResources.builder().ioThreadPoolSize(2).computationThreadPoolSize(2).build();
  private final RedisClient client;

  public RedisClients(Settings all) {
    settings = all.redis();
    client = RedisClient.create(resources);
    var timeout = Duration.ofMillis(settings.timeout_ms());
    var options = ClientOptions.builder().autoReconnect(false).disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .timeoutOptions(TimeoutOptions.enabled(timeout))
        .socketOptions(SocketOptions.builder().connectTimeout(timeout).keepAlive(true).build());
    if (settings.tls() && settings.ca_file().isPresent())
      options.sslOptions(SslOptions.builder().jdkSslProvider().trustManager(new File(settings.ca_file().get())).build());
    client.setOptions(options.build());
  }

  RedisClient client() {
    return client;
  }

  RedisURI node(Address at) {
    return uri(at, settings.password());
  }

  RedisURI sentinel(Address at) {
    return uri(at, settings.sentinel_password());
  }

  // Passwords are read for each connection, so that a changed file holds for the next one.
  private RedisURI uri(Address at, Optional<Supplier<String>> password) {
    var out = RedisURI.Builder.redis(at.host(), at.port()).withTimeout(Duration.ofMillis(settings.timeout_ms()))
        .withClientName(idle_name).withSsl(settings.tls())
        .withVerifyPeer(settings.tls() ? SslVerifyMode.FULL : SslVerifyMode.NONE);
    password.ifPresent(secret -> out.withPassword(secret.get().toCharArray()));
    return out.build();
  }

  @PreDestroy
  void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    resources.shutdown(0, 1, java.util.concurrent.TimeUnit.SECONDS);
  }
}
