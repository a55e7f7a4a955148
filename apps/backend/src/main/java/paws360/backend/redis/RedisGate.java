package paws360.backend.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import paws360.backend.config.Address;
import paws360.backend.config.Settings;
import paws360.backend.log.Trace;

/**
 * The pool of connections to the master. Whatever goes wrong costs the connection, and then one caller at a time finds out
 * whether Redis is back; the others are told at once that nobody answers.
 */
@Component
public class RedisGate implements Redis {
  static final int pool_size = 10;
  static final Duration borrow_timeout = Duration.ofMillis(200);

  private static final Logger log = LoggerFactory.getLogger(RedisGate.class);
  private final RedisClients clients;
  private final MasterWatch watch;
  private final int timeout_ms;
  private final Breaker breaker = new Breaker(Duration.ofMillis(500));
  private final GenericObjectPool<Link> pool;
  private final Counter failures;
  private Optional<Address> last_master = Optional.empty();
  private volatile long epoch;

  /** A connection, and to whom. */
  record Link(Address master, StatefulRedisConnection<String, String> connection) {}

  public RedisGate(Settings settings, RedisClients clients, MasterWatch watch, MeterRegistry meters) {
    this.clients = clients;
    this.watch = watch;
    timeout_ms = settings.redis().timeout_ms();
    var shape = new GenericObjectPoolConfig<Link>();
    shape.setMaxTotal(pool_size);
    shape.setMaxIdle(pool_size);
    shape.setMaxWait(borrow_timeout);
    shape.setTestOnBorrow(true);
    shape.setJmxEnabled(false);
    pool = new GenericObjectPool<>(new Links(), shape);
    failures = Counter.builder("redis.failures").description("Questions to Redis that nobody answered").register(meters);
    Gauge.builder("redis.connections.active", pool, GenericObjectPool::getNumActive).register(meters);
  }

  @Override
  public <T> Reply<T> ask(Function<RedisAsyncCommands<String, String>, CompletionStage<T>> question) {
    notice_master();
    if (watch.master().isEmpty() || !breaker.admits())
      return Reply.nobody();
    Link link = null;
    try {
      link = pool.borrowObject();
      var value = put(link, question);
      pool.returnObject(link);
      if (breaker.succeeded())
        log.info("Redis answers again: {}", link.master());
      return new Reply<>(true, value);
    } catch (Exception e) {
      if (e instanceof InterruptedException)
        Thread.currentThread().interrupt();
      drop(link);
      failures.increment();
      if (breaker.failed())
        log.warn("Redis does not answer, going on without it: {}", reason(e));
      return Reply.nobody();
    }
  }

  @Override
  public long epoch() {
    notice_master();
    return epoch;
  }

  // The name, the question and the name's removal go out together: one round trip.
  private <T> T put(Link link, Function<RedisAsyncCommands<String, String>, CompletionStage<T>> question) throws Exception {
    var commands = link.connection().async();
    var trace = Trace.current();
    if (trace != null)
      commands.clientSetname(trace);
    var answer = question.apply(commands).toCompletableFuture();
    if (trace != null)
      commands.clientSetname(RedisClients.idle_name);
    return answer.get(timeout_ms, TimeUnit.MILLISECONDS);
  }

  // Connections to a former master go, and its failures no longer count.
  private void notice_master() {
    var now = watch.master();
    synchronized (this) {
      if (now.equals(last_master))
        return;
      last_master = now;
      ++epoch;
    }
    pool.clear();
    breaker.reset();
  }

  private void drop(Link link) {
    if (link == null)
      return;
    try {
      pool.invalidateObject(link);
    } catch (Exception e) {
      // It is gone either way.
    }
  }

  private static String reason(Throwable failure) {
    var cause = failure;
    while (cause.getCause() != null && (cause.getMessage() == null || cause instanceof java.util.concurrent.ExecutionException
        || cause instanceof RedisException && cause.getCause() != cause))
      cause = cause.getCause();
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  @PreDestroy
  void close() {
    pool.close();
  }

  private final class Links extends BasePooledObjectFactory<Link> {
    @Override
    public Link create() throws Exception {
      var master = watch.master().orElseThrow(() -> new RedisException("no Sentinel names a master"));
      var future = clients.client().connectAsync(StringCodec.UTF8, clients.node(master));
      var connection = future.get(2L * timeout_ms, TimeUnit.MILLISECONDS);
      // An old master that came back as a replica, or a Sentinel that is behind.
      if (!"master".equals(connection.async().role().get(timeout_ms, TimeUnit.MILLISECONDS).get(0))) {
        connection.closeAsync();
        throw new RedisException(master + " is not the master");
      }
      return new Link(master, connection);
    }

    @Override
    public PooledObject<Link> wrap(Link link) {
      return new DefaultPooledObject<>(link);
    }

    @Override
    public boolean validateObject(PooledObject<Link> pooled) {
      var link = pooled.getObject();
      return link.connection().isOpen() && watch.master().equals(Optional.of(link.master()));
    }

    @Override
    public void destroyObject(PooledObject<Link> pooled) {
      pooled.getObject().connection().closeAsync();
    }
  }
}
