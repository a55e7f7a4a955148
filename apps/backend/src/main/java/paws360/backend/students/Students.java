package paws360.backend.students;

import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import paws360.backend.web.Page;

@Repository
public class Students {
  private static final String columns = "id, email, name, created_at, updated_at";
  private static final String filter = " WHERE (:q::text IS NULL OR position(lower(:q::text) IN lower(name || ' ' || email)) > 0)";
  private final JdbcClient database;

  public Students(JdbcClient database) {
    this.database = database;
  }

  /** `q`: a part of name or email, or null. */
  public Page<Student> page(int page, int size, String q) {
    var total = database.sql("SELECT count(*) FROM students" + filter).param("q", q).query(Long.class).single();
    var items = database.sql("SELECT " + columns + " FROM students" + filter + " ORDER BY id LIMIT :size OFFSET :skip")
        .param("q", q).param("size", size).param("skip", (long) page * size).query(Student.class).list();
    return new Page<>(items, page, size, total);
  }

  public Optional<Student> find(long id) {
    return database.sql("SELECT " + columns + " FROM students WHERE id = ?").param(id).query(Student.class).optional();
  }

  public long insert(Student.Wanted wanted) {
    return database.sql("INSERT INTO students (email, name) VALUES (?, ?) RETURNING id").params(wanted.email(), wanted.name())
        .query(Long.class).single();
  }

  public boolean update(long id, Student.Wanted wanted) {
    return database.sql("UPDATE students SET email = ?, name = ?, updated_at = now() WHERE id = ?")
        .params(wanted.email(), wanted.name(), id).update() == 1;
  }

  public boolean delete(long id) {
    return database.sql("DELETE FROM students WHERE id = ?").param(id).update() == 1;
  }
}
