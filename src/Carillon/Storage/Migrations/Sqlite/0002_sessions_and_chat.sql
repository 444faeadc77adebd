-- Sessions that this server runs itself, what is said in them, and their pull requests.

ALTER TABLE sessions ADD COLUMN hosted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN folder TEXT;

-- What the agent needs to go on where it was, in its own words.
ALTER TABLE sessions ADD COLUMN agent_state TEXT;
ALTER TABLE sessions ADD COLUMN queue_position INTEGER;

-- The Idempotency-Key of the request that made it, and what that request was.
ALTER TABLE sessions ADD COLUMN creation_key TEXT;
ALTER TABLE sessions ADD COLUMN creation_request TEXT;

CREATE UNIQUE INDEX sessions_by_creation ON sessions (owner_id, creation_key) WHERE creation_key IS NOT NULL;
CREATE INDEX sessions_at_work ON sessions (progress_at) WHERE activity = 'working';
CREATE INDEX sessions_queued ON sessions (queue_position) WHERE queue_position IS NOT NULL;

CREATE TABLE subscriptions (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;

-- seq is the seq of the change that told of the message, so a reader's position in the log is a position among messages too.
CREATE TABLE messages (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  role       TEXT NOT NULL,
  text       TEXT NOT NULL,
  person_id  TEXT,
  client_id  TEXT,
  run_id     TEXT,
  status     TEXT,
  steps      TEXT,

  -- Of the last message of a run: the message that its `complete` names.
  completes  TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX messages_by_session ON messages (session_id, seq);
CREATE UNIQUE INDEX messages_by_client ON messages (session_id, person_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE runs (
  id          TEXT PRIMARY KEY,
  seq         INTEGER NOT NULL,
  session_id  TEXT NOT NULL,
  message_id  TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  status      TEXT NOT NULL,
  node        TEXT,
  lease_until INTEGER,
  stop_asked  INTEGER NOT NULL DEFAULT 0,
  tokens      INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  started_at  INTEGER,
  ended_at    INTEGER
) STRICT;

CREATE INDEX runs_by_session ON runs (session_id, seq);
CREATE INDEX runs_by_asker ON runs (person_id, created_at);
CREATE INDEX runs_open ON runs (seq) WHERE ended_at IS NULL;
CREATE INDEX runs_by_person ON runs (person_id, ended_at) WHERE tokens > 0;

-- What a run has said so far. The run's last commit puts the message in their place.
CREATE TABLE run_parts (
  run_id  TEXT NOT NULL,
  number  INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  start   INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE pull_requests (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  provider   TEXT NOT NULL,
  owner      TEXT NOT NULL,
  repo       TEXT NOT NULL,
  number     INTEGER NOT NULL,
  title      TEXT NOT NULL,
  url        TEXT NOT NULL,
  head_sha   TEXT NOT NULL,
  state      TEXT NOT NULL,
  draft      INTEGER NOT NULL,
  mergeable  INTEGER,
  conflicts  INTEGER NOT NULL,
  checks     TEXT NOT NULL,
  review     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, provider, owner, repo, number)
) STRICT, WITHOUT ROWID;

-- Several sessions may work on one pull request.
CREATE INDEX pull_requests_by_name ON pull_requests (provider, owner, repo, number);
