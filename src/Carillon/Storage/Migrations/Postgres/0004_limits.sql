-- Who made a project, so that it can be counted. Nobody knows of the earlier ones.
ALTER TABLE projects ADD COLUMN made_by TEXT;

CREATE INDEX projects_by_maker ON projects (made_by) WHERE made_by IS NOT NULL;

CREATE INDEX sessions_by_owner ON sessions (owner_id, created_at);
