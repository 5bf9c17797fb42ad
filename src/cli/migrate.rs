//! `migrate`: an embedded gateway moves to Redis, with all it has.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use secrecy::SecretString;
use serde_json::json;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::output::labelled;
use super::{CliError, Console};
use crate::{
    clock::Clock,
    id::NodeId,
    keys::Keys,
    server::{ADMIN_TOKEN, MASTER_KEY},
    store::{
        Batch, Counts, StoreError,
        redis::{Begun, Identity, IdentityError, Import, OpenError, Options},
        sqlite::Export,
    },
};

/// Between two lines of progress.
const PACE: Duration = Duration::from_secs(1);

/// Carry a gateway from its data directory to an empty Redis.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// The data directory of the gateway that moves; it must be stopped
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    #[arg(
        long,
        value_name = "URL",
        help = "The empty Redis it moves to [or TILLBELL__REDIS__URL, which keeps a password out of \
                the shell's history]"
    )]
    to: Option<String>,
}

impl Migrate {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let flags = self.to.iter().map(|url| ("redis.url", url.clone()));
        let config = console.config(flags.collect())?;
        let Some(url) = config.redis.url else {
            let text = "name the Redis to move to: --to redis://host:port, or TILLBELL__REDIS__URL";
            return Err(CliError::Usage(text.into()));
        };
        let clock = Clock::start();
        let source = Export::open(&self.from, clock.now()).map_err(|error| self.unread(error))?;
        let own = Identity {
            master: kept(&self.from, MASTER_KEY)?,
            admin_token: kept(&self.from, ADMIN_TOKEN)?,
        };
        Keys::derive(&own.master).map_err(|error| CliError::Failed(error.to_string()))?;
        // All of it is read once before anything is written.
        let counts = source.counts().map_err(|error| self.unread(error))?;
        let options = Options { url, node: NodeId::new(), durability: config.redis.durability };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let target = Import::open(&options).await.map_err(unreached)?;
            let begun = target.begin().await.map_err(IdentityError::from);
            refuse_unless(begun.map_err(OpenError::from).map_err(unreached)?)?;
            let progress = Progress::new(console, &clock, counts.sum());
            // Until the end nobody starts a gateway on it.
            let _source = self.carry(source, &target, progress).await?;
            let ended = target.end(&own, config.redis.cluster_secret.as_ref()).await;
            match ended.map_err(OpenError::from).map_err(unreached)? {
                true => Ok(()),
                false => Err(failed("somebody else has written to this Redis")),
            }
        })?;
        self.report(console, &counts)
    }

    /// Writes all of the source, then reads it all back.
    async fn carry(
        &self,
        source: Export,
        target: &Import,
        mut progress: Progress<'_>,
    ) -> Result<Export, CliError> {
        let mut carried = 0;
        let source = self.pass(source, async |batch| {
            target.put(&batch).await.map_err(broken_off)?;
            carried += batch.counts().sum();
            progress.step("carried", carried)
        });
        let source = source.await?;
        let mut compared = 0;
        let source = self.pass(source, async |batch| {
            if !target.has(&batch).await.map_err(broken_off)? {
                return Err(failed("what was read back from Redis is not what was carried there"));
            }
            compared += batch.counts().sum();
            progress.step("compared", compared)
        });
        source.await
    }

    /// Gives all of the source to `take`, which it is a batch ahead of.
    async fn pass(
        &self,
        source: Export,
        mut take: impl AsyncFnMut(Batch) -> Result<(), CliError>,
    ) -> Result<Export, CliError> {
        let (give, mut batches) = mpsc::channel(1);
        let reading = spawn_blocking(move || {
            let stopped = |_| StoreError::Unavailable("nobody reads on".into());
            let read = source.read(|batch| give.blocking_send(batch).map_err(stopped));
            drop(give);
            (source, read)
        });
        while let Some(batch) = batches.recv().await {
            take(batch).await?;
        }
        let (source, read) = reading.await.map_err(|error| CliError::Failed(error.to_string()))?;
        read.map_err(|error| self.unread(error))?;
        Ok(source)
    }

    fn unread(&self, error: StoreError) -> CliError {
        CliError::Failed(match error {
            StoreError::InUse { pid } => {
                let dir = self.from.display();
                format!(
                    "a gateway{pid} runs on {dir}: stop it first, so that nothing is left behind"
                )
            }
            error => error.to_string(),
        })
    }

    fn report(&self, console: &mut Console, counts: &Counts) -> Result<(), CliError> {
        let from = self.from.display();
        let rows: Vec<_> = counts
            .iter()
            .map(|(kind, count)| (kind.replace('_', " "), count.to_string()))
            .collect();
        let text = format!(
            "\n{}\n\n  All of it is in Redis. Start nodes there, each with a data directory of its own:\n\n    \
             tillbell serve --redis URL --data DIR\n\n  Links, keys and tokens stay as they are. {from} \
             is unchanged: keep it as a backup,\n  and start no gateway on it again.",
            labelled(&rows),
        );
        let answer =
            json!({ "from": from.to_string(), "records": counts.sum(), "carried": counts });
        console.say(&answer, &text)
    }
}

const EMPTY_IT: &str = "empty it (FLUSHDB, or delete all keys that match tb:* and {tb:*), and run this \
                        again: nothing was changed where it comes from";

fn refuse_unless(begun: Begun) -> Result<(), CliError> {
    match begun {
        Begun::Now => Ok(()),
        Begun::Taken => Err(CliError::Failed(
            "this Redis is not empty: a gateway has kept something there; name another, or another of \
             its databases, like redis://host:6379/1"
                .into(),
        )),
        Begun::BrokenOff => Err(CliError::Failed(format!(
            "a migration into this Redis is under way or broke off: if it broke off, {EMPTY_IT}"
        ))),
    }
}

fn unreached(error: OpenError) -> CliError {
    CliError::Gateway { text: error.to_string(), exit_code: error.exit_code() }
}

/// After it had begun.
fn broken_off(error: StoreError) -> CliError {
    let exit_code = if matches!(error, StoreError::Unavailable(_)) { 75 } else { 1 };
    CliError::Gateway { text: format!("the migration broke off: {error}; {EMPTY_IT}"), exit_code }
}

fn failed(what: &str) -> CliError {
    CliError::Failed(format!("{what}; {EMPTY_IT}"))
}

/// A secret in the data directory.
fn kept(dir: &Path, name: &str) -> Result<SecretString, CliError> {
    let file = dir.join(name);
    let text = fs::read_to_string(&file).map_err(|error| {
        let remedy = if error.kind() == io::ErrorKind::NotFound {
            "restore it from your backup"
        } else {
            "run this as the user who ran the gateway"
        };
        CliError::Failed(format!("cannot read {}: {error}; {remedy}", file.display()))
    })?;
    Ok(text.trim().to_owned().into())
}

/// Lines that tell how far it is.
struct Progress<'a> {
    console: &'a mut Console,
    clock: &'a Clock,
    all: usize,
    told: Duration,
}

impl<'a> Progress<'a> {
    fn new(console: &'a mut Console, clock: &'a Clock, all: usize) -> Self {
        Self { told: clock.uptime(), console, clock, all }
    }

    fn step(&mut self, verb: &str, records: usize) -> Result<(), CliError> {
        let now = self.clock.uptime();
        let due = records == self.all || now.saturating_sub(self.told) >= PACE;
        if !due || self.console.is_json() {
            return Ok(());
        }
        self.told = now;
        self.console.line(&format!("  {verb:<8}  {records} of {} records", self.all))
    }
}
