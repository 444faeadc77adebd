-- People who were removed and of whom something is still stored; how far the log has been gone through for them.

CREATE TABLE gone_people (
  id       TEXT NOT NULL PRIMARY KEY,
  next_seq INTEGER NOT NULL
) STRICT;
