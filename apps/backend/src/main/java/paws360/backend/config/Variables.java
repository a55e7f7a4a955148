package paws360.backend.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The environment's variables. An empty one counts as absent. */
public record Variables(Map<String, String> values) {
  /** The first of these names that is set. */
  public Optional<String> find(String... names) {
    for (var name : names) {
      var value = values.get(name);
      if (value != null && !value.isBlank())
        return Optional.of(value.strip());
    }
    return Optional.empty();
  }

  public int integer(String name, int otherwise, int least, int most) {
    var text = find(name);
    if (text.isEmpty())
      return otherwise;
    try {
      var number = Integer.parseInt(text.get());
      if (number >= least && number <= most)
        return number;
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(name + ": a number from " + least + " to " + most + " is needed");
  }

  public boolean flag(String name) {
    return switch (find(name).orElse("false")) {
      case "true", "1", "yes", "on" -> true;
      case "false", "0", "no", "off" -> false;
      default -> throw new IllegalArgumentException(name + ": true or false is needed");
    };
  }

  /**
   * A secret: in the file that NAME_FILE names, or in NAME. A file is read each time, so that a new password holds for the
   * next connection. The value is never part of a message.
   */
  public Optional<Supplier<String>> secret(String... names) {
    for (var name : names) {
      var file = find(name + "_FILE");
      if (file.isPresent()) {
        var path = Path.of(file.get());
        read(name, path);
        return Optional.of(() -> read(name, path));
      }
      var value = find(name);
      if (value.isPresent())
        return Optional.of(value::get);
    }
    return Optional.empty();
  }

  private static String read(String name, Path path) {
    try {
      return Files.readString(path).strip();
    } catch (IOException e) {
      throw new IllegalStateException(name + "_FILE: " + path + " cannot be read", e);
    }
  }
}
