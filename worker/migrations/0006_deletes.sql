-- When an entity was found to be gone in every system it had been in. While it stands, nothing is
-- deleted for it again: a record that comes back was restored, and a person says what of the rest.
ALTER TABLE entities ADD COLUMN gone_at INTEGER;

-- Records that were deleted on one side and archived on the other, in the current window.
ALTER TABLE brakes ADD COLUMN deletes INTEGER NOT NULL DEFAULT 0;
