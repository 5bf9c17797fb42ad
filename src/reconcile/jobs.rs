//! Checks that a person asks for: jobs. A job is a document, so that any node can tell how far it is
//! and, when the node that works on it dies, go on from there.

mod work;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    OLDEST,
    cursor::{from_body, secs},
    fetch::Counted,
};
use crate::{
    id::JobId,
    node::Node,
    store::{Document, DocumentKind, Expect, StoreError},
    time::Timestamp,
};

/// The shortest time that can be asked for.
pub const SINCE_LEAST: Duration = Duration::from_hours(1);

/// How long a job that has ended can be asked about.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// Jobs read in one step.
const PAGE: usize = 100;

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Under way, or about to be.
    Running,
    /// All of its time was checked.
    Done,
    /// It was given up, see [`Job::error`].
    Failed,
}

/// A check of a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// How it stands.
    pub state: JobState,
    /// How far back was asked for, in seconds: the same again, while it runs, is the same job.
    pub since_s: u64,
    /// Where its time begins.
    pub from: Timestamp,
    /// Where its time ends: when it was asked for.
    pub until: Timestamp,
    /// What was found so far.
    pub counted: Counted,
    /// How many accounts are done, and how many there are.
    pub accounts: (usize, usize),
    /// The account that is being checked; none is the key's own.
    account: Option<String>,
    /// From which second on that account is open.
    open_from_s: i64,
    /// When it was asked for.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// Why it failed, as a sentence.
    pub error: Option<String>,
}

/// Why a check was not begun.
#[derive(Debug, Error)]
pub enum AskError {
    /// There is no key to ask with.
    #[error("no API key is set: set stripe.api_key, then start the gateway again")]
    NoKey,
    /// Stripe does not list that, or it is hardly anything.
    #[error("since is a length of time from 1h to 30d, as far back as Stripe lists events")]
    Since,
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Job {
    fn new(since: Duration, now: Timestamp) -> Self {
        let from = now - since;
        Self {
            id: JobId::new(),
            state: JobState::Running,
            since_s: since.as_secs(),
            from,
            until: now,
            counted: Counted::default(),
            accounts: (0, 1),
            account: None,
            open_from_s: secs(from),
            started: now,
            finished: None,
            error: None,
        }
    }

    /// How much of its time is checked, from 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f64 {
        if self.state == JobState::Done {
            return 1.0;
        }
        let whole = self.until.since(self.from).as_secs_f64().max(1.0);
        let open_from = Timestamp::from_secs(self.open_from_s);
        let of_account = (open_from.since(self.from).as_secs_f64() / whole).min(1.0);
        let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        (count(self.accounts.0) + of_account) / count(self.accounts.1.max(1))
    }

    /// How far it is, to see whether it gets any further.
    fn place(self) -> (Option<String>, i64) {
        (self.account, self.open_from_s)
    }

    fn document(&self) -> Document {
        let body = serde_json::to_value(self).expect("a job is plain JSON");
        let expires = self.finished.map(|at| at + KEPT);
        Document { id: self.id.to_string(), owner: None, version: 0, expires, body }
    }
}

/// Which job stands for a request while it runs.
#[derive(Serialize, Deserialize)]
struct Standing {
    job: JobId,
}

impl Node {
    /// Begins to check all of the last `since`, unless that is under way. The job, and whether it
    /// is new.
    ///
    /// # Errors
    /// When there is no API key, `since` is not between 1 h and 30 d, or the store is away.
    pub async fn ask_reconcile(&self, since: Duration) -> Result<(Job, bool), AskError> {
        if self.stripe.is_none() {
            return Err(AskError::NoKey);
        }
        if !(SINCE_LEAST..=OLDEST).contains(&since) {
            return Err(AskError::Since);
        }
        let kind = DocumentKind::Gateway;
        let name = format!("reconcile_job:{}", since.as_secs());
        loop {
            let standing = self.store.document(kind, &name).await?;
            if let Some(standing) = &standing {
                let Standing { job } = from_body(standing)?;
                let job = self.job(job).await?.filter(|job| job.state == JobState::Running);
                if let Some(job) = job {
                    return Ok((job, false));
                }
            }
            let job = Job::new(since, self.store.now());
            // Stored before it stands for the request, so that what stands for it is there.
            let new = DocumentKind::Job;
            self.store.put_document(new, job.document(), Expect::Absent).await?;
            let body = serde_json::to_value(Standing { job: job.id }).expect("plain JSON");
            let expect = standing.map_or(Expect::Absent, |held| Expect::Version(held.version));
            let expires = Some(job.started + KEPT);
            let document = Document { id: name.clone(), owner: None, version: 0, expires, body };
            if self.store.put_document(kind, document, expect).await?.is_some() {
                self.jobs.notify_one();
                return Ok((job, true));
            }
            // Somebody else asked the same at the same moment.
            self.store.remove_document(new, &job.id.to_string()).await?;
        }
    }

    /// One job.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        let document = self.store.document(DocumentKind::Job, &id.to_string()).await?;
        document.as_ref().map(from_body).transpose()
    }

    /// All jobs of the last 30 days, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn all_jobs(&self) -> Result<Vec<Job>, StoreError> {
        let mut jobs = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page =
                self.store.documents(DocumentKind::Job, None, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(jobs) };
            after = Some(last.id.clone());
            for document in &page {
                jobs.push(from_body(document)?);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_the_part_of_the_time_that_is_checked_over_all_accounts() {
        let hour = Duration::from_hours(1);
        let mut job = Job::new(hour * 10, Timestamp::from_secs(1_800_000_000));
        let rounded = |job: &Job| (job.progress() * 100.0).round();
        assert_eq!(rounded(&job), 0.0);
        job.open_from_s = secs(job.from + hour * 5);
        assert_eq!(rounded(&job), 50.0);
        job.accounts = (1, 4);
        assert_eq!(rounded(&job), 38.0);
        // The last slice ends a second after the time does.
        (job.accounts, job.open_from_s) = ((3, 4), secs(job.until) + 1);
        assert_eq!(rounded(&job), 100.0);
        job.state = JobState::Done;
        assert_eq!(rounded(&job), 100.0);
    }

    #[test]
    fn a_job_reads_back_and_lapses_30_days_after_its_end() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut job = Job::new(Duration::from_hours(72), now);
        assert_eq!(job.document().expires, None, "while it runs it stays");
        job.finished = Some(now);
        let document = job.document();
        assert_eq!(document.expires, Some(now + KEPT));
        assert_eq!(from_body::<Job>(&document).unwrap(), job);
    }
}
