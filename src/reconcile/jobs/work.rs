//! Working on jobs.

use std::{sync::Arc, time::Duration};

use super::{Job, JobState};
use crate::{
    backoff::Backoff,
    id::JobId,
    node::{Node, random},
    reconcile::{
        CheckError, LEASE,
        cursor::{from_body, secs},
        fetch::{Fetcher, Source},
        slices::Slices,
    },
    store::{DocumentKind, Expect},
    stripe_api::{ApiError, StripeApi},
};

/// How often it is looked for jobs that another node left.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Between tries of a job while Stripe or the store is away.
const RETRY: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(30) };

/// Tries in a row, none of which got any further, after which a job has failed.
const TRIES_MAX: u32 = 6;

impl Node {
    /// Works on jobs, one after the other, until the node stops.
    pub async fn run_jobs(self: Arc<Self>) {
        let working = async {
            let Some(api) = &self.stripe else { return std::future::pending().await };
            loop {
                let _none_asked = tokio::time::timeout(LOOK_EVERY, self.jobs.notified()).await;
                if self.is_draining() {
                    continue;
                }
                match self.all_jobs().await {
                    Ok(jobs) => {
                        for job in jobs.iter().filter(|job| job.state == JobState::Running) {
                            self.work_on(api, job.id).await;
                        }
                    }
                    Err(error) => tracing::debug!(%error, "jobs cannot be read"),
                }
            }
        };
        tokio::select! {
            () = working => {}
            () = self.stop.cancelled() => {}
        }
    }

    async fn work_on(self: &Arc<Self>, api: &StripeApi, id: JobId) {
        let lease = format!("job:{id}");
        let (mut tries, mut reached) = (0, None);
        loop {
            let error = match self.go_on(api, id, &lease).await {
                Ok(()) | Err(CheckError::TakenOver) => return,
                Err(error) => error,
            };
            let now_at = self.job(id).await.ok().flatten().map(|job| job.place());
            tries = if now_at == reached { tries + 1 } else { 1 };
            reached = now_at;
            let is_over = match &error {
                CheckError::Api(error) => is_final(error) || tries >= TRIES_MAX,
                // The store comes back.
                _ => false,
            };
            if is_over {
                tracing::warn!(job = %id, %error, "a job failed");
                match self.end_job(id, Some(error.to_string())).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(job = %id, %error, "a job's end is not stored"),
                }
            }
            tokio::time::sleep(RETRY.wait(tries, random())).await;
        }
    }

    /// Works on a job from where it stands, as long as no other node does.
    async fn go_on(
        self: &Arc<Self>,
        api: &StripeApi,
        id: JobId,
        lease: &str,
    ) -> Result<(), CheckError> {
        if !self.store.lease(lease, self.id, LEASE).await? {
            return Err(CheckError::TakenOver);
        }
        let Some((mut job, mut version)) = self.running_job(id).await? else { return Ok(()) };
        let sources = Source::all(self).await?;
        let mut fetcher = Fetcher::new(self, api, lease);
        fetcher.counted = job.counted;
        let begin = sources.iter().position(|source| source.account >= job.account);
        for (done, source) in sources.iter().enumerate().skip(begin.unwrap_or(sources.len())) {
            if source.account != job.account {
                (job.account, job.open_from_s) = (source.account.clone(), secs(job.from));
            }
            job.accounts = (done, sources.len());
            let mut slices = Slices::new(job.open_from_s, secs(job.until));
            loop {
                match fetcher.step(source, &mut slices).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) if source.is_alone_with(&error) => {
                        let account = source.account.as_deref().unwrap_or_default();
                        tracing::warn!(job = %id, account, %error, "an account is left out");
                        break;
                    }
                    Err(error) => return Err(error),
                }
                (job.open_from_s, job.counted) = (slices.open_from_s(), fetcher.counted);
                version = self.save_job(&job, version).await?;
            }
        }
        tracing::info!(job = %id, events = job.counted.events, new = job.counted.new, "job done");
        self.end_job(id, None).await
    }

    /// A job that is not ended, and its version.
    async fn running_job(&self, id: JobId) -> Result<Option<(Job, u64)>, CheckError> {
        let document = self.store.document(DocumentKind::Job, &id.to_string()).await?;
        let Some(document) = document else { return Ok(None) };
        let job: Job = from_body(&document)?;
        Ok((job.state == JobState::Running).then_some((job, document.version)))
    }

    async fn save_job(&self, job: &Job, version: u64) -> Result<u64, CheckError> {
        let expect = Expect::Version(version);
        let put = self.store.put_document(DocumentKind::Job, job.document(), expect).await?;
        put.ok_or(CheckError::TakenOver)
    }

    async fn end_job(&self, id: JobId, error: Option<String>) -> Result<(), CheckError> {
        let Some((mut job, version)) = self.running_job(id).await? else { return Ok(()) };
        job.state = if error.is_some() { JobState::Failed } else { JobState::Done };
        job.error = error;
        job.finished = Some(self.store.now());
        self.save_job(&job, version).await?;
        Ok(())
    }
}

/// Whether the same call fails as long as nobody changes something at Stripe.
fn is_final(error: &ApiError) -> bool {
    use ApiError::{Forbidden, NotFound, Refused, Unauthorized};
    matches!(error, Unauthorized | Forbidden | NotFound | Refused { .. })
}
