-- What a session's own programs call it, when they run elsewhere. It is the name space of its owner: two people may both have a "nightly".

ALTER TABLE sessions ADD COLUMN given_id TEXT;

UPDATE sessions SET given_id = id WHERE hosted = 0;

CREATE UNIQUE INDEX sessions_by_given_id ON sessions (owner_id, given_id);
