-- Who did what to people, rights, tokens and agents. Names and not ids: an entry tells the same when somebody was removed.

CREATE TABLE audit (
  seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         BIGINT NOT NULL,
  kind       TEXT NOT NULL,
  person     TEXT,
  means      TEXT NOT NULL,
  means_name TEXT,
  address    TEXT,
  subject    TEXT,
  detail     TEXT,
  count      BIGINT NOT NULL,
  last_at    BIGINT
);

-- Failed sign-ins of the last hour are looked for at each one.
CREATE INDEX audit_by_kind ON audit (kind, at);
