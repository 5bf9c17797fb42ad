//! Reading all of a store that nobody runs on, to carry it elsewhere. Nothing of it is changed: no
//! start is counted, so the gateway it belongs to finds it as it was left.

use std::path::Path;

use rusqlite::{Connection, Params, Row, ToSql, types::ValueRef};

use super::{
    alerts, backup, channels, documents, events, facts, log,
    open::{self, FILE},
    row::word,
};
use crate::{
    channel::State,
    id::StreamerId,
    store::{Batch, Change, Counts, DirLock, DocumentKind, Fact, StoreError, Total},
    time::Timestamp,
};

/// Most records in a batch.
const ROWS: usize = 64;

/// A batch ends with the record that reaches so many bytes: one call to the other store has little
/// more than a second, whatever lies between.
const BYTES: usize = 256 << 10;

/// Documents that have lapsed are absent already; `?1` is now.
const LIVING: &str = "(expires IS NULL OR expires > ?1)";

/// A whole store, as it stands. The directory is ours until this is dropped.
pub struct Export {
    db: Connection,
    now: Timestamp,
    _lock: DirLock,
}

/// Takes batches; its error ends the reading.
type Give<'a> = &'a mut dyn FnMut(Batch) -> Result<(), StoreError>;

impl Export {
    /// Opens the store in a directory; `now` tells which documents have lapsed.
    ///
    /// # Errors
    /// When there is none, a gateway runs on it, it must be started once first (since it was written
    /// by an older version, or is a copy that was never started), or it is damaged.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let unusable =
            |why: &str| StoreError::Unusable { path: dir.display().to_string(), why: why.into() };
        let file = dir.join(FILE);
        if !file.is_file() {
            return Err(unusable("no gateway has kept its data there, there is no tillbell.db"));
        }
        let lock = DirLock::take(dir)?;
        let unsettled = || {
            unusable(
                "it is of an older version, or a copy that was never started: start it once with \
                 tillbell serve, then stop it",
            )
        };
        if backup::is_untouched(&file)? {
            return Err(unsettled());
        }
        let db = open::connect(&file).map_err(|error| match error {
            StoreError::Unavailable(why) => unusable(&why),
            error => error,
        })?;
        if !open::is_settled(&db, dir)? {
            return Err(unsettled());
        }
        // Able to write, so that closing it leaves no files of its own behind; and yet it never does.
        db.execute_batch("PRAGMA query_only = ON")?;
        // One transaction for all that follows, so one state of the file, whoever else has it open.
        db.execute_batch("BEGIN")?;
        Ok(Self { db, now, _lock: lock })
    }

    /// How many records there are. Reads all of them, so that a bad one shows now.
    ///
    /// # Errors
    /// When the file or a record cannot be read, or some would be left behind.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let mut counts = Counts::default();
        self.read(|batch| {
            counts.extend(&batch.counts());
            Ok(())
        })?;
        if counts == self.rows()? {
            return Ok(counts);
        }
        let why = "it has records of a channel that it does not have".into();
        Err(StoreError::Unreadable { what: "the database".into(), why })
    }

    /// The same, counted where they are kept.
    fn rows(&self) -> Result<Counts, StoreError> {
        let mut counts = Counts::default();
        let count = |sql: &str, params: &[&dyn ToSql]| {
            let rows: i64 = self.db.query_row(sql, params, |row| row.get(0))?;
            Ok::<_, StoreError>(usize::try_from(rows).unwrap_or(0))
        };
        for table in ["blobs", "events", "routes", "alerts", "purchases", "totals", "buyers"] {
            counts.add(table, count(&format!("SELECT count(*) FROM {table}"), &[])?);
        }
        // What is left of earlier epochs is nobody's history any more.
        let entries = "SELECT count(*) FROM log JOIN channels USING (streamer, epoch)";
        counts.add("entries", count(entries, &[])?);
        for kind in DocumentKind::ALL {
            let sql = format!("SELECT count(*) FROM documents WHERE {LIVING} AND kind = ?2");
            let documents = count(&sql, &[&self.now.as_millis(), &kind.name()])?;
            counts.add_documents(kind, documents);
        }
        Ok(counts)
    }

    /// Gives every record once, always in the same order.
    ///
    /// # Errors
    /// When the file or a record of it cannot be read; or whatever `give` returned.
    pub fn read(
        &self,
        mut give: impl FnMut(Batch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.blobs_and_documents(&mut give)?;
        self.routes(&mut give)?;
        for (streamer, state) in self.channels()? {
            self.channel(&streamer, &state, &mut give)?;
        }
        let sql = "SELECT * FROM events ORDER BY stored, rowid";
        self.each(sql, [], events::stored, |events| give(Batch::Events(events)))
    }

    fn blobs_and_documents(&self, give: Give<'_>) -> Result<(), StoreError> {
        self.each("SELECT * FROM blobs ORDER BY hash", [], documents::bytes, |blobs| {
            give(Batch::Blobs(blobs))
        })?;
        for kind in DocumentKind::ALL {
            let sql = format!(
                "SELECT * FROM documents \
                 WHERE {LIVING} AND kind = ?2 ORDER BY id"
            );
            let params = (self.now.as_millis(), kind.name());
            self.each(&sql, params, documents::document, |documents| {
                give(Batch::Documents(kind, documents))
            })?;
        }
        Ok(())
    }

    fn routes(&self, give: Give<'_>) -> Result<(), StoreError> {
        let sql = "SELECT DISTINCT streamer FROM routes ORDER BY streamer";
        for streamer in self.all(sql, |row| word::<StreamerId>(row, "streamer"))? {
            let sql = "SELECT * FROM routes WHERE streamer = ?1 ORDER BY key";
            self.each(
                sql,
                [streamer.as_str()],
                |row| facts::route(row).and_then(|_: StreamerId| row.get("key")),
                |keys| give(Batch::Routes(streamer.clone(), keys)),
            )?;
        }
        Ok(())
    }

    fn channels(&self) -> Result<Vec<(StreamerId, State)>, StoreError> {
        let sql = "SELECT * FROM channels ORDER BY streamer";
        self.all(sql, |row| Ok((word(row, "streamer")?, channels::state(row)?)))
    }

    fn channel(
        &self,
        streamer: &StreamerId,
        state: &State,
        give: Give<'_>,
    ) -> Result<(), StoreError> {
        let whose = streamer.as_str();
        let change = || Change { state: Some(state.clone()), ..Change::default() };
        let mut part = |change| give(Batch::Channel(streamer.clone(), Box::new(change)));
        let params = (whose, state.epoch.0.cast_signed());
        let sql = "SELECT * FROM log WHERE streamer = ?1 AND epoch = ?2 ORDER BY offset";
        self.each(sql, params, log::entry, |entries| {
            let offset = entries.last().map_or(0, |entry| entry.position.offset);
            let state = Some(State { offset, ..state.clone() });
            part(Change { state, entries, ..Change::default() })
        })?;
        // As it is, also of a channel in which nothing is kept any more.
        part(change())?;
        let sql = "SELECT * FROM alerts WHERE streamer = ?1 ORDER BY id";
        self.each(sql, [whose], alerts::alert, |alerts| part(Change { alerts, ..change() }))?;
        // The set that changed last has an id that two of them should hold.
        let sql = "SELECT * FROM purchases WHERE streamer = ?1 ORDER BY changed, id";
        self.each(sql, [whose], facts::purchase, |purchases| {
            part(Change { purchases, ..change() })
        })?;
        let sql = "SELECT * FROM totals WHERE streamer = ?1 ORDER BY currency";
        self.each(sql, [whose], total, |facts| part(Change { facts, ..change() }))?;
        let sql = "SELECT * FROM buyers WHERE streamer = ?1 ORDER BY key";
        self.each(sql, [whose], buyer, |facts| part(Change { facts, ..change() }))
    }

    /// Rows of which there are as many as streamers.
    fn all<T>(
        &self,
        sql: &str,
        record: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([], record)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Gives the records of a query, some at a time.
    fn each<T>(
        &self,
        sql: &str,
        params: impl Params,
        record: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut give: impl FnMut(Vec<T>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.db.prepare(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params)?;
        let (mut records, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            records.push(record(row)?);
            bytes += (0..columns).map(|column| length(row.get_ref_unwrap(column))).sum::<usize>();
            if records.len() == ROWS || bytes >= BYTES {
                give(std::mem::take(&mut records))?;
                bytes = 0;
            }
        }
        if records.is_empty() { Ok(()) } else { give(records) }
    }
}

fn total(row: &Row<'_>) -> rusqlite::Result<Fact> {
    let Total { currency, minor, orders } = facts::total(row)?;
    Ok(Fact::Total { currency, minor, orders })
}

fn buyer(row: &Row<'_>) -> rusqlite::Result<Fact> {
    let (key, orders) = facts::buyer(row)?;
    Ok(Fact::Buyer { key, orders })
}

fn length(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 0,
    }
}
