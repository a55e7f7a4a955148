package paws360.backend.redis;

import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The few commands that the backend uses, on a map; can be away, and can lose its contents to another master. */
public class FakeRedis implements Redis {
  public final Map<String, String> values = new HashMap<>();
  public final Map<String, Long> ttl_s = new HashMap<>();
  public final List<String> published = new ArrayList<>();
  public boolean away;
  public long epoch;

  private static final class Done<T> extends CompletableFuture<T> implements RedisFuture<T> {
    Done(T value) {
      complete(value);
    }

    @Override
    public String getError() {
      return null;
    }

    @Override
    public boolean await(long timeout, TimeUnit unit) {
      return true;
    }
  }

  @SuppressWarnings("unchecked")
  private final RedisAsyncCommands<String, String> commands = (RedisAsyncCommands<String, String>) Proxy.newProxyInstance(
      getClass().getClassLoader(), new Class<?>[] {RedisAsyncCommands.class}, (self, method, a) -> new Done<>(answer(method.getName(), a)));

  @SuppressWarnings("unchecked")
  private Object answer(String command, Object[] a) {
    return switch (command) {
      case "get" -> values.get(a[0]);
      case "mget" -> Arrays.stream((Object[]) a[0]).map(key -> KeyValue.fromNullable((String) key, values.get(key))).toList();
      case "mset" -> {
        values.putAll((Map<String, String>) a[0]);
        yield "OK";
      }
      case "setex" -> {
        ttl_s.put((String) a[0], (Long) a[1]);
        values.put((String) a[0], (String) a[2]);
        yield "OK";
      }
      case "setnx" -> values.putIfAbsent((String) a[0], (String) a[1]) == null;
      case "incr" -> Long.parseLong(values.merge((String) a[0], "1", (old, one) -> Long.toString(Long.parseLong(old) + 1)));
      case "expire" -> {
        ttl_s.put((String) a[0], (Long) a[1]);
        yield true;
      }
      case "del" -> values.remove(((Object[]) a[0])[0]) == null ? 0L : 1L;
      case "publish" -> published.add(a[0] + " " + a[1]) ? 0L : 0L;
      case "ping" -> "PONG";
      default -> throw new UnsupportedOperationException(command);
    };
  }

  @Override
  public <T> Reply<T> ask(Function<RedisAsyncCommands<String, String>, CompletionStage<T>> question) {
    return away ? Reply.nobody() : new Reply<>(true, question.apply(commands).toCompletableFuture().join());
  }

  @Override
  public long epoch() {
    return epoch;
  }
}
