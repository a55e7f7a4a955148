package paws360.backend.redis;

import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import paws360.backend.config.Address;
import paws360.backend.config.RedisSettings;
import paws360.backend.config.Settings;

/** Asks every Sentinel, again and again, who the master is. Keeps one connection to each. */
@Component
public class MasterWatch {
  static final int interval_ms = 500;

  private static final Logger log = LoggerFactory.getLogger(MasterWatch.class);
  private final RedisSettings settings;
  private final RedisClients clients;
  private final Map<Address, StatefulRedisSentinelConnection<String, String>> connections = new ConcurrentHashMap<>();
  private volatile Optional<Address> master;
  private boolean alone;

  public MasterWatch(Settings all, RedisClients clients) {
    settings = all.redis();
    this.clients = clients;
    master = settings.fixed();
  }

  public Optional<Address> master() {
    return master;
  }

  @Scheduled(fixedDelay = interval_ms)
  void look() {
    if (settings.fixed().isPresent())
      return;
    var asked = settings.sentinels().stream().map(this::ask).toList();
    List<Address> answers = new ArrayList<>();
    for (var answer : asked)
      try {
        answers.add(answer.get(2L * settings.timeout_ms(), TimeUnit.MILLISECONDS));
      } catch (ExecutionException | TimeoutException e) {
        // One that does not answer has no vote.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    notice(answers.isEmpty());
    var now = MasterVote.decide(answers, settings.sentinels().size(), master);
    if (!now.equals(master)) {
      log.info("Redis master is {}{}", now.get(), master.map(old -> ", was " + old).orElse(""));
      master = now;
    }
  }

  private void notice(boolean nobody) {
    if (nobody && !alone)
      log.warn("no Sentinel of {} answers", settings.sentinels());
    if (!nobody && alone)
      log.info("Sentinels answer again");
    alone = nobody;
  }

  private CompletableFuture<Address> ask(Address sentinel) {
    return connection(sentinel).thenCompose(c -> c.async().getMasterAddrByName(settings.master_name()))
        .thenApply(answer -> {
          var at = (InetSocketAddress) answer;
          return new Address(at.getHostString(), at.getPort());
        });
  }

  private CompletableFuture<StatefulRedisSentinelConnection<String, String>> connection(Address sentinel) {
    var open = connections.get(sentinel);
    if (open != null && open.isOpen())
      return CompletableFuture.completedFuture(open);
    try {
      return clients.client().connectSentinelAsync(StringCodec.UTF8, clients.sentinel(sentinel)).thenApply(fresh -> {
        var old = connections.put(sentinel, fresh);
        if (old != null)
          old.closeAsync();
        return fresh;
      });
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e); // its password cannot be read
    }
  }
}
