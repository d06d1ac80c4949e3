-- What we last wrote over, per system and field: {system: {field: {from, to}}}. A system without
-- compare-and-set keeps a history; held against this, it tells an edit that we overwrote unseen.
ALTER TABLE entities ADD COLUMN written TEXT NOT NULL DEFAULT '{}';
