package paws360.backend.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import paws360.backend.config.Settings;
import paws360.backend.config.Variables;

class RateLimitTest {
  private final FakeRedis redis = new FakeRedis();
  private final Clock clock = mock(Clock.class);

  private RateLimit limit(int each_hour) {
    return new RateLimit(redis, Settings.from(new Variables(Map.of("RATE_LIMIT_PER_HOUR", Integer.toString(each_hour)))), clock);
  }

  private void at_minute(long minute) {
    when(clock.instant()).thenReturn(Instant.ofEpochSecond(minute * 60));
  }

  @BeforeEach
  void begin() {
    at_minute(1000);
  }

  @Test
  void the_requests_of_an_hour_count_together() {
    var limit = limit(3);
    assertEquals(2, limit.admit("ada").remaining());
    at_minute(1030);
    assertTrue(limit.admit("ada").admitted());
    assertTrue(limit.admit("ada").admitted());
    assertFalse(limit.admit("ada").admitted());
    at_minute(1060); // what minute 1000 had is an hour old
    assertFalse(limit.admit("ada").admitted());
    at_minute(1090);
    assertTrue(limit.admit("ada").admitted());
  }

  @Test
  void each_user_has_a_limit_of_ones_own() {
    var limit = limit(1);
    assertTrue(limit.admit("ada").admitted());
    assertFalse(limit.admit("ada").admitted());
    assertTrue(limit.admit("alan").admitted());
  }

  @Test
  void keys_carry_the_minute_and_live_an_hour() {
    limit(5).admit("ada");
    assertEquals(Map.of("ratelimit:ada:1000", 3600L), redis.ttl_s);
  }

  @Test
  void without_redis_or_without_a_limit_all_may_pass() {
    redis.away = true;
    assertTrue(limit(1).admit("ada").admitted());
    assertTrue(limit(1).admit("ada").admitted());
    redis.away = false;
    assertTrue(limit(0).admit("ada").admitted());
    assertTrue(redis.values.isEmpty());
  }
}
