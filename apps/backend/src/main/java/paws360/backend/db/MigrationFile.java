package paws360.backend.db;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import paws360.backend.config.Digest;

/** One file of database/migrations; its README.md is the contract. */
public record MigrationFile(int version, String name, String file, String checksum, String sql) {
  private static final Pattern pattern = Pattern.compile("V([0-9]{1,9})__([a-z0-9_]+)\\.sql");

  /** In the order of their numbers. */
  public static List<MigrationFile> read(Path directory) throws IOException {
    var out = new ArrayList<MigrationFile>();
    try (var files = Files.list(directory)) {
      for (var path : files.sorted().toList()) {
        var file = path.getFileName().toString();
        if (!file.startsWith("V") || !file.endsWith(".sql"))
          continue;
        var parts = pattern.matcher(file);
        if (!parts.matches())
          throw new IOException(path + ": a migration is named V<number>__<name>.sql, the name of [a-z0-9_]");
        var bytes = Files.readAllBytes(path);
        out.add(new MigrationFile(Integer.parseInt(parts.group(1)), parts.group(2), file, Digest.sha256(bytes),
            new String(bytes, StandardCharsets.UTF_8)));
      }
    }
    out.sort(Comparator.comparingInt(MigrationFile::version));
    for (int i = 1; i < out.size(); ++i)
      if (out.get(i).version == out.get(i - 1).version)
        throw new IOException(directory + ": " + out.get(i - 1).file + " and " + out.get(i).file + " have the same number");
    return out;
  }

  /** The line of a position that PostgreSQL gives: counted in characters from 1. */
  public int line_of(int position) {
    return 1 + (int) sql.codePoints().limit(Math.max(0, position - 1)).filter(c -> c == '\n').count();
  }
}
