-- Reports of agents elsewhere may come late, and more than once.

-- When the newest event happened of which its agent told, by the agent's clock.
ALTER TABLE sessions ADD COLUMN reported_at BIGINT;

-- What the agent has begun and waits for.
ALTER TABLE sessions ADD COLUMN tool TEXT;

-- The reports that carried an Idempotency-Key.
CREATE TABLE report_keys (
  person_id  TEXT NOT NULL,
  key        TEXT NOT NULL,
  request    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, key)
);

CREATE INDEX report_keys_by_age ON report_keys (created_at);
