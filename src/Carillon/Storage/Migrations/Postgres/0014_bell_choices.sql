-- What a session's bell tells a person: 'all', 'needs_me' or 'off'. A row of before was a bell that had been rung on.
ALTER TABLE subscriptions ADD COLUMN mode TEXT NOT NULL DEFAULT 'all';
