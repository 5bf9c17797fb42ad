//! What a feed's client asks for: one frame each, and one frame for an answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::{
    App,
    access::Caller,
    alerts,
    operations::{Operation, Ready},
    problem::Problem,
    queue,
};
use crate::{id::StreamerId, wire::QueueStatus};

/// What every frame has.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
    /// The client's own mark, which its answer carries too.
    id: Option<Value>,
}

/// An operation that was asked for and may be done.
pub(super) struct Asked {
    head: Head,
    caller: Caller,
    ready: Ready,
}

/// An answer.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Answer<'a> {
    Result {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a Value>,
        of: &'a str,
        /// How the queue stands, if it was about the queue.
        #[serde(skip_serializing_if = "Option::is_none")]
        queue: Option<QueueStatus>,
        /// The alert, if it was about one.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert: Option<Value>,
    },
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a Value>,
        code: &'a str,
        detail: &'a str,
    },
}

impl Answer<'_> {
    fn text(&self) -> String {
        serde_json::to_string(self).expect("an answer is plain JSON")
    }
}

fn refusal(id: Option<&Value>, code: &str, detail: &str) -> String {
    Answer::Error { id, code, detail }.text()
}

impl Asked {
    /// Reads a frame, and checks whether it may be done now: a key may have been revoked since the
    /// socket was opened. `Err` with the answer, if not.
    pub(super) async fn read(
        app: &App,
        key: &str,
        streamer: &StreamerId,
        text: &str,
    ) -> Result<Self, String> {
        let head: Head = serde_json::from_str(text).map_err(|_| {
            refusal(None, "bad_frame", "send one JSON object with a type in a text frame")
        })?;
        let refuse = |code, detail: &str| refusal(head.id.as_ref(), code, detail);
        if !Operation::NAMES.contains(&&*head.kind) {
            return Err(refuse("unknown_type", "this gateway does not know that type of frame"));
        }
        let operation = serde_json::from_str(text).map_err(|_| {
            refuse("bad_frame", "a member of this frame is missing or does not fit the protocol")
        })?;
        let checked = async {
            let caller = Caller::of_token(app, key).await?;
            let ready = Ready::check(app, &caller, streamer.as_str(), operation).await?;
            Ok((caller, ready))
        };
        match checked.await {
            Ok((caller, ready)) => Ok(Self { head, caller, ready }),
            Err(problem) => Err(of_problem(&head, &problem)),
        }
    }

    /// Does it; the answer.
    pub(super) async fn answer(self, app: &App) -> String {
        let Self { head, caller, ready } = self;
        let done = async {
            let done = ready.carry_out(app).await?;
            Ok(match &done.alert {
                Some(_) => (None, Some(alerts::after(app, &caller, &done).await?)),
                None => (Some(queue::status(app, &done.streamer).await?), None),
            })
        };
        match done.await {
            Ok((queue, alert)) => {
                Answer::Result { id: head.id.as_ref(), of: &head.kind, queue, alert }.text()
            }
            Err(problem) => of_problem(&head, &problem),
        }
    }
}

fn of_problem(head: &Head, problem: &Problem) -> String {
    refusal(head.id.as_ref(), problem.code(), problem.detail())
}
