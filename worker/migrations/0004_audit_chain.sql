-- The audit as a chain per entity, over commitments of the values. Erasing `detail` and `salt`
-- leaves every hash whole, and what is erased cannot be guessed back from its commitment.
ALTER TABLE audit ADD COLUMN salt TEXT;
ALTER TABLE audit ADD COLUMN commitment TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN chain TEXT NOT NULL DEFAULT '';
ALTER TABLE entities ADD COLUMN audit_head TEXT NOT NULL DEFAULT '';

-- One root a day over the heads of all chains; kept here and sent outside, where nobody who can
-- write this database can reach it.
CREATE TABLE audit_roots (
  day TEXT PRIMARY KEY,
  root TEXT NOT NULL,
  chains INTEGER NOT NULL,
  at INTEGER NOT NULL,
  sent_at INTEGER
) STRICT, WITHOUT ROWID;
