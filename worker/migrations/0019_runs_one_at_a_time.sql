-- Of an object one run at a time, whatever its kind: two would read the same pages for the same
-- budget, and repair the same records. Of several that are open, the oldest goes on.
UPDATE runs SET state = 'stopped', note = 'Another run of the object was open.'
WHERE state IN ('running', 'paused') AND id > (
  SELECT min(o.id) FROM runs o WHERE o.object = runs.object AND o.state IN ('running', 'paused'));

DROP INDEX runs_open;
CREATE UNIQUE INDEX runs_open ON runs (object) WHERE state IN ('running', 'paused');
