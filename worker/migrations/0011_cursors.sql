-- How far each system's own list of changes was followed.
CREATE TABLE cursors (
  system TEXT NOT NULL,
  object TEXT NOT NULL,
  -- The system's own; NULL: never asked with success.
  cursor TEXT,
  -- A cursor moves only from where it was read.
  version INTEGER NOT NULL,
  -- Not to be asked before.
  due_at INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY (system, object)
) STRICT, WITHOUT ROWID;
