package paws360.backend.web;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;
import paws360.backend.log.Trace;

/** Around every request: its trace id, its measures, and one line in the log when it is answered. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public class RequestFilter extends OncePerRequestFilter {
  private static final Logger log = LoggerFactory.getLogger(RequestFilter.class);
  // Whatever else a client invents must not become a label.
  private static final Set<String> methods = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final MeterRegistry meters;

  public RequestFilter(MeterRegistry meters) {
    this.meters = meters;
  }

  @Override
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    var trace = Trace.accept(request.getHeader(Trace.header));
    MDC.put(Trace.key, trace);
    response.setHeader(Trace.header, trace);
    var begun = System.nanoTime();
    var answered = false;
    try {
      chain.doFilter(request, response);
      answered = true;
    } finally {
      measure(request, answered ? response.getStatus() : 500, Duration.ofNanos(System.nanoTime() - begun));
      MDC.remove(Trace.key);
    }
  }

  private void measure(HttpServletRequest request, int status, Duration took) {
    var pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
    var endpoint = pattern == null || pattern.equals("/**") ? "unmatched" : pattern.toString();
    var method = methods.contains(request.getMethod()) ? request.getMethod() : "OTHER";
    Counter.builder("http.requests").description("Requests answered")
        .tags("method", method, "status", Integer.toString(status), "endpoint", endpoint).register(meters).increment();
    Timer.builder("http.request.duration").description("Time to the answer").tags("method", method, "endpoint", endpoint)
        .serviceLevelObjectives(Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
            Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2),
            Duration.ofSeconds(5)).register(meters).record(took);
    // Probes and scrapes come every second; they are told only when something is wrong.
    var quiet = status < 400 && !endpoint.startsWith("/api/");
    (quiet ? log.atDebug() : log.atInfo()).addKeyValue("method", method).addKeyValue("path", request.getRequestURI())
        .addKeyValue("status", status).addKeyValue("duration_ms", took.toMillis()).log("request");
  }
}
