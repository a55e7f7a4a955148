package paws360.backend.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationTest {
  @TempDir Path directory;

  private void write(String... names) throws IOException {
    for (var name : names)
      Files.writeString(directory.resolve(name), "SELECT '" + name + "';\n");
  }

  @Test
  void files_are_taken_in_the_order_of_their_numbers() throws IOException {
    write("V10__ten.sql", "V002__two.sql", "README.md", "undo.sql");
    var files = MigrationFile.read(directory);
    assertEquals(List.of("V002__two.sql", "V10__ten.sql"), files.stream().map(MigrationFile::file).toList());
    assertEquals(2, files.get(0).version());
    assertEquals("two", files.get(0).name());
  }

  @Test
  void the_checksum_is_that_of_the_bytes() throws IOException {
    Files.writeString(directory.resolve("V1__a.sql"), "abc");
    assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", MigrationFile.read(directory).get(0).checksum());
  }

  @Test
  void a_name_that_is_nearly_right_is_an_error() throws IOException {
    write("V1_one.sql");
    assertTrue(assertThrows(IOException.class, () -> MigrationFile.read(directory)).getMessage().contains("V1_one.sql"));
  }

  @Test
  void two_files_of_one_number_are_an_error() throws IOException {
    write("V1__a.sql", "V001__b.sql");
    assertTrue(assertThrows(IOException.class, () -> MigrationFile.read(directory)).getMessage().contains("V001__b.sql and V1__a.sql"));
  }

  @Test
  void a_position_is_in_a_line() {
    var file = new MigrationFile(1, "a", "V1__a.sql", "", "one;\n\ud83d\ude00two;\nthree;");
    assertEquals(1, file.line_of(0));
    assertEquals(1, file.line_of(5));
    assertEquals(2, file.line_of(6));
    assertEquals(3, file.line_of(12));
  }

  @Test
  void only_what_is_not_applied_is_missing() throws Exception {
    write("V1__a.sql", "V2__b.sql", "V3__c.sql");
    var files = MigrationFile.read(directory);
    var applied = Map.of(1, new Migrator.Applied("a", files.get(0).checksum()), 9, new Migrator.Applied("later", "x"));
    assertEquals(List.of("V2__b.sql", "V3__c.sql"), Migrator.missing(files, applied).stream().map(MigrationFile::file).toList());
  }

  @Test
  void an_applied_file_that_was_edited_is_refused_by_name() throws IOException {
    write("V1__a.sql");
    var files = MigrationFile.read(directory);
    var why = assertThrows(Migrator.Rejected.class, () -> Migrator.missing(files, Map.of(1, new Migrator.Applied("a", "other"))));
    assertTrue(why.getMessage().startsWith("V1__a.sql was applied with other contents"));
  }

  @Test
  void the_projects_own_files_are_well_formed() throws IOException {
    assertTrue(MigrationFile.read(Path.of("../../database/migrations")).size() >= 4);
  }
}
