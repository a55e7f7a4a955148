package paws360.backend.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** After a failure, lets one caller through in each pause until one succeeds. */
final class Breaker {
  private static final long closed = Long.MIN_VALUE;
  private final long pause_ns;
  private final LongSupplier clock;
  private final AtomicLong next_try = new AtomicLong(closed);

  Breaker(Duration pause) {
    this(pause, System::nanoTime);
  }

  Breaker(Duration pause, LongSupplier clock) {
    pause_ns = pause.toNanos();
    this.clock = clock;
  }

  boolean admits() {
    var due = next_try.get();
    if (due == closed)
      return true;
    var now = clock.getAsLong();
    return now - due >= 0 && next_try.compareAndSet(due, now + pause_ns);
  }

  /** true when this ended an outage */
  boolean succeeded() {
    return next_try.getAndSet(closed) != closed;
  }

  /** true when this began one */
  boolean failed() {
    return next_try.getAndSet(clock.getAsLong() + pause_ns) == closed;
  }

  void reset() {
    next_try.updateAndGet(due -> due == closed ? closed : clock.getAsLong());
  }
}
