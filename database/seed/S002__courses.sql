INSERT INTO courses (code, title, capacity) VALUES
  ('CS101', 'Introduction to Programming', 120),
  ('CS240', 'Operating Systems', 60),
  ('CS350', 'Distributed Systems', 40),
  ('MA110', 'Discrete Mathematics', 80)
ON CONFLICT DO NOTHING;
