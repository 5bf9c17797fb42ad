//! Outcomes. The truth about an event is a mark beside its streamer's channel, where commits look
//! too, and only while it has no streamer the event in its bucket; the bucket follows the mark.
//! A dead letter is open, and so is what waits for its sale: they leave no mark.

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

lua!(MARK, "open", "mark");
lua!(SETTLE, "open", "settle");
lua!(ROUTE, "open", "route");
lua!(REDRIVE, "open", "redrive");

/// How an outcome in JSON begins that is a dead letter; scripts know it as well.
const DEAD: &str = r#"{"dead_letter""#;

/// The outcome in JSON of what waits for its sale; scripts know it as well.
const WAITING: &str = r#""waiting""#;

/// Whether an outcome may still be replaced.
fn is_open(outcome: &str) -> bool {
    outcome == WAITING || outcome.starts_with(DEAD)
}

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

    fn is_open(&self) -> bool {
        self.outcome.as_deref().is_some_and(is_open)
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
        if standing.outcome.is_some() && !standing.is_open() {
            return Ok(false);
        }
        if let Some(streamer) = &standing.streamer {
            if outcome == WAITING {
                return Ok(false);
            }
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

/// Makes an event whose outcome is open one without an outcome, this node's; see the contract.
pub(in crate::store::redis) async fn redrive(
    link: &Link,
    node: NodeId,
    id: &EventId,
) -> Result<bool, StoreError> {
    let Some(standing) = Standing::read(link, id).await? else { return Ok(false) };
    if !standing.is_open() {
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
    let keys = [bucket.event(id), bucket.key("unsettled"), bucket.key("settled")];
    let call = Call::new(&REDRIVE, keys);
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

/// The outcome that is marked beside the channel, unless that is open.
async fn marked(
    link: &Link,
    streamer: &StreamerId,
    id: &EventId,
) -> Result<Option<String>, StoreError> {
    let mut get = redis::cmd("HGET");
    get.arg(of_streamer(streamer, "settled")).arg(id.as_str());
    let found: Option<String> = link.query(&get).await?;
    Ok(found.filter(|outcome| !is_open(outcome)))
}

/// Writes an outcome to the event in its bucket, unless it has one that is not open; and if it
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
    // What follows a mark can be done again; what stands alone must last, as all that is open does.
    let done: String = if whose == Some("") || is_open(outcome) {
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
