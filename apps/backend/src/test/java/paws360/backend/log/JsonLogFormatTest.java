package paws360.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class JsonLogFormatTest {
  private final Logger logger = new LoggerContext().getLogger("a.b");

  private LoggingEvent event(Throwable failure) {
    var out = new LoggingEvent("x", logger, Level.INFO, "two\nlines {}", failure, new Object[] {1});
    out.setInstant(Instant.parse("2025-11-27T14:32:15.123456Z"));
    out.setMDCPropertyMap(Map.of(Trace.key, "t-1"));
    return out;
  }

  @Test
  void an_event_is_one_line_with_the_fields_of_the_platform_first() {
    var event = event(null);
    event.setKeyValuePairs(List.of(new KeyValuePair("duration_ms", 45L), new KeyValuePair("path", "/a\"b")));
    assertEquals("{\"timestamp\":\"2025-11-27T14:32:15.123Z\",\"level\":\"INFO\",\"service\":\"backend\",\"trace_id\":\"t-1\","
        + "\"message\":\"two\\nlines 1\",\"duration_ms\":45,\"path\":\"/a\\\"b\",\"logger\":\"a.b\"}\n", new JsonLogFormat().format(event));
  }

  @Test
  void a_stack_trace_stays_in_the_line() throws Exception {
    var line = new JsonLogFormat().format(event(new IllegalStateException("why")));
    assertEquals(line.length() - 1, line.indexOf('\n'));
    assertTrue(new ObjectMapper().readTree(line).get("stack_trace").asText().startsWith("java.lang.IllegalStateException: why"));
  }
}
