package paws360.backend.courses;

import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import paws360.backend.web.Page;
import paws360.backend.web.Refusal;

@Repository
public class Courses {
  private static final String selected = "SELECT c.id, c.code, c.title, c.capacity, c.created_at, c.updated_at, "
      + "(SELECT count(*) FROM enrolments e WHERE e.course_id = c.id AND e.status = 'active')::int AS enrolled FROM courses c";
  private static final String filter = " WHERE (:q::text IS NULL OR position(lower(:q::text) IN lower(code || ' ' || title)) > 0)";
  private final JdbcClient database;

  public Courses(JdbcClient database) {
    this.database = database;
  }

  /** `q`: a part of code or title, or null. */
  public Page<Course> page(int page, int size, String q) {
    var total = database.sql("SELECT count(*) FROM courses" + filter).param("q", q).query(Long.class).single();
    var items = database.sql(selected + filter + " ORDER BY c.code LIMIT :size OFFSET :skip")
        .param("q", q).param("size", size).param("skip", (long) page * size).query(Course.class).list();
    return new Page<>(items, page, size, total);
  }

  public Optional<Course> find(long id) {
    return database.sql(selected + " WHERE c.id = ?").param(id).query(Course.class).optional();
  }

  public long insert(Course.Wanted wanted) {
    return database.sql("INSERT INTO courses (code, title, capacity) VALUES (?, ?, ?) RETURNING id")
        .params(wanted.code(), wanted.title(), wanted.capacity()).query(Long.class).single();
  }

  public boolean update(long id, Course.Wanted wanted) {
    if (lock(id, wanted.capacity()) == 0)
      return false;
    return database.sql("UPDATE courses SET code = ?, title = ?, capacity = ?, updated_at = now() WHERE id = ?")
        .params(wanted.code(), wanted.title(), wanted.capacity(), id).update() == 1;
  }

  public boolean delete(long id) {
    return database.sql("DELETE FROM courses WHERE id = ?").param(id).update() == 1;
  }

  // Whoever counts places holds the course, here and where a student enrols.
  private int lock(long id, int capacity) {
    var there = database.sql("SELECT 1 FROM courses WHERE id = ? FOR UPDATE").param(id).query(Integer.class).optional().orElse(0);
    var taken = database.sql("SELECT count(*) FROM enrolments WHERE course_id = ? AND status = 'active'").param(id)
        .query(Long.class).single();
    if (taken > capacity)
      throw Refusal.conflict(taken + " students are enrolled: the capacity cannot be " + capacity + ".");
    return there;
  }
}
