package paws360.backend.log;

import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.MDC;

/** The id of the request that this thread works for: in each log line, as PostgreSQL's application_name, as Redis' client name. */
public final class Trace {
  public static final String header = "X-Trace-ID";
  public static final String key = "trace_id";
  // 63 bytes is what PostgreSQL keeps of an application_name; Redis wants no spaces.
  private static final Pattern valid = Pattern.compile("[A-Za-z0-9._-]{1,63}");

  private Trace() {}

  /** What the client sent when it is one, else a new one. */
  public static String accept(String sent) {
    return sent != null && valid.matcher(sent).matches() ? sent : UUID.randomUUID().toString();
  }

  /** null outside of a request */
  public static String current() {
    return MDC.get(key);
  }
}
