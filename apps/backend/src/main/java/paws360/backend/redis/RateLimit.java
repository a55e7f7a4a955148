package paws360.backend.redis;

import io.lettuce.core.KeyValue;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import paws360.backend.config.Settings;

/** Requests of one user within the last hour, counted by the minute: `ratelimit:<user_id>:<minute>`. Without Redis all may pass. */
@Component
public class RateLimit {
  public static final Duration window = Duration.ofHours(1);
  private static final int minutes = (int) window.toMinutes();

  private final Redis redis;
  private final Clock clock;
  private final int limit;

  public record Verdict(boolean admitted, int limit, long remaining) {}

  public RateLimit(Redis redis, Settings settings, Clock clock) {
    this.redis = redis;
    this.clock = clock;
    limit = settings.rate_limit_per_hour();
  }

  /** Counts this request. */
  public Verdict admit(String user) {
    if (limit == 0)
      return new Verdict(true, 0, 0);
    var now = clock.instant().getEpochSecond() / 60;
    var current = key(user, now);
    var earlier = IntStream.range(1, minutes).mapToObj(i -> key(user, now - i)).toArray(String[]::new);
    var used = redis.ask(r -> {
      var mine = r.incr(current);
      r.expire(current, window.toSeconds());
      return mine.toCompletableFuture().thenCombine(r.mget(earlier).toCompletableFuture(), (one, others) -> one
          + others.stream().filter(KeyValue::hasValue).mapToLong(found -> Long.parseLong(found.getValue())).sum());
    });
    if (!used.reached())
      return new Verdict(true, limit, limit);
    return new Verdict(used.value() <= limit, limit, Math.max(0, limit - used.value()));
  }

  private static String key(String user, long minute) {
    return "ratelimit:" + user + ":" + minute;
  }
}
