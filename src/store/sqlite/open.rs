//! Opening the file: is it ours, may we, is it whole, is it the one we left.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, config::DbConfig, params};
use tokio::sync::broadcast;

use super::{
    SqliteStore,
    backup::{self, Copier},
    channels,
    damage::{Damage, Look},
    files::{self, Ballast},
    log_file,
    readers::{Readers, reader},
    registry::{Leases, Registry},
    seal::sealing,
    writer::{Broken, Writer},
};
use crate::{
    clock::Clock,
    store::{DirLock, StoreError, files::private, weakness},
};

/// The database, in the data directory.
pub(super) const FILE: &str = "tillbell.db";

/// Its write-ahead log.
const WAL: &str = "tillbell.db-wal";

/// The index of that log.
const SHARED: &str = "tillbell.db-shm";

/// The first SQLite without the write-ahead log's reset bug (sqlite.org/wal.html, 3.51.3).
const OLDEST_LIBRARY: i32 = 3_051_003;

/// Wakes kept for a receiver that lags; beyond, it must look at everything.
const WAKES: usize = 1024;

/// How long the writer waits for a checkpoint that has to cut the log, or that one for readers.
const BUSY: Duration = Duration::from_secs(1);

/// Bytes in a page of a new file. Most changes of a sale are small and in different places, and each
/// writes a page (docs/PERFORMANCE.md).
pub(super) const PAGE: usize = 1024;

/// The schema, step by step; a step that was released never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_waiting.sql"),
    include_str!("migrations/0003_due.sql"),
    include_str!("migrations/0004_sums.sql"),
    include_str!("migrations/0005_lean.sql"),
];

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data directory; made if it is missing.
    pub dir: PathBuf,
    /// What [`Store::now`](crate::store::Store::now) tells.
    pub clock: Clock,
    /// Bytes kept free for a full disk; 16 MiB unless told.
    pub ballast: u64,
    /// The most pages of 1 KiB the database may have, to have a full disk without filling one.
    pub max_pages: Option<u32>,
    /// Whether commits end before they are on disk: to show that a test which cuts the power sees
    /// what is lost. Only a debug build can.
    #[cfg(debug_assertions)]
    pub forgetful: bool,
}

impl Options {
    /// The usual ones.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, clock: Clock) -> Self {
        Self {
            dir: dir.into(),
            clock,
            ballast: 16 << 20,
            max_pages: None,
            #[cfg(debug_assertions)]
            forgetful: false,
        }
    }

    #[cfg(debug_assertions)]
    const fn is_forgetful(&self) -> bool {
        self.forgetful
    }

    #[cfg(not(debug_assertions))]
    const fn is_forgetful(&self) -> bool {
        false
    }
}

impl SqliteStore {
    /// Opens the store in a directory, or makes one there.
    ///
    /// # Errors
    /// When another process has it, the directory or a file cannot be used, the data is of a newer
    /// version, or it is damaged.
    pub fn open(options: Options) -> Result<Arc<Self>, StoreError> {
        let dir = options.dir.display().to_string();
        open(options).map(Arc::new).map_err(|error| match error {
            StoreError::Unavailable(why) => StoreError::Unusable { path: dir, why },
            error => error,
        })
    }
}

fn open(options: Options) -> Result<SqliteStore, StoreError> {
    let is_forgetful = options.is_forgetful();
    let Options { dir, clock, ballast, max_pages, .. } = options;
    if rusqlite::version_number() < OLDEST_LIBRARY {
        return Err(StoreError::OldLibrary { found: rusqlite::version().into() });
    }
    files::private_dir(&dir)?;
    let lock = DirLock::take(&dir)?;
    if let Some(weakness) = weakness(&dir) {
        tracing::warn!(dir = %dir.display(), "the data directory's file system is no place for sales: {weakness}");
    }
    let file = dir.join(FILE);
    private(&file)?;
    if backup::is_untouched(&file)? {
        backup::remove_log(&dir.join(WAL), &dir.join(SHARED))?;
    }
    // Before SQLite sees it: what it drops is gone.
    if !is_forgetful {
        log_file::check(&dir.join(WAL))?;
    }
    let mut db = connect(&file)?;
    refuse_newer(&db)?;
    // Of a new file only: a file keeps the size it began with.
    db.execute_batch(&format!("PRAGMA page_size = {PAGE}"))?;
    let journal: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if journal != "wal" {
        let why = "its file system cannot hold a write-ahead log".into();
        return Err(StoreError::Unusable { path: file.display().to_string(), why });
    }
    migrate(&mut db)?;
    let damage = Damage::default();
    let was_left = was_left(&db)?;
    let restored = begin_boot(&mut db, &dir)?;
    if let Some(pages) = max_pages {
        db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    if is_forgetful {
        tracing::warn!("forgetful: what is confirmed is not on disk yet");
        db.execute_batch("PRAGMA synchronous = NORMAL")?;
    }
    let look = was_left.then(|| Look::start(reader(&file)?, damage.clone())).transpose()?;
    let broken = Broken::default();
    let readers = Readers::open(&file, Arc::clone(&broken), damage.clone())?;
    let copier = Arc::new(Copier::new(&dir));
    let ballast = Ballast::fill(&dir, ballast);
    let writer = Writer::start(db, connect(&file)?, dir.join(WAL), ballast, Arc::clone(&broken))?;
    Ok(SqliteStore {
        clock,
        restored: AtomicBool::new(restored),
        damage,
        look: Mutex::new(look),
        writer,
        broken,
        readers,
        copier,
        registry: Registry::default(),
        leases: Leases::default(),
        wakes: broadcast::channel(WAKES).0,
        mailbox: OnceLock::new(),
        lock: Mutex::new(Some(lock)),
        dir,
    })
}

/// A connection that may write; each transaction of it is on disk when it ends.
pub(super) fn connect(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(BUSY)?;
    keep_plans(&db)?;
    sealing(&db)?;
    // Checkpoints are ours: see `checkpoint`. What is deleted is overwritten, so that nothing of a
    // buyer who was erased, or of what retention removed, is left in the file. What a statement would
    // take back stays in memory: in files it was a third of what a sale writes.
    db.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    Ok(db)
}

/// Keeps the plan of a prepared statement whatever is bound to it. Else, since some indexes are partial,
/// the planner would look whether a value makes one fit, and plan anew each time one is bound.
pub(super) fn keep_plans(db: &Connection) -> Result<(), StoreError> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn schema(db: &Connection) -> Result<usize, StoreError> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).map(|version| {
        // A negative version is nobody's; it is newer than all we know.
        usize::try_from(version).unwrap_or(usize::MAX)
    })?)
}

fn refuse_newer(db: &Connection) -> Result<(), StoreError> {
    let found = schema(db)?;
    if found <= MIGRATIONS.len() {
        return Ok(());
    }
    let number = |version| i64::try_from(version).unwrap_or(i64::MAX);
    Err(StoreError::TooNew { found: number(found), known: number(MIGRATIONS.len()) })
}

fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(schema(db)?) {
        let transaction = db.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {}", step + 1))?;
        transaction.commit()?;
    }
    Ok(())
}

/// Counts a start, in the database and beside it; whether the database is another than the one that
/// was there before: a copy, or one that fell back. Its channels then begin new epochs. Whether it
/// was is remembered until somebody says that all is done about it ([`end_restoring`]).
///
/// The database is counted first, so it may be one ahead after a crash between the two.
fn begin_boot(db: &mut Connection, dir: &Path) -> Result<bool, StoreError> {
    let (inside, beside) = (meta(db, "boot")?, files::read_boot(dir)?);
    let restored = is_restored(db, inside, beside)?;
    if was_left(db)? && !look_through(db)? {
        tracing::warn!("an index was damaged: all of them are made again from their records");
        db.execute_batch("REINDEX")?;
    }
    let boot = inside.max(beside) + 1;
    let transaction = db.transaction()?;
    set_meta(&transaction, "boot", boot)?;
    set_meta(&transaction, "clean", 0)?;
    backup::unmark(&transaction)?;
    if restored {
        set_meta(&transaction, "restored", 1)?;
        channels::begin_epochs(&transaction)?;
        tracing::warn!("the data was restored from a copy: channels begin new epochs");
    }
    transaction.commit()?;
    if restored {
        // Before anything else is written: as long as the file says that it is a copy, a log beside
        // it is taken for a stranger's.
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    files::write_boot(dir, boot)?;
    Ok(meta(db, "restored")? != 0)
}

fn is_restored(db: &Connection, inside: i64, beside: i64) -> Result<bool, StoreError> {
    let known = inside == beside || inside.checked_sub(1) == Some(beside);
    Ok(inside > 0 && (!known || backup::is_marked(db)?))
}

/// Forgets that the data was restored.
pub(super) fn end_restoring(db: &Connection) -> Result<(), StoreError> {
    set_meta(db, "restored", 0)
}

/// Whether the next start would find the data as this version leaves it: nothing to bring up to
/// date, and no copy from before. Looks through it if it was not left clean.
pub(super) fn is_settled(db: &Connection, dir: &Path) -> Result<bool, StoreError> {
    refuse_newer(db)?;
    if schema(db)? < MIGRATIONS.len() {
        return Ok(false);
    }
    if was_left(db)? && !look_through(db)? {
        return Ok(false);
    }
    let restored = is_restored(db, meta(db, "boot")?, files::read_boot(dir)?)?;
    Ok(!restored && meta(db, "restored")? == 0)
}

/// Notes that all was finished, and counts that too: a copy taken while the program ran is then
/// never mistaken for what was there in the end. Gives what to write beside.
pub(super) fn end_boot(db: &Connection) -> Result<i64, StoreError> {
    let boot = meta(db, "boot")? + 1;
    set_meta(db, "boot", boot)?;
    set_meta(db, "clean", 1)?;
    Ok(boot)
}

/// Looks through a database that was not left clean. Refuses one whose pages do not fit together, or
/// with a record that is no longer what it is found by: it would be taken for one that never was.
/// Whether its indexes fit.
fn look_through(db: &Connection) -> Result<bool, StoreError> {
    let check = |pragma| db.query_row(pragma, [], |row| row.get::<_, String>(0));
    let refused = |why| Err(StoreError::Unreadable { what: "the database".into(), why });
    if check("PRAGMA integrity_check(1)")? == "ok" {
        return Ok(true);
    }
    let found = check("PRAGMA quick_check(1)")?;
    if found != "ok" {
        return refused(format!("{found}: restore a backup"));
    }
    let damage = Damage::default();
    damage.look_for(db, || true)?;
    match damage.found().first() {
        Some(first) => refused(format!("an index does not fit, since {first}")),
        None => Ok(false),
    }
}

/// Whether the last process left the database as a crash leaves it.
fn was_left(db: &Connection) -> Result<bool, StoreError> {
    Ok(meta(db, "boot")? > 0 && meta(db, "clean")? == 0)
}

fn meta(db: &Connection, key: &str) -> Result<i64, StoreError> {
    let value = db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0));
    Ok(value.optional()?.unwrap_or(0))
}

fn set_meta(db: &Connection, key: &str, value: i64) -> Result<(), StoreError> {
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![key, value])?;
    Ok(())
}
