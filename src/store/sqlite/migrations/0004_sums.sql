-- Every record gets a sum over all its columns, which the database makes as it writes and which is
-- checked whenever the record is read: see seal.rs. `meta` has none: each change of it makes the next
-- start more careful.

CREATE TABLE sealed_events (
    id         TEXT PRIMARY KEY,
    alert      TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    streamer   TEXT,
    door       TEXT NOT NULL,
    received   INTEGER NOT NULL,
    verified   INTEGER NOT NULL,
    stored     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    routed     TEXT,
    outcome    TEXT,
    open       INTEGER NOT NULL DEFAULT 0,
    body       BLOB,
    due        INTEGER NOT NULL DEFAULT 0,
    sum        INTEGER NOT NULL AS (seal(id, alert, kind, streamer, door, received, verified,
        stored, attempts, routed, outcome, open, body, due)) STORED
) STRICT;
INSERT INTO sealed_events (id, alert, kind, streamer, door, received, verified, stored, attempts,
        routed, outcome, open, body, due)
    SELECT id, alert, kind, streamer, door, received, verified, stored, attempts, routed, outcome,
        open, body, due FROM events ORDER BY rowid;
DROP TABLE events;
ALTER TABLE sealed_events RENAME TO events;
CREATE INDEX events_unsettled ON events (due) WHERE outcome IS NULL;
CREATE INDEX events_settled ON events (received) WHERE outcome IS NOT NULL AND open <> 1;
CREATE INDEX events_with_body ON events (received)
    WHERE outcome IS NOT NULL AND open = 0 AND body IS NOT NULL;

CREATE TABLE sealed_channels (
    streamer TEXT PRIMARY KEY,
    token    INTEGER NOT NULL,
    epoch    INTEGER NOT NULL,
    head     INTEGER NOT NULL,
    play     TEXT,
    playing  INTEGER NOT NULL,
    state    TEXT NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, token, epoch, head, play, playing, state)) STORED
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_channels (streamer, token, epoch, head, play, playing, state)
    SELECT streamer, token, epoch, head, play, playing, state FROM channels;
DROP TABLE channels;
ALTER TABLE sealed_channels RENAME TO channels;
CREATE INDEX channels_playing ON channels (streamer) WHERE playing = 1;

CREATE TABLE sealed_alerts (
    id           TEXT PRIMARY KEY,
    streamer     TEXT NOT NULL,
    state        TEXT NOT NULL,
    test         INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    entered      INTEGER NOT NULL,
    spot_order   INTEGER,
    spot_entered INTEGER,
    finished     INTEGER NOT NULL,
    body         TEXT NOT NULL,
    sum          INTEGER NOT NULL AS (seal(id, streamer, state, test, created, entered, spot_order,
        spot_entered, finished, body)) STORED
) STRICT;
INSERT INTO sealed_alerts (id, streamer, state, test, created, entered, spot_order, spot_entered,
        finished, body)
    SELECT id, streamer, state, test, created, entered, spot_order, spot_entered, finished,
        body FROM alerts;
DROP TABLE alerts;
ALTER TABLE sealed_alerts RENAME TO alerts;
CREATE INDEX alerts_listed ON alerts (streamer, id);
CREATE INDEX alerts_queued ON alerts (streamer, spot_order) WHERE spot_order IS NOT NULL;
CREATE INDEX alerts_queued_tests ON alerts (streamer, spot_entered)
    WHERE spot_order IS NOT NULL AND test = 1;
CREATE INDEX alerts_held ON alerts (streamer, entered) WHERE state = 'held';
CREATE INDEX alerts_finished ON alerts (created) WHERE finished = 1;

CREATE TABLE sealed_log (
    streamer TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    offset   INTEGER NOT NULL,
    written  INTEGER NOT NULL,
    body     TEXT NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, epoch, offset, written, body)) STORED,
    PRIMARY KEY (streamer, epoch, offset)
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_log (streamer, epoch, offset, written, body)
    SELECT streamer, epoch, offset, written, body FROM log;
DROP TABLE log;
ALTER TABLE sealed_log RENAME TO log;
CREATE INDEX log_by_time ON log (written, offset);

CREATE TABLE sealed_purchases (
    streamer TEXT NOT NULL,
    id       TEXT NOT NULL,
    changed  INTEGER NOT NULL,
    body     TEXT NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, id, changed, body)) STORED,
    PRIMARY KEY (streamer, id)
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_purchases (streamer, id, changed, body)
    SELECT streamer, id, changed, body FROM purchases;
DROP TABLE purchases;
ALTER TABLE sealed_purchases RENAME TO purchases;
CREATE INDEX purchases_by_change ON purchases (changed);

CREATE TABLE sealed_purchase_ids (
    streamer TEXT NOT NULL,
    id       TEXT NOT NULL,
    purchase TEXT NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, id, purchase)) STORED,
    PRIMARY KEY (streamer, id)
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_purchase_ids (streamer, id, purchase)
    SELECT streamer, id, purchase FROM purchase_ids;
DROP TABLE purchase_ids;
ALTER TABLE sealed_purchase_ids RENAME TO purchase_ids;
CREATE INDEX purchase_ids_by_purchase ON purchase_ids (streamer, purchase);

CREATE TABLE sealed_totals (
    streamer TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor    INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, currency, minor, orders)) STORED,
    PRIMARY KEY (streamer, currency)
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_totals (streamer, currency, minor, orders)
    SELECT streamer, currency, minor, orders FROM totals;
DROP TABLE totals;
ALTER TABLE sealed_totals RENAME TO totals;

CREATE TABLE sealed_buyers (
    streamer TEXT NOT NULL,
    key      TEXT NOT NULL,
    orders   INTEGER NOT NULL,
    sum      INTEGER NOT NULL AS (seal(streamer, key, orders)) STORED,
    PRIMARY KEY (streamer, key)
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_buyers (streamer, key, orders)
    SELECT streamer, key, orders FROM buyers;
DROP TABLE buyers;
ALTER TABLE sealed_buyers RENAME TO buyers;

CREATE TABLE sealed_routes (
    key      TEXT PRIMARY KEY,
    streamer TEXT NOT NULL,
    written  INTEGER NOT NULL,
    lasting  INTEGER NOT NULL,
    sum      INTEGER NOT NULL AS (seal(key, streamer, written, lasting)) STORED
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_routes (key, streamer, written, lasting)
    SELECT key, streamer, written, lasting FROM routes;
DROP TABLE routes;
ALTER TABLE sealed_routes RENAME TO routes;
CREATE INDEX routes_by_time ON routes (written) WHERE lasting = 0;
CREATE INDEX routes_by_streamer ON routes (streamer);

CREATE TABLE sealed_documents (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    owner   TEXT,
    version INTEGER NOT NULL,
    expires INTEGER,
    body    TEXT NOT NULL,
    sum     INTEGER NOT NULL AS (seal(kind, id, owner, version, expires, body)) STORED,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO sealed_documents (kind, id, owner, version, expires, body)
    SELECT kind, id, owner, version, expires, body FROM documents;
DROP TABLE documents;
ALTER TABLE sealed_documents RENAME TO documents;
CREATE INDEX documents_by_owner ON documents (owner, kind, id) WHERE owner IS NOT NULL;
CREATE INDEX documents_by_expiry ON documents (expires) WHERE expires IS NOT NULL;

CREATE TABLE sealed_blobs (
    hash  TEXT PRIMARY KEY,
    bytes BLOB NOT NULL,
    sum   INTEGER NOT NULL AS (seal(hash, bytes)) STORED
) STRICT;
INSERT INTO sealed_blobs (hash, bytes)
    SELECT hash, bytes FROM blobs;
DROP TABLE blobs;
ALTER TABLE sealed_blobs RENAME TO blobs;

-- What is changed in place stays as it is once it is damaged: a new sum would call it whole again.
CREATE TRIGGER events_damaged BEFORE UPDATE ON events
    WHEN old.sum IS NOT seal(old.id, old.alert, old.kind, old.streamer, old.door, old.received,
        old.verified, old.stored, old.attempts, old.routed, old.outcome, old.open, old.body,
        old.due)
    BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER log_damaged BEFORE UPDATE ON log
    WHEN old.sum IS NOT seal(old.streamer, old.epoch, old.offset, old.written, old.body)
    BEGIN SELECT RAISE(IGNORE); END;
