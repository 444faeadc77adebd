-- Times are Unix milliseconds. Words such as types and priorities are open: a new one must not need a migration.

CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The writer gives each row the seq after the newest one. The newest row is never removed, so no seq is given twice.
CREATE TABLE changes (
  seq        BIGINT PRIMARY KEY,
  type       TEXT NOT NULL,
  topic      TEXT NOT NULL,
  project_id TEXT,
  session_id TEXT,
  person_id  TEXT,
  payload    BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

-- How far each follower of the log has come; moved in the same commit as what it did.
CREATE TABLE followers (
  name     TEXT PRIMARY KEY,
  position BIGINT NOT NULL
);

CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  name_key      TEXT NOT NULL UNIQUE,
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  push_id       TEXT NOT NULL UNIQUE,
  created_at    BIGINT NOT NULL
);

CREATE TABLE sign_ins (
  id           TEXT PRIMARY KEY,
  hash         TEXT NOT NULL UNIQUE,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  device       TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL
);

CREATE INDEX sign_ins_by_user ON sign_ins (user_id, created_at);

CREATE TABLE tokens (
  id           TEXT PRIMARY KEY,
  hash         TEXT NOT NULL UNIQUE,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  scopes       TEXT NOT NULL,
  project_id   TEXT,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT,
  expires_at   BIGINT
);

CREATE INDEX tokens_by_user ON tokens (user_id, created_at);

CREATE TABLE projects (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  closed     BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE project_members (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (project_id, user_id)
);

CREATE TABLE sessions (
  id          TEXT PRIMARY KEY,
  project_id  TEXT NOT NULL REFERENCES projects (id),
  owner_id    TEXT NOT NULL,
  agent       TEXT NOT NULL,
  title       TEXT NOT NULL,
  activity    TEXT NOT NULL,
  message     TEXT,
  parent_id   TEXT,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  progress_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_update ON sessions (updated_at, id);
CREATE INDEX sessions_by_project ON sessions (project_id, updated_at, id);

CREATE TABLE notifications (
  seq         BIGINT PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  person_id   TEXT NOT NULL,
  project_id  TEXT,
  session_id  TEXT,
  type        TEXT NOT NULL,
  priority    TEXT NOT NULL,
  title       TEXT,
  message     TEXT NOT NULL,
  subject     TEXT,
  data        TEXT,
  actions     TEXT,
  dedupe_key  TEXT,
  cause_key   TEXT,
  count       BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  seen_at     BIGINT,
  read_at     BIGINT,
  archived_at BIGINT,
  resolved_at BIGINT
);

CREATE INDEX notifications_by_person ON notifications (person_id, seq);
CREATE INDEX notifications_unread ON notifications (person_id, project_id, session_id) WHERE read_at IS NULL AND archived_at IS NULL;
CREATE INDEX notifications_by_dedupe ON notifications (person_id, dedupe_key, seq) WHERE dedupe_key IS NOT NULL;
CREATE INDEX notifications_by_cause ON notifications (cause_key) WHERE cause_key IS NOT NULL AND resolved_at IS NULL;
CREATE INDEX notifications_archived ON notifications (archived_at) WHERE archived_at IS NOT NULL;

-- The answers of publishes that carried an Idempotency-Key.
CREATE TABLE publish_answers (
  person_id  TEXT NOT NULL,
  key        TEXT NOT NULL,
  request    TEXT NOT NULL,
  answer     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, key)
);

CREATE INDEX publish_answers_by_age ON publish_answers (created_at);
