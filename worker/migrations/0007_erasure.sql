-- Privacy: what erasing a person takes away, and what is kept so that nobody comes back by accident.

-- The system says that it destroyed the record because a person asked to be forgotten.
ALTER TABLE pokes ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;

-- Since when the entity holds no value any more; it never holds one again.
ALTER TABLE entities ADD COLUMN erased_at INTEGER;

-- Keyed hashes of the values an erased person was known by.
CREATE TABLE tombstones (
  hash TEXT PRIMARY KEY,
  entity_id TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The same table, but that `detail` may be erased; SQLite cannot drop a NOT NULL.
CREATE TABLE audit_erasable (
  entity_id TEXT NOT NULL,
  entry INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT,
  salt TEXT,
  commitment TEXT NOT NULL DEFAULT '',
  chain TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (entity_id, entry)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_erasable
  SELECT entity_id, entry, at, kind, detail, salt, commitment, chain FROM audit;
DROP TABLE audit;
ALTER TABLE audit_erasable RENAME TO audit;
