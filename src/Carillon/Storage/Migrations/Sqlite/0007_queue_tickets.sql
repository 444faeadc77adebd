-- A session that waits for a free place to run has a ticket, and keeps it until it is its turn: the seq of its first waiting run. Its place is
-- counted when somebody looks. queue_position is not used any more; it stays for nodes of the version before.
ALTER TABLE sessions ADD COLUMN queue_ticket INTEGER;

CREATE INDEX sessions_waiting ON sessions (queue_ticket) WHERE queue_ticket IS NOT NULL;

UPDATE sessions SET queue_ticket = (SELECT min(seq) FROM runs WHERE session_id = sessions.id AND ended_at IS NULL AND status = 'queued')
WHERE queue_position IS NOT NULL;

UPDATE sessions SET queue_position = NULL WHERE queue_position IS NOT NULL;
