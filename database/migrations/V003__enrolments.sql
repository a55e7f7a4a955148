CREATE TABLE enrolments (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_id  bigint NOT NULL CONSTRAINT enrolments_student_id_fkey REFERENCES students ON DELETE RESTRICT,
  course_id   bigint NOT NULL CONSTRAINT enrolments_course_id_fkey REFERENCES courses ON DELETE RESTRICT,
  status      text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'withdrawn')),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT enrolments_once UNIQUE (student_id, course_id)
);

CREATE INDEX enrolments_course_id_idx ON enrolments (course_id);
