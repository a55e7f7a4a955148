INSERT INTO enrolments (student_id, course_id)
SELECT s.id, c.id
FROM (VALUES
  ('ada@example.org', 'CS101'),
  ('ada@example.org', 'MA110'),
  ('alan@example.org', 'CS350'),
  ('grace@example.org', 'CS240'),
  ('barbara@example.org', 'CS350')
) AS wanted (email, code)
JOIN students s ON lower(s.email) = wanted.email
JOIN courses c ON c.code = wanted.code
ORDER BY s.id, c.id
ON CONFLICT DO NOTHING;
