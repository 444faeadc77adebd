-- A session is deleted with all that was told of it: what names it must be found without reading everything.

CREATE INDEX notifications_by_session ON notifications (session_id) WHERE session_id IS NOT NULL;

CREATE INDEX changes_by_session ON changes (session_id) WHERE session_id IS NOT NULL;

ALTER TABLE publish_answers ADD COLUMN session_id TEXT;

UPDATE publish_answers SET session_id = answer::json #>> '{notification,event,sessionId}';

CREATE INDEX publish_answers_by_session ON publish_answers (session_id) WHERE session_id IS NOT NULL;
