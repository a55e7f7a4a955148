CREATE TABLE courses (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code       text NOT NULL CONSTRAINT courses_code_key UNIQUE CHECK (code ~ '^[A-Z]{2,8}[0-9]{1,4}$'),
  title      text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
  capacity   integer NOT NULL CHECK (capacity BETWEEN 1 AND 10000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
