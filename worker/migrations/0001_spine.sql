-- The state of the spine: mailbox, entities and their links, intents, exceptions, audit.
-- Tables are WITHOUT ROWID where the key is the access path: half the rows written of a rowid
-- table with an index, and rows written are the bill.

-- The mailbox: "look at this record again", one row per record however many events arrive.
-- A job deletes the row only if `arrivals` is still what it read.
CREATE TABLE pokes (
  system TEXT NOT NULL,
  object TEXT NOT NULL,
  record_id TEXT NOT NULL,
  arrivals INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- Not to be worked on before.
  due_at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  lane TEXT NOT NULL,
  -- {field: [value]} while every arrival claims to be our own write; NULL: look properly.
  echo TEXT,
  PRIMARY KEY (system, object, record_id)
) STRICT, WITHOUT ROWID;

-- One thing in the world. `version` guards every commit; `commit_id` names the last one, so that
-- a commit whose answer was lost is recognised.
CREATE TABLE entities (
  id TEXT PRIMARY KEY,
  object TEXT NOT NULL,
  version INTEGER NOT NULL,
  commit_id TEXT NOT NULL,
  base TEXT NOT NULL,
  seen TEXT NOT NULL,
  seen_at INTEGER,
  audit_entries INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
  system TEXT NOT NULL,
  object TEXT NOT NULL,
  record_id TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  url TEXT,
  PRIMARY KEY (system, object, record_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX links_of_entity ON links (entity_id, system);

-- Writes that are decided and durable, and whose outcome is not. One row per entity, so that two
-- jobs never write one entity at the same time; deleted by the commit that records the outcome.
CREATE TABLE intents (
  entity_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  commit_id TEXT NOT NULL,
  planned_at INTEGER NOT NULL,
  -- [{system, object, operation, recordId, fields: {field: {from, to}}}]
  writes TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Anything a person must look at. `subject` says what it is about: at most one is open for it.
CREATE TABLE exceptions (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  object TEXT NOT NULL,
  entity_id TEXT,
  system TEXT,
  record_id TEXT,
  field TEXT,
  -- open | ruled (a person answered, not confirmed yet) | settled
  status TEXT NOT NULL,
  detail TEXT NOT NULL,
  shown TEXT,
  ruling TEXT,
  opened_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  settled_at INTEGER,
  resolution TEXT,
  notified_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX exceptions_open_subject ON exceptions (subject) WHERE status <> 'settled';
CREATE INDEX exceptions_open_entity ON exceptions (entity_id) WHERE status <> 'settled';
CREATE INDEX exceptions_unannounced ON exceptions (opened_at)
  WHERE notified_at IS NULL AND status = 'open';

-- Who changed what, from which value, and why. Append only.
CREATE TABLE audit (
  entity_id TEXT NOT NULL,
  entry INTEGER NOT NULL,
  at INTEGER NOT NULL,
  -- wrote | created | linked | discarded | ruled
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (entity_id, entry)
) STRICT, WITHOUT ROWID;
