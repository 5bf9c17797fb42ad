//! Which streamer a key of Stripe's routes to.

use futures_util::future::try_join_all;

use super::{
    call::{Call, lua},
    link::Link,
    names::Bucket,
    row::word,
};
use crate::{
    id::StreamerId,
    store::{Cutoffs, LASTING_KEY, StoreError},
};

lua!(INDEX, "routes_index");
lua!(REMOVE, "routes_remove");
lua!(EXPIRE, "routes_expire");

/// Most routes looked at in one step of a removal.
const STEP: usize = 500;

/// The streamer of the first key that is known.
pub(super) async fn find(link: &Link, keys: &[String]) -> Result<Option<StreamerId>, StoreError> {
    let asked = keys.iter().map(|key| async move {
        let mut get = redis::cmd("HGET");
        get.arg(Bucket::of(key).key("routes")).arg(key);
        link.query::<Option<String>>(&get).await
    });
    let found = try_join_all(asked).await?.into_iter().flatten().next();
    found.map(|streamer| word(&streamer, "a route")).transpose()
}

/// Makes keys point to a streamer; keys that are known stay as they are.
pub(super) async fn index(
    link: &Link,
    keys: &[String],
    streamer: &StreamerId,
) -> Result<(), StoreError> {
    let mut of_buckets: Vec<(Bucket, Vec<&str>)> = Vec::new();
    for key in keys {
        let bucket = Bucket::of(key);
        let lasts = key.starts_with(LASTING_KEY);
        let pair = [key.as_str(), if lasts { "1" } else { "0" }];
        match of_buckets.iter_mut().find(|(of, _)| *of == bucket) {
            Some((_, pairs)) => pairs.extend(pair),
            None => of_buckets.push((bucket, pair.into())),
        }
    }
    let call = |(bucket, pairs): (_, Vec<&str>)| {
        Call::new(&INDEX, keys_of(bucket)).arg(streamer.as_str()).arg(pairs)
    };
    let calls: Vec<Call> = of_buckets.into_iter().map(call).collect();
    try_join_all(calls.iter().map(|call| link.run_durably::<()>(call))).await?;
    Ok(())
}

/// Removes all routes to a streamer.
pub(super) async fn remove(link: &Link, streamer: &StreamerId) -> Result<(), StoreError> {
    let in_bucket = |bucket| async move {
        let mut cursor = String::from("0");
        loop {
            let call = Call::new(&REMOVE, keys_of(bucket)).arg(streamer.as_str());
            cursor = link.run(&call.arg(cursor).arg(STEP)).await?;
            if cursor == "0" {
                return Ok::<_, StoreError>(());
            }
        }
    };
    try_join_all(Bucket::all().map(in_bucket)).await?;
    Ok(())
}

/// Removes old routes, but for the lasting ones; how many went.
pub(super) async fn expire(link: &Link, cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    let mut gone = 0;
    for bucket in Bucket::all() {
        if gone == cutoffs.limit {
            break;
        }
        let call = Call::new(&EXPIRE, keys_of(bucket)).arg(cutoffs.ids.as_millis());
        gone += link.run::<usize>(&call.arg(cutoffs.limit - gone)).await?;
    }
    Ok(gone)
}

fn keys_of(bucket: Bucket) -> [String; 2] {
    [bucket.key("routes"), bucket.key("routes_written")]
}
