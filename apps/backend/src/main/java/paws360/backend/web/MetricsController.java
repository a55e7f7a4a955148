package paws360.backend.web;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class MetricsController {
  private static final String format = "text/plain; version=0.0.4; charset=utf-8";
  private final PrometheusMeterRegistry meters;

  public MetricsController(PrometheusMeterRegistry meters) {
    this.meters = meters;
  }

  @GetMapping(path = "/metrics", produces = format)
  String metrics() {
    return meters.scrape("text/plain; version=0.0.4");
  }
}
