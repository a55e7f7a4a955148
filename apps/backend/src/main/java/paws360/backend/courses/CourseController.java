package paws360.backend.courses;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
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
@RequestMapping("/api/courses")
public class CourseController {
  private static final List<String> sources = List.of("courses", "enrolments");
  private static final List<String> written = List.of("courses");

  private final Courses courses;
  private final Work work;
  private final ApiCache cache;

  public CourseController(Courses courses, Work work, ApiCache cache) {
    this.courses = courses;
    this.work = work;
    this.cache = cache;
  }

  @GetMapping
  ResponseEntity<String> list(@RequestParam(defaultValue = "0") @Min(0) @Max(1_000_000) int page,
                              @RequestParam(defaultValue = "20") @Min(1) @Max(Page.largest) int size,
                              @RequestParam(required = false) @Size(max = 200) String q) {
    return cache.answer("courses", sources, Arrays.asList(page, size, q), () -> work.read(() -> courses.page(page, size, q)));
  }

  @GetMapping("/{id}")
  ResponseEntity<String> one(@PathVariable long id) {
    return cache.answer("course", sources, id, () -> found(id));
  }

  @PostMapping
  ResponseEntity<Course> create(@Valid @RequestBody Course.Wanted wanted,
                                @RequestHeader(name = Work.key_header, required = false) String key) {
    var id = work.create(written, key, wanted, () -> courses.insert(wanted));
    return ResponseEntity.created(URI.create("/api/courses/" + id)).body(found(id));
  }

  @PutMapping("/{id}")
  Course update(@PathVariable long id, @Valid @RequestBody Course.Wanted wanted) {
    if (!work.write(written, () -> courses.update(id, wanted)))
      throw Refusal.not_found("course", id);
    return found(id);
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> delete(@PathVariable long id) {
    if (!work.write(written, () -> courses.delete(id)))
      throw Refusal.not_found("course", id);
    return ResponseEntity.noContent().build();
  }

  private Course found(long id) {
    return work.read(() -> courses.find(id)).orElseThrow(() -> Refusal.not_found("course", id));
  }
}
