//! Reads of the same record at the same time, made once: when ten thousand pages come back, each asks
//! for its overlay and its streamer. What was read may be believed for a while after.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::OnceCell;

use crate::time::Timestamp;

/// See the module. Errors are told to all who wait for the same read, and believed by nobody else.
#[derive(Debug)]
pub struct SingleFlight<K, V, E> {
    most: usize,
    believed_for: Duration,
    all: Mutex<HashMap<K, Flight<V, E>>>,
}

/// A read, from when it was asked for.
#[derive(Debug)]
struct Flight<V, E> {
    since: Timestamp,
    answer: Arc<OnceCell<Result<V, E>>>,
}

impl<K: Clone + Eq + Hash, V: Clone, E: Clone> SingleFlight<K, V, E> {
    /// Believes what was read for so long, of at most so many keys; when there are more, nothing any
    /// longer: keys may come from strangers, and must not fill memory.
    #[must_use]
    pub fn new(most: usize, believed_for: Duration) -> Self {
        Self { most, believed_for, all: Mutex::default() }
    }

    /// What is read for a key; by `read`, unless it was read lately or somebody reads it just now.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn get(
        &self,
        key: &K,
        now: Timestamp,
        read: impl AsyncFnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        let answer = self.answer(key, now);
        answer.get_or_init(|| read()).await.clone()
    }

    /// Forgets all of that kind. A value is `None` while it is read: it may be read as it was before a
    /// change, so who asks after the change must not get it.
    pub fn forget(&self, which: impl Fn(&K, Option<&V>) -> bool) {
        let value = |flight: &Flight<V, E>| flight.answer.get()?.as_ref().ok().cloned();
        self.lock().retain(|key, flight| !which(key, value(flight).as_ref()));
    }

    fn answer(&self, key: &K, now: Timestamp) -> Arc<OnceCell<Result<V, E>>> {
        let mut all = self.lock();
        if let Some(flight) = all.get(key) {
            let shared = match flight.answer.get() {
                None => true,
                Some(read) => read.is_ok() && now.since(flight.since) < self.believed_for,
            };
            if shared {
                return Arc::clone(&flight.answer);
            }
        }
        if all.len() >= self.most {
            all.clear();
        }
        let answer = Arc::default();
        all.insert(key.clone(), Flight { since: now, answer: Arc::clone(&answer) });
        answer
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Flight<V, E>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;
    use tokio::{sync::oneshot, task::yield_now};

    use super::*;

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
        let (reads, made) = (Reads::new(8, Duration::ZERO), Cell::new(0));
        let asked = (0..100).map(|_| {
            reads.get(&1, at(0), async || {
                yield_now().await;
                made.set(made.get() + 1);
                Ok(made.get())
            })
        });
        assert_eq!(join_all(asked).await, [Ok(1); 100]);
        assert_eq!(read(&reads, 0, Ok(2)).await, Ok(2), "it is over");
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
        let (go_on, held) = oneshot::channel();
        let before = reads.get(&1, at(0), async || held.await.map_err(|_| "dropped"));
        let after = async {
            reads.forget(|key, value| *key == 1 && value.is_none());
            let after = read(&reads, 0, Ok(2)).await;
            go_on.send(1).unwrap();
            after
        };
        assert_eq!(tokio::join!(before, after), (Ok(1), Ok(2)));
        assert_eq!(read(&reads, 0, Ok(3)).await, Ok(2), "what is late replaces nothing");
    }

    #[tokio::test]
    async fn who_goes_away_while_reading_leaves_the_read_to_the_next() {
        let reads = Reads::new(8, FOR);
        let never = reads.get(&1, at(0), async || std::future::pending().await);
        let next = async {
            yield_now().await;
            read(&reads, 0, Ok(2)).await
        };
        tokio::select! {
            biased;
            _ = never => unreachable!("it never ends"),
            () = yield_now() => {}
        }
        assert_eq!(next.await, Ok(2));
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
