package paws360.backend.redis;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BreakerTest {
  private final AtomicLong now = new AtomicLong();
  private final Breaker breaker = new Breaker(Duration.ofMillis(500), now::get);

  private void pass(int ms) {
    now.addAndGet(ms * 1_000_000L);
  }

  @Test
  void after_a_failure_one_caller_in_each_pause_finds_out() {
    assertTrue(breaker.admits());
    assertTrue(breaker.failed());
    assertFalse(breaker.admits());
    pass(500);
    assertTrue(breaker.admits());
    assertFalse(breaker.admits());
    assertFalse(breaker.failed());
    pass(500);
    assertTrue(breaker.admits());
    assertTrue(breaker.succeeded());
    assertFalse(breaker.succeeded());
    assertTrue(breaker.admits());
  }

  @Test
  void a_new_master_is_tried_at_once() {
    breaker.failed();
    breaker.reset();
    assertTrue(breaker.admits());
  }
}
