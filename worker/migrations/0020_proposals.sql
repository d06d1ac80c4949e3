-- Rules that people proposed where they settled a question: "always do this for this field".
CREATE TABLE proposals (
  id TEXT PRIMARY KEY,
  object TEXT NOT NULL,
  field TEXT NOT NULL,
  -- A field policy, as JSON, and the version of the rules it was proposed against.
  policy TEXT NOT NULL,
  rules_version INTEGER NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- The record it was proposed on.
  entity_id TEXT,
  -- waiting | accepted | declined
  state TEXT NOT NULL,
  answered_by TEXT,
  answered_at INTEGER,
  note TEXT
) STRICT, WITHOUT ROWID;
-- The same wish is one proposal, however many have it.
CREATE UNIQUE INDEX proposals_waiting ON proposals (object, field, policy) WHERE state = 'waiting';
