-- When an event without an outcome may be tried next: as it is stored, and later once a try has failed.
ALTER TABLE events ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
UPDATE events SET due = stored WHERE outcome IS NULL;
DROP INDEX events_unsettled;
CREATE INDEX events_unsettled ON events (due) WHERE outcome IS NULL;
