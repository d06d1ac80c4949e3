-- Fields whose property in a system is not what the configuration takes it for: held, until mended.
CREATE TABLE drifts (
  system TEXT NOT NULL,
  object TEXT NOT NULL,
  field TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (system, object, field)
) STRICT, WITHOUT ROWID;

-- When a system was last asked what an object of it looks like.
CREATE TABLE schema_checks (
  system TEXT NOT NULL,
  object TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (system, object)
) STRICT, WITHOUT ROWID;
