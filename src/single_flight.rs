//! Reads of the same record at the same time, made once: when ten thousand pages come back, each asks
//! for its overlay and its streamer. What was read may be believed for a while after.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

use crate::time::Timestamp;

/// How long somebody waits for another's read before reading too: it is a part of that caller's work,
/// who may be held up by something else, or gone.
const PATIENCE: Duration = Duration::from_secs(1);

/// See the module. An error is told to all who wait for the same read, and to nobody else.
#[derive(Debug)]
pub struct SingleFlight<K, V, E> {
    most: usize,
    believed_for: Duration,
    all: Mutex<HashMap<K, Flight<V, E>>>,
}

/// A read that was begun, and what came of it.
#[derive(Debug)]
struct Flight<V, E> {
    since: Timestamp,
    answer: watch::Receiver<Answer<V, E>>,
}

type Answer<V, E> = Option<Result<V, E>>;

/// What somebody who asks has to do.
enum Part<V, E> {
    /// Nothing: it was read lately.
    Believe(V),
    /// To wait for another's read.
    Wait(watch::Receiver<Answer<V, E>>),
    /// To read, and to tell the others.
    Read(watch::Sender<Answer<V, E>>),
}

impl<K: Clone + Eq + Hash, V: Clone, E: Clone> SingleFlight<K, V, E> {
    /// Shares each read with all who ask within so long after it was begun. Holds at most so many keys,
    /// then drops them all: keys may come from strangers, and must not fill memory.
    #[must_use]
    pub fn new(most: usize, believed_for: Duration) -> Self {
        Self { most, believed_for, all: Mutex::default() }
    }

    /// What is read for a key; by `read`, unless somebody began to lately.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn get(
        &self,
        key: &K,
        now: Timestamp,
        read: impl AsyncFnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        match self.part(key, now) {
            Part::Believe(value) => Ok(value),
            Part::Wait(mut answer) => {
                let told = timeout(PATIENCE, answer.wait_for(Option::is_some)).await;
                let told = told.ok().and_then(|told| told.ok()?.clone());
                match told {
                    Some(found) => found,
                    None => read().await,
                }
            }
            Part::Read(tell) => {
                let found = read().await;
                tell.send_replace(Some(found.clone()));
                found
            }
        }
    }

    /// Forgets a key, because what is kept there changed. Who asks from now on does not get what is
    /// being read either: perhaps as it was before.
    pub fn forget(&self, key: &K) {
        self.lock().remove(key);
    }

    /// The same of all of that kind; a value is `None` while it is being read.
    pub fn forget_all(&self, which: impl Fn(&K, Option<&V>) -> bool) {
        self.lock().retain(|key, flight| {
            let answer = flight.answer.borrow();
            !which(key, answer.as_ref().and_then(|found| found.as_ref().ok()))
        });
    }

    fn part(&self, key: &K, now: Timestamp) -> Part<V, E> {
        let mut all = self.lock();
        if let Some(flight) = all.get(key).filter(|it| now.since(it.since) < self.believed_for) {
            match &*flight.answer.borrow() {
                Some(Ok(value)) => return Part::Believe(value.clone()),
                Some(Err(_)) => {}
                // Who read it has gone if it cannot change any more.
                None if flight.answer.has_changed().is_err() => {}
                None => return Part::Wait(flight.answer.clone()),
            }
        }
        if all.len() >= self.most {
            all.clear();
        }
        let (tell, answer) = watch::channel(None);
        all.insert(key.clone(), Flight { since: now, answer });
        Part::Read(tell)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Flight<V, E>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::{join_all, poll_immediate};
    use tokio::{sync::Notify, task::yield_now};

    use super::*;
    use crate::clock::Clock;

    const FOR: Duration = Duration::from_secs(2);

    type Reads = SingleFlight<u8, u32, &'static str>;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    /// What a read at a moment gives, if it is made.
    async fn read(
        reads: &Reads,
        now: i64,
        says: Result<u32, &'static str>,
    ) -> Result<u32, &'static str> {
        reads.get(&1, at(now), async || says).await
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_shares_one_read() {
        let (reads, made) = (Reads::new(8, FOR), Cell::new(0));
        let asked = (0..100).map(|_| {
            reads.get(&1, at(0), async || {
                yield_now().await;
                made.set(made.get() + 1);
                Ok(made.get())
            })
        });
        assert_eq!(join_all(asked).await, [Ok(1); 100]);
    }

    #[tokio::test]
    async fn what_was_read_is_believed_for_a_while() {
        let reads = Reads::new(8, FOR);
        assert_eq!(read(&reads, 0, Ok(1)).await, Ok(1));
        assert_eq!(read(&reads, 1, Ok(2)).await, Ok(1));
        assert_eq!(read(&reads, 2, Ok(3)).await, Ok(3));
    }

    #[tokio::test]
    async fn a_failed_read_is_told_to_all_who_wait_and_believed_by_nobody_else() {
        let reads = Reads::new(8, FOR);
        let asked = (0..100).map(|n| {
            reads.get(&1, at(0), async move || {
                yield_now().await;
                if n == 0 { Err("away") } else { Ok(n) }
            })
        });
        assert_eq!(join_all(asked).await, [Err("away"); 100]);
        assert_eq!(read(&reads, 0, Ok(7)).await, Ok(7));
    }

    #[tokio::test]
    async fn who_asks_after_a_change_does_not_share_a_read_from_before_it() {
        let reads = Reads::new(8, FOR);
        let changed = Notify::new();
        let before = reads.get(&1, at(0), async || {
            changed.notified().await;
            Ok(1)
        });
        let after = async {
            reads.forget_all(|key, value| *key == 1 && value.is_none());
            let after = read(&reads, 0, Ok(2)).await;
            changed.notify_one();
            after
        };
        assert_eq!(tokio::join!(before, after), (Ok(1), Ok(2)));
        assert_eq!(read(&reads, 0, Ok(3)).await, Ok(2), "what is late replaces nothing");
    }

    #[tokio::test]
    async fn who_waits_for_somebody_who_goes_away_reads_at_once() {
        let reads = Reads::new(8, FOR);
        let mut never = Box::pin(reads.get(&1, at(0), async || std::future::pending().await));
        assert!(poll_immediate(&mut never).await.is_none());
        let mut next = Box::pin(read(&reads, 0, Ok(2)));
        assert!(poll_immediate(&mut next).await.is_none(), "it waits");
        drop(never);
        assert_eq!(poll_immediate(next).await, Some(Ok(2)));
    }

    #[tokio::test]
    async fn who_waits_for_somebody_who_dawdles_reads_after_a_second() {
        let reads = Reads::new(8, FOR);
        let mut never = Box::pin(reads.get(&1, at(0), async || std::future::pending().await));
        assert!(poll_immediate(&mut never).await.is_none());
        let clock = Clock::start();
        let begun = clock.now();
        assert_eq!(read(&reads, 1, Ok(2)).await, Ok(2));
        assert!(clock.now().since(begun) >= PATIENCE - Duration::from_millis(2), "it waits");
        assert_eq!(
            poll_immediate(read(&reads, 2, Ok(3))).await,
            Some(Ok(3)),
            "it is too old to share"
        );
    }

    #[tokio::test]
    async fn memory_has_an_end() {
        let reads = Reads::new(2, FOR);
        for key in 0..100 {
            reads.get(&key, at(0), async || Ok(1)).await.unwrap();
            assert!(reads.lock().len() <= 2);
        }
    }
}
