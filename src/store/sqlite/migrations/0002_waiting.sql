-- Besides dead letters there is another outcome that may be replaced: that an event waits for its sale.
-- 0 stands for good, 1 is a dead letter, 2 waits; what waits keeps its body, but does grow old.
ALTER TABLE events RENAME COLUMN dead TO open;
DROP INDEX events_settled;
CREATE INDEX events_settled ON events (received) WHERE outcome IS NOT NULL AND open <> 1;
