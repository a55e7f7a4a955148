package paws360.backend.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ApiCacheTest {
  private final FakeRedis redis = new FakeRedis();
  private final ApiCache cache = new ApiCache(redis, new ObjectMapper(), new SimpleMeterRegistry());
  private final AtomicInteger loads = new AtomicInteger();

  private String ask(Object parameters) {
    var answer = cache.answer("students", List.of("students"), parameters, loads::incrementAndGet);
    return answer.getHeaders().getFirst("X-Cache") + " " + answer.getBody();
  }

  @Test
  void the_same_question_is_answered_from_the_cache_for_five_minutes() {
    assertEquals("miss 1", ask("a"));
    assertEquals("hit 1", ask("a"));
    assertEquals("miss 2", ask("b"));
    var entry = redis.ttl_s.entrySet().iterator().next();
    assertTrue(entry.getKey().matches("api:cache:students:[0-9a-f]{32}"));
    assertEquals(300, entry.getValue());
  }

  @Test
  void a_write_makes_every_answer_of_its_tables_old_and_says_so() {
    ask("a");
    cache.invalidate(List.of("students"));
    assertEquals("miss 2", ask("a"));
    assertEquals(List.of("api:cache:invalidate students"), redis.published);
    cache.invalidate(List.of("courses"));
    assertEquals("hit 2", ask("a"));
  }

  @Test
  void what_was_read_before_a_write_is_never_found_after_it() {
    cache.answer("students", List.of("students"), "a", () -> {
      cache.invalidate(List.of("students"));
      return "old";
    });
    assertEquals("miss 1", ask("a"));
  }

  @Test
  void without_redis_all_comes_from_the_database() {
    redis.away = true;
    assertEquals("bypass 1", ask("a"));
    assertEquals("bypass 2", ask("a"));
  }

  @Test
  void a_write_that_redis_did_not_hear_of_keeps_its_table_out_of_the_cache_until_it_does() {
    ask("a");
    redis.away = true;
    cache.invalidate(List.of("students"));
    redis.away = false;
    assertEquals("bypass 2", ask("a"));
    cache.mend();
    assertEquals("miss 3", ask("a"));
    assertEquals("hit 3", ask("a"));
  }

  @Test
  void a_promoted_replica_may_have_lost_the_last_invalidation() {
    ask("a");
    redis.epoch = 1;
    assertEquals("bypass 2", ask("a"));
    cache.mend();
    assertEquals("miss 3", ask("a"));
  }
}
