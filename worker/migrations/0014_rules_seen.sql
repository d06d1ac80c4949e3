-- What the rules of each object meant when last looked at: after a change, what nobody touches is
-- brought in line by a full scan only, and people are told so.
CREATE TABLE rules_seen (
  object TEXT PRIMARY KEY,
  -- SHA-256 of the rules, words for people left out.
  hash TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
