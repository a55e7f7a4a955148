package paws360.backend.courses;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;

/** `enrolled`: how many of `capacity` places are taken. */
public record Course(long id, String code, String title, int capacity, int enrolled, Instant createdAt, Instant updatedAt) {
  public record Wanted(@NotNull @Pattern(regexp = "[A-Z]{2,8}[0-9]{1,4}", message = "like CS101") String code,
                       @NotBlank @Size(max = 200) String title, @NotNull @Min(1) @Max(10_000) Integer capacity) {}
}
