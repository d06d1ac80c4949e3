-- What people answer to questions that are not a choice between values, and what they take back.

-- {verb, person, at}: the answer to a deletion or a duplicate, while the job carries it out.
ALTER TABLE exceptions ADD COLUMN answer TEXT;
-- {person, at}: somebody takes a ruling back. Kept until there is another ruling.
ALTER TABLE exceptions ADD COLUMN undo TEXT;

-- What can still be taken back is found by its entity; only answers of people have a row here.
CREATE INDEX exceptions_ruled_entity ON exceptions (entity_id, settled_at)
  WHERE status = 'settled' AND resolution = 'ruled';
CREATE INDEX exceptions_open_kind ON exceptions (kind, id) WHERE status <> 'settled';
-- A duplicate is shown where the record that it met is kept.
CREATE INDEX exceptions_keeper ON exceptions (detail->>'keeper')
  WHERE kind = 'duplicate' AND status <> 'settled';

-- Systems that a person said this entity goes on without.
ALTER TABLE entities ADD COLUMN without TEXT NOT NULL DEFAULT '[]';

-- What a person said of two records: that they are the same, or two. Each pair stands here twice,
-- once from either end.
CREATE TABLE judgements (
  object TEXT NOT NULL,
  system TEXT NOT NULL,
  record_id TEXT NOT NULL,
  other_system TEXT NOT NULL,
  other_id TEXT NOT NULL,
  same INTEGER NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (object, system, record_id, other_system, other_id)
) STRICT, WITHOUT ROWID;

-- The candidates that a question about an unlinked record names: when one of them changes, the
-- record is looked at again.
CREATE TABLE doubts (
  object TEXT NOT NULL,
  system TEXT NOT NULL,
  record_id TEXT NOT NULL,
  asking_system TEXT NOT NULL,
  asking_id TEXT NOT NULL,
  PRIMARY KEY (object, system, record_id, asking_system, asking_id)
) STRICT, WITHOUT ROWID;
