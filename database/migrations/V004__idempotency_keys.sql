-- What a client's Idempotency-Key has made. A create whose answer was lost, because the leader died over its commit, is
-- sent again with the same key: the row is here if and only if the first one was committed.
CREATE TABLE idempotency_keys (
  key         text PRIMARY KEY CHECK (char_length(key) BETWEEN 1 AND 64),
  resource    text NOT NULL,
  request     text NOT NULL,
  resource_id bigint,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
