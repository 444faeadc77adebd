-- What people say to agents that run elsewhere: it waits until the agent fetches it.

-- Handed out, and not to be handed out again before this time unless it was confirmed.
ALTER TABLE messages ADD COLUMN offered_until BIGINT;

CREATE INDEX messages_waiting ON messages (session_id, seq) WHERE status = 'waiting';

-- Nothing of this server answers them, and they count towards a person's limits all the same.
CREATE INDEX messages_elsewhere ON messages (person_id, created_at) WHERE run_id IS NULL;
