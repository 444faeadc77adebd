-- The token that a run gets belongs to its session, and reports for no other one that the server runs.

ALTER TABLE tokens ADD COLUMN session_id TEXT;
