package paws360.backend.enrolments;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Instant;

public record Enrolment(long id, long studentId, String studentName, long courseId, String courseCode, String status,
                        Instant createdAt, Instant updatedAt) {
  public record Wanted(@NotNull Long studentId, @NotNull Long courseId) {}

  public record Change(@NotNull @Pattern(regexp = "active|withdrawn", message = "active or withdrawn") String status) {}
}
