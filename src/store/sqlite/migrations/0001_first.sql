-- Times are milliseconds since 1970. Epochs and tokens are 64 random bits, kept as signed integers.
-- Records that only the program reads inside are JSON; what is searched for has a column of its own.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
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
    outcome    TEXT,                        -- NULL while unsettled
    dead       INTEGER NOT NULL DEFAULT 0,  -- whether the outcome is a dead letter
    body       BLOB                         -- NULL once retention dropped it
) STRICT;
CREATE INDEX events_unsettled ON events (stored) WHERE outcome IS NULL;
CREATE INDEX events_settled ON events (received) WHERE outcome IS NOT NULL AND dead = 0;
CREATE INDEX events_with_body ON events (received)
    WHERE outcome IS NOT NULL AND dead = 0 AND body IS NOT NULL;

CREATE TABLE channels (
    streamer TEXT PRIMARY KEY,
    token    INTEGER NOT NULL,
    epoch    INTEGER NOT NULL,
    head     INTEGER NOT NULL,  -- offset of the newest entry
    play     TEXT,              -- alert of the newest play
    playing  INTEGER NOT NULL,  -- whether that play has no end yet
    state    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX channels_playing ON channels (streamer) WHERE playing = 1;

CREATE TABLE alerts (
    id           TEXT PRIMARY KEY,
    streamer     TEXT NOT NULL,
    state        TEXT NOT NULL,
    test         INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    entered      INTEGER NOT NULL,
    spot_order   INTEGER,            -- NULL unless it waits in the queue
    spot_entered INTEGER,
    finished     INTEGER NOT NULL,   -- in an end state, and not waiting to be replayed
    body         TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_listed ON alerts (streamer, id);
CREATE INDEX alerts_queued ON alerts (streamer, spot_order) WHERE spot_order IS NOT NULL;
CREATE INDEX alerts_queued_tests ON alerts (streamer, spot_entered)
    WHERE spot_order IS NOT NULL AND test = 1;
CREATE INDEX alerts_held ON alerts (streamer, entered) WHERE state = 'held';
CREATE INDEX alerts_finished ON alerts (created) WHERE finished = 1;

CREATE TABLE log (
    streamer TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    offset   INTEGER NOT NULL,
    written  INTEGER NOT NULL,  -- never before that of an earlier entry, so that the oldest go first
    body     TEXT NOT NULL,
    PRIMARY KEY (streamer, epoch, offset)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_by_time ON log (written, offset);

CREATE TABLE purchases (
    streamer TEXT NOT NULL,
    id       TEXT NOT NULL,
    changed  INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (streamer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX purchases_by_change ON purchases (changed);

CREATE TABLE purchase_ids (
    streamer TEXT NOT NULL,
    id       TEXT NOT NULL,
    purchase TEXT NOT NULL,
    PRIMARY KEY (streamer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX purchase_ids_by_purchase ON purchase_ids (streamer, purchase);

CREATE TABLE totals (
    streamer TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor    INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    PRIMARY KEY (streamer, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE buyers (
    streamer TEXT NOT NULL,
    key      TEXT NOT NULL,
    orders   INTEGER NOT NULL,
    PRIMARY KEY (streamer, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE routes (
    key      TEXT PRIMARY KEY,
    streamer TEXT NOT NULL,
    written  INTEGER NOT NULL,
    lasting  INTEGER NOT NULL   -- of a link, a subscription or an account: not of one purchase
) STRICT, WITHOUT ROWID;
CREATE INDEX routes_by_time ON routes (written) WHERE lasting = 0;
CREATE INDEX routes_by_streamer ON routes (streamer);

CREATE TABLE documents (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    owner   TEXT,
    version INTEGER NOT NULL,
    expires INTEGER,
    body    TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX documents_by_owner ON documents (owner, kind, id) WHERE owner IS NOT NULL;
CREATE INDEX documents_by_expiry ON documents (expires) WHERE expires IS NOT NULL;

CREATE TABLE blobs (
    hash  TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
