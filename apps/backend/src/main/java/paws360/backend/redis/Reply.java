package paws360.backend.redis;

/** What came of asking Redis: nobody answered, or a value, which may be null. */
public record Reply<T>(boolean reached, T value) {
  static <T> Reply<T> nobody() {
    return new Reply<>(false, null);
  }
}
