-- The control center: who may do what, what people set, what systems last answered, and the
-- indexes that keep its lists fast at ten thousand open exceptions and a year of audit.

-- One row: everything that is set as one JSON value, and the version that a change is held against.
CREATE TABLE settings (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL,
  value TEXT NOT NULL,
  changed_by TEXT,
  changed_at INTEGER
) STRICT;

CREATE TABLE roles (
  -- user | team
  kind TEXT NOT NULL,
  holder_id TEXT NOT NULL,
  role TEXT NOT NULL,
  -- What the holder was called when the role was given.
  label TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (kind, holder_id)
) STRICT, WITHOUT ROWID;

-- Whom an exception is given to, by HubSpot's user id.
ALTER TABLE exceptions ADD COLUMN assignee TEXT;
ALTER TABLE exceptions ADD COLUMN assignee_name TEXT;

-- One answer to many conflicts; a repeated request finds it done.
CREATE TABLE bulk_rulings (
  fingerprint TEXT PRIMARY KEY,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- Ids of the exceptions, as a JSON array.
  exceptions TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How a system last answered; written when that changes, and at most once a minute.
CREATE TABLE system_health (
  system TEXT PRIMARY KEY,
  ok_at INTEGER,
  failed_at INTEGER,
  -- Of the last failure: its HTTP status, NULL if there was no answer.
  status INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX exceptions_open ON exceptions (opened_at, id) WHERE status <> 'settled';
CREATE INDEX exceptions_opened ON exceptions (opened_at, kind);
CREATE INDEX exceptions_settled ON exceptions (settled_at) WHERE status = 'settled';
CREATE INDEX audit_at ON audit (at, kind);
