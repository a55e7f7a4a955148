package paws360.backend.students;

import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.time.Instant;

public record Student(long id, String email, String name, Instant createdAt, Instant updatedAt) {
  public record Wanted(@NotBlank @Email @Size(max = 254) String email, @NotBlank @Size(max = 200) String name) {}
}
