INSERT INTO students (email, name) VALUES
  ('ada@example.org', 'Ada Lovelace'),
  ('alan@example.org', 'Alan Turing'),
  ('grace@example.org', 'Grace Hopper'),
  ('edsger@example.org', 'Edsger Dijkstra'),
  ('barbara@example.org', 'Barbara Liskov')
ON CONFLICT DO NOTHING;
