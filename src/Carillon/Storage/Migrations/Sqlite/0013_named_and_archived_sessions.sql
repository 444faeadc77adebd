-- A title that a person gave stays, whatever the agent's programs report later. 1 for such a title.
ALTER TABLE sessions ADD COLUMN named INTEGER NOT NULL DEFAULT 0;

-- When a person put it away; null again as soon as something happens in it.
ALTER TABLE sessions ADD COLUMN archived_at INTEGER;
