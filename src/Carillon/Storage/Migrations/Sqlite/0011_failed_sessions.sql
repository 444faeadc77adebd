-- A session that exited says whether it failed. Of those that ran here and exited, each did; of others nobody wrote it down.
ALTER TABLE sessions ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;

UPDATE sessions SET failed = 1 WHERE activity = 'exited' AND hosted = 1;
