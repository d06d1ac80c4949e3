-- Ids that a merge retired still name the entity, so that a late event on one finds it. They are
-- links that nothing is written to: of live links an entity has at most one per system.
ALTER TABLE links ADD COLUMN alias INTEGER NOT NULL DEFAULT 0;
DROP INDEX links_of_entity;
CREATE UNIQUE INDEX links_of_entity ON links (entity_id, system) WHERE alias = 0;
