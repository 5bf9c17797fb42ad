//! Outcomes. The truth about an event is a mark beside its streamer's channel, where commits look
//! too, and only while it has no streamer the event in its bucket; the bucket follows the mark.
//! A dead letter is open, so it leaves no mark.

use futures_util::future::try_join_all;

use crate::{
    id::{EventId, NodeId, StreamerId},
    store::{
        Settlement, StoreError,
        redis::{
            call::{Call, lua},
            link::Link,
            names::{Bucket, of_streamer},
            row::{to_json, word},
            times::MARKS_KEPT,
        },
    },
};

lua!(MARK, "dead", "mark");
lua!(SETTLE, "dead", "settle");
lua!(ROUTE, "dead", "route");
lua!(REDRIVE, "dead", "redrive");

/// How an outcome in JSON begins that is a dead letter; scripts know it as well.
const DEAD: &str = r#"{"dead_letter""#;

/// What is kept of an event where its outcome is concerned.
struct Standing {
    streamer: Option<StreamerId>,
    outcome: Option<String>,
}

impl Standing {
    async fn read(link: &Link, id: &EventId) -> Result<Option<Self>, StoreError> {
        let mut get = redis::cmd("HMGET");
        get.arg(Bucket::of(id.as_str()).event(id));
        get.arg(&["alert", "routed", "streamer", "outcome"]);
        let fields: [Option<String>; 4] = link.query(&get).await?;
        let [Some(_), routed, named, outcome] = fields else { return Ok(None) };
        let streamer = routed.or(named).map(|streamer| word(&streamer, "an event"));
        Ok(Some(Self { streamer: streamer.transpose()?, outcome }))
    }

    fn is_dead(&self) -> bool {
        self.outcome.as_deref().is_some_and(|outcome| outcome.starts_with(DEAD))
    }
}

/// What came of giving an event in its bucket an outcome.
enum Put {
    Done,
    /// It has one already, or there is no such event.
    Refused,
    /// It is not whose it was thought to be.
    Elsewhere,
}

/// Gives an event an outcome that touches no channel; see the contract.
pub(in crate::store::redis) async fn settle(
    link: &Link,
    id: &EventId,
    outcome: &Settlement,
) -> Result<bool, StoreError> {
    let outcome = to_json(outcome);
    loop {
        let Some(standing) = Standing::read(link, id).await? else { return Ok(false) };
        if standing.outcome.is_some() && !standing.is_dead() {
            return Ok(false);
        }
        if let Some(streamer) = &standing.streamer {
            let marked = mark(link, streamer, id, &outcome).await?;
            if marked != outcome {
                put(link, id, &marked, None).await?;
                return Ok(false);
            }
        }
        let whose = Some(standing.streamer.as_ref().map_or("", StreamerId::as_str));
        match put(link, id, &outcome, whose).await? {
            Put::Done => return Ok(true),
            Put::Refused => return Ok(false),
            Put::Elsewhere => {}
        }
    }
}

/// Remembers where an event was routed. An outcome it had before counts there too.
pub(in crate::store::redis) async fn route(
    link: &Link,
    id: &EventId,
    streamer: &StreamerId,
) -> Result<(), StoreError> {
    let Some(standing) = Standing::read(link, id).await? else { return Ok(()) };
    if let Some(before) = standing.streamer.filter(|before| before != streamer)
        && let Some(outcome) = marked(link, &before, id).await?
    {
        put(link, id, &outcome, None).await?;
    }
    let call = Call::new(&ROUTE, [Bucket::of(id.as_str()).event(id)]).arg(streamer.as_str());
    if let Some(outcome) = link.run_durably::<Option<String>>(&call).await? {
        mark(link, streamer, id, &outcome).await?;
    }
    Ok(())
}

/// Makes a dead letter an event without an outcome again, this node's; see the contract.
pub(in crate::store::redis) async fn redrive(
    link: &Link,
    node: NodeId,
    id: &EventId,
) -> Result<bool, StoreError> {
    let Some(standing) = Standing::read(link, id).await? else { return Ok(false) };
    if !standing.is_dead() {
        return Ok(false);
    }
    if let Some(streamer) = &standing.streamer
        && let Some(outcome) = marked(link, streamer, id).await?
    {
        // A commit has settled it since, and broke off before it was told here.
        put(link, id, &outcome, None).await?;
        return Ok(false);
    }
    let bucket = Bucket::of(id.as_str());
    let call = Call::new(&REDRIVE, [bucket.event(id), bucket.key("unsettled")]);
    link.run_durably(&call.arg(id.as_str()).arg(node.to_string())).await
}

/// Copies outcomes that commits have fixed as marks to the events themselves.
pub(in crate::store::redis) async fn finish(
    link: &Link,
    settled: &[(EventId, Settlement)],
) -> Result<(), StoreError> {
    let copied = settled
        .iter()
        .map(|(id, outcome)| async move { put(link, id, &to_json(outcome), None).await });
    try_join_all(copied).await?;
    Ok(())
}

/// Marks an event's outcome beside the channel; the outcome that stands from now on.
async fn mark(
    link: &Link,
    streamer: &StreamerId,
    id: &EventId,
    outcome: &str,
) -> Result<String, StoreError> {
    let keys = ["settled", "settled_at"].map(|part| of_streamer(streamer, part));
    let kept = u64::try_from(MARKS_KEPT.as_millis()).unwrap_or(u64::MAX);
    link.run_durably(&Call::new(&MARK, keys).arg(id.as_str()).arg(outcome).arg(kept)).await
}

/// The outcome that is marked beside the channel, but for a dead letter.
async fn marked(
    link: &Link,
    streamer: &StreamerId,
    id: &EventId,
) -> Result<Option<String>, StoreError> {
    let mut get = redis::cmd("HGET");
    get.arg(of_streamer(streamer, "settled")).arg(id.as_str());
    let found: Option<String> = link.query(&get).await?;
    Ok(found.filter(|outcome| !outcome.starts_with(DEAD)))
}

/// Writes an outcome to the event in its bucket, unless it has one that is no dead letter; and if it
/// matters `whose` it is, only if it is still theirs ("" is nobody).
async fn put(
    link: &Link,
    id: &EventId,
    outcome: &str,
    whose: Option<&str>,
) -> Result<Put, StoreError> {
    let bucket = Bucket::of(id.as_str());
    let keys =
        [bucket.event(id), bucket.key("unsettled"), bucket.key("settled"), bucket.key("bodies")];
    let call = Call::new(&SETTLE, keys).arg(id.as_str()).arg(outcome).arg(whose.unwrap_or("*"));
    // What follows a mark can be done again; what stands alone must last, as all dead letters do.
    let done: String = if whose == Some("") || outcome.starts_with(DEAD) {
        link.run_durably(&call).await?
    } else {
        link.run(&call).await?
    };
    Ok(match done.as_str() {
        "done" => Put::Done,
        "elsewhere" => Put::Elsewhere,
        _ => Put::Refused,
    })
}
