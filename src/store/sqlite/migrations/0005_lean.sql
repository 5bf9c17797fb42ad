-- A sale touches as few pages as it can: each is written twice, and synced. So no index that only the
-- removal of old rows needs, where the rows stand in that order anyway; long records in tables with a
-- rowid, which grow at their end, and packed; and no second index over what another finds.

DROP TRIGGER events_damaged;
DROP INDEX events_settled;
DROP INDEX events_with_body;
-- Retention asks for those with a body, and for all.
CREATE INDEX events_settled ON events (body IS NULL, received)
    WHERE outcome IS NOT NULL AND open <> 1;
CREATE TRIGGER events_damaged BEFORE UPDATE ON events
    WHEN old.sum IS NOT seal(old.id, old.alert, old.kind, old.streamer, old.door, old.received,
        old.verified, old.stored, old.attempts, old.routed, old.outcome, old.open, old.body,
        old.due)
    BEGIN SELECT RAISE(IGNORE); END;

CREATE TABLE lean_channels (
    streamer TEXT NOT NULL UNIQUE,
    token    INTEGER NOT NULL,
    epoch    INTEGER NOT NULL,
    head     INTEGER NOT NULL,
    play     TEXT,
    playing  INTEGER NOT NULL,
    state    TEXT NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, token, epoch, head, play, playing, state)) STORED
) STRICT;
INSERT INTO lean_channels (streamer, token, epoch, head, play, playing, state)
    SELECT streamer, token, epoch, head, play, playing, state FROM channels;
DROP TABLE channels;
ALTER TABLE lean_channels RENAME TO channels;

-- In the order in which they were made.
CREATE TABLE lean_alerts (
    id           TEXT NOT NULL,
    streamer     TEXT NOT NULL,
    state        TEXT NOT NULL,
    test         INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    entered      INTEGER NOT NULL,
    spot_order   INTEGER,
    spot_entered INTEGER,
    finished     INTEGER NOT NULL,
    body         BLOB NOT NULL,
    sum          INTEGER NOT NULL AS (seal(id, streamer, state, test, created, entered, spot_order,
        spot_entered, finished, body)) STORED,
    UNIQUE (streamer, id)
) STRICT;
INSERT INTO lean_alerts (id, streamer, state, test, created, entered, spot_order, spot_entered,
        finished, body)
    SELECT id, streamer, state, test, created, entered, spot_order, spot_entered, finished,
        CAST(body AS BLOB) FROM alerts ORDER BY id;
DROP TABLE alerts;
ALTER TABLE lean_alerts RENAME TO alerts;
CREATE INDEX alerts_queued ON alerts (streamer, spot_order) WHERE spot_order IS NOT NULL;
CREATE INDEX alerts_queued_tests ON alerts (streamer, spot_entered)
    WHERE spot_order IS NOT NULL AND test = 1;
CREATE INDEX alerts_held ON alerts (streamer, entered) WHERE state = 'held';

-- In the order in which they were written, over all streamers.
CREATE TABLE lean_log (
    streamer TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    offset   INTEGER NOT NULL,
    written  INTEGER NOT NULL,
    body     BLOB NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, epoch, offset, written, body)) STORED,
    UNIQUE (streamer, epoch, offset)
) STRICT;
INSERT INTO lean_log (streamer, epoch, offset, written, body)
    SELECT streamer, epoch, offset, written, CAST(body AS BLOB) FROM log ORDER BY written, offset;
DROP TABLE log;
ALTER TABLE lean_log RENAME TO log;
CREATE TRIGGER log_damaged BEFORE UPDATE ON log
    WHEN old.sum IS NOT seal(old.streamer, old.epoch, old.offset, old.written, old.body)
    BEGIN SELECT RAISE(IGNORE); END;

-- In the order of their last change: each makes a new row.
CREATE TABLE lean_purchases (
    streamer TEXT NOT NULL,
    id       TEXT NOT NULL,
    changed  INTEGER NOT NULL,
    body     TEXT NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, id, changed, body)) STORED,
    UNIQUE (streamer, id)
) STRICT;
INSERT INTO lean_purchases (streamer, id, changed, body)
    SELECT streamer, id, changed, body FROM purchases ORDER BY changed, id;
DROP TABLE purchases;
ALTER TABLE lean_purchases RENAME TO purchases;
-- A purchase names its ids itself.
DROP INDEX purchase_ids_by_purchase;

CREATE TABLE lean_routes (
    key      TEXT PRIMARY KEY,
    streamer TEXT NOT NULL,
    written  INTEGER NOT NULL,
    lasting  INTEGER NOT NULL,
    sum      INTEGER NOT NULL AS (seal(key, streamer, written, lasting)) STORED
) STRICT, WITHOUT ROWID;
INSERT INTO lean_routes (key, streamer, written, lasting)
    SELECT key, streamer, written, lasting FROM routes;
DROP TABLE routes;
ALTER TABLE lean_routes RENAME TO routes;
CREATE INDEX routes_by_time ON routes (written) WHERE lasting = 0;
-- Those of one purchase are found by its ids.
CREATE INDEX routes_lasting ON routes (streamer) WHERE lasting = 1;
