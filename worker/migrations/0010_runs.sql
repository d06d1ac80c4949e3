-- Runs over whole objects (scans, backfills, baselines): where each stands, and what it found.

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  -- scan | backfill | baseline
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  started_by TEXT NOT NULL,
  -- Only reports: nothing is poked.
  dry INTEGER NOT NULL,
  -- running | paused | done | failed | stopped
  state TEXT NOT NULL,
  -- Why it stands still, in words.
  note TEXT,
  -- Guards every checkpoint: of two workers at one run, one goes on.
  version INTEGER NOT NULL,
  checkpoint TEXT NOT NULL,
  counters TEXT NOT NULL,
  -- Records it will read, as far as can be told beforehand.
  expected INTEGER NOT NULL,
  resumed INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT, WITHOUT ROWID;
-- One at a time.
CREATE UNIQUE INDEX runs_open ON runs (object, kind) WHERE state IN ('running', 'paused');

-- What a run found, one row per record that differs: none where nothing does. Names of fields,
-- never values.
CREATE TABLE findings (
  run_id TEXT NOT NULL,
  system TEXT NOT NULL,
  record_id TEXT NOT NULL,
  -- drift | moving | scheduled | missing | extra | back
  kind TEXT NOT NULL,
  entity_id TEXT,
  fields TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, system, record_id)
) STRICT, WITHOUT ROWID;
