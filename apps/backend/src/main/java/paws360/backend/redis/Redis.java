package paws360.backend.redis;

import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Redis as the rest of the backend sees it: it may be away, and that is never an exception. */
public interface Redis {
  <T> Reply<T> ask(Function<RedisAsyncCommands<String, String>, CompletionStage<T>> question);

  /** Another number after each change of the master: replication may have lost the last writes. */
  long epoch();
}
