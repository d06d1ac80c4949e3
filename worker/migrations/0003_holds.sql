-- What is held, and why: pauses by people, and the brake that stops when too many would change.

-- Why a poke waits for a person: 'pause:<scope>' or 'brake:<system>/<object>'; NULL: it does not.
ALTER TABLE pokes ADD COLUMN held_by TEXT;

-- scope: 'all', 'system:<id>', 'object:<name>', 'field:<object>.<field>', 'record:<entity id>'.
CREATE TABLE pauses (
  scope TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was written in the current window, and how much a person has released beyond the limit.
CREATE TABLE brakes (
  system TEXT NOT NULL,
  object TEXT NOT NULL,
  window_at INTEGER NOT NULL,
  writes INTEGER NOT NULL,
  blanks INTEGER NOT NULL,
  released INTEGER NOT NULL,
  PRIMARY KEY (system, object)
) STRICT, WITHOUT ROWID;
