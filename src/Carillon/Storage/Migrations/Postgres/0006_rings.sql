-- A repeated notification gets a new place in the inbox (seq). Where and when it last rang, and who published it; null is the server itself.

ALTER TABLE notifications ADD COLUMN rang_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN rang_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN published_by TEXT;

UPDATE notifications SET rang_seq = seq, rang_at = received_at;

-- received_at is that of the newest call, and says the same.
ALTER TABLE notifications DROP COLUMN updated_at;
