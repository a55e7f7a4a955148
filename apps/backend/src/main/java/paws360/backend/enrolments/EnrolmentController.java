package paws360.backend.enrolments;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import paws360.backend.redis.ApiCache;
import paws360.backend.web.Page;
import paws360.backend.web.Refusal;
import paws360.backend.web.Work;

@RestController
@RequestMapping("/api/enrolments")
public class EnrolmentController {
  private static final List<String> sources = List.of("enrolments", "students", "courses");
  private static final List<String> written = List.of("enrolments");

  private final Enrolments enrolments;
  private final Work work;
  private final ApiCache cache;

  public EnrolmentController(Enrolments enrolments, Work work, ApiCache cache) {
    this.enrolments = enrolments;
    this.work = work;
    this.cache = cache;
  }

  @GetMapping
  ResponseEntity<String> list(@RequestParam(defaultValue = "0") @Min(0) @Max(1_000_000) int page,
                              @RequestParam(defaultValue = "20") @Min(1) @Max(Page.largest) int size,
                              @RequestParam(name = "student_id", required = false) Long student,
                              @RequestParam(name = "course_id", required = false) Long course) {
    return cache.answer("enrolments", sources, Arrays.asList(page, size, student, course), () -> work.read(() -> enrolments.page(page, size, student, course)));
  }

  @GetMapping("/{id}")
  ResponseEntity<String> one(@PathVariable long id) {
    return cache.answer("enrolment", sources, id, () -> found(id));
  }

  @PostMapping
  ResponseEntity<Enrolment> create(@Valid @RequestBody Enrolment.Wanted wanted,
                                @RequestHeader(name = Work.key_header, required = false) String key) {
    var id = work.create(written, key, wanted, () -> enrolments.insert(wanted));
    return ResponseEntity.created(URI.create("/api/enrolments/" + id)).body(found(id));
  }

  @PutMapping("/{id}")
  Enrolment update(@PathVariable long id, @Valid @RequestBody Enrolment.Change wanted) {
    if (!work.write(written, () -> enrolments.update(id, wanted)))
      throw Refusal.not_found("enrolment", id);
    return found(id);
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> delete(@PathVariable long id) {
    if (!work.write(written, () -> enrolments.delete(id)))
      throw Refusal.not_found("enrolment", id);
    return ResponseEntity.noContent().build();
  }

  private Enrolment found(long id) {
    return work.read(() -> enrolments.find(id)).orElseThrow(() -> Refusal.not_found("enrolment", id));
  }
}
