package paws360.backend.enrolments;

import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import paws360.backend.web.Page;
import paws360.backend.web.Refusal;

@Repository
public class Enrolments {
  private static final String selected = "SELECT e.id, e.student_id, s.name AS student_name, e.course_id, c.code AS course_code, "
      + "e.status, e.created_at, e.updated_at FROM enrolments e JOIN students s ON s.id = e.student_id JOIN courses c ON c.id = e.course_id";
  private static final String filter = " WHERE (:student::bigint IS NULL OR student_id = :student::bigint) "
      + "AND (:course::bigint IS NULL OR course_id = :course::bigint)";
  private final JdbcClient database;

  public Enrolments(JdbcClient database) {
    this.database = database;
  }

  /** Of this student and this course; null: of all. */
  public Page<Enrolment> page(int page, int size, Long student, Long course) {
    var total = database.sql("SELECT count(*) FROM enrolments" + filter).param("student", student).param("course", course)
        .query(Long.class).single();
    var items = database.sql(selected + filter + " ORDER BY e.id LIMIT :size OFFSET :skip").param("student", student)
        .param("course", course).param("size", size).param("skip", (long) page * size).query(Enrolment.class).list();
    return new Page<>(items, page, size, total);
  }

  public Optional<Enrolment> find(long id) {
    return database.sql(selected + " WHERE e.id = ?").param(id).query(Enrolment.class).optional();
  }

  public long insert(Enrolment.Wanted wanted) {
    take_place(wanted.courseId());
    if (database.sql("SELECT count(*) FROM students WHERE id = ?").param(wanted.studentId()).query(Long.class).single() == 0)
      throw new Refusal(HttpStatus.UNPROCESSABLE_ENTITY, "There is no student " + wanted.studentId() + ".");
    return database.sql("INSERT INTO enrolments (student_id, course_id) VALUES (?, ?) RETURNING id")
        .params(wanted.studentId(), wanted.courseId()).query(Long.class).single();
  }

  public boolean update(long id, Enrolment.Change wanted) {
    var now = find(id);
    if (now.isEmpty())
      return false;
    if (wanted.status().equals("active") && !now.get().status().equals("active"))
      take_place(now.get().courseId());
    return database.sql("UPDATE enrolments SET status = ?, updated_at = now() WHERE id = ?").params(wanted.status(), id).update() == 1;
  }

  public boolean delete(long id) {
    return database.sql("DELETE FROM enrolments WHERE id = ?").param(id).update() == 1;
  }

  // The course is held until the transaction ends, so two students never get the same last place.
  private void take_place(long course) {
    var capacity = database.sql("SELECT capacity FROM courses WHERE id = ? FOR UPDATE").param(course).query(Integer.class).optional()
        .orElseThrow(() -> new Refusal(HttpStatus.UNPROCESSABLE_ENTITY, "There is no course " + course + "."));
    var taken = database.sql("SELECT count(*) FROM enrolments WHERE course_id = ? AND status = 'active'").param(course)
        .query(Long.class).single();
    if (taken >= capacity)
      throw Refusal.conflict("The course is full.");
  }
}
