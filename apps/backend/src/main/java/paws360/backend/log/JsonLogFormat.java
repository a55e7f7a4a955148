package paws360.backend.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.logging.structured.StructuredLogFormatter;

/** One event, one line: the fields of the platform, then what the event itself adds, then a stack trace as one string. */
public class JsonLogFormat implements StructuredLogFormatter<ILoggingEvent> {
  private static final DateTimeFormatter moment =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final JsonWriter<ILoggingEvent> writer = JsonWriter.<ILoggingEvent>of(line -> {
    line.add("timestamp", event -> moment.format(event.getInstant()));
    line.add("level", event -> event.getLevel().toString());
    line.add("service", event -> "backend");
    line.add("trace_id", event -> event.getMDCPropertyMap().get(Trace.key)).whenNotNull();
    line.add("message", ILoggingEvent::getFormattedMessage);
    line.add().usingPairs((event, pairs) -> {
      if (event.getKeyValuePairs() != null)
        event.getKeyValuePairs().forEach(pair -> pairs.accept(pair.key, pair.value));
    });
    line.add("logger", ILoggingEvent::getLoggerName);
    line.add("stack_trace", ILoggingEvent::getThrowableProxy).whenNotNull().as(ThrowableProxyUtil::asString);
  }).withNewLineAtEnd();

  @Override
  public String format(ILoggingEvent event) {
    return writer.writeToString(event);
  }
}
