//! What people do to a channel. The API's routes and the frames of a feed end here: one set of rights,
//! and one meaning.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    App,
    access::{Caller, Need},
    problem::Problem,
    streamers::known,
};
use crate::{
    alert::Alert,
    channel::{Input, Refusal, Verdict},
    directory::Streamer,
    id::AlertId,
    store::Names,
};

/// Something a person asks for; as JSON the frame of a feed's client.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Operation {
    Pause,
    Resume,
    Clear,
    Mute,
    Unmute,
    Panic,
    Skip {
        alert_id: Option<AlertId>,
    },
    Replay {
        alert_id: AlertId,
    },
    Approve {
        alert_id: AlertId,
        #[serde(rename = "as")]
        verdict: Verdict,
    },
    Reject {
        alert_id: AlertId,
    },
}

impl Operation {
    /// The words of all of them.
    pub(super) const NAMES: [&str; 10] = [
        "pause", "resume", "clear", "mute", "unmute", "panic", "skip", "replay", "approve",
        "reject",
    ];

    /// One that is about the queue as a whole, by its word.
    pub(super) fn on_queue(name: &str) -> Option<Self> {
        Some(match name {
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "clear" => Self::Clear,
            "mute" => Self::Mute,
            "unmute" => Self::Unmute,
            "panic" => Self::Panic,
            _ => return None,
        })
    }

    const fn need(self) -> Need {
        match self {
            Self::Replay { .. } | Self::Approve { .. } | Self::Reject { .. } => Need::Judge,
            _ => Need::Operate,
        }
    }
}

/// An operation that its caller may ask for, and that knows which alert it means.
pub(super) struct Ready {
    streamer: Arc<Streamer>,
    input: Input,
    alert: Option<AlertId>,
}

/// What an operation came to.
pub(super) struct Done {
    pub(super) streamer: Arc<Streamer>,
    /// The alert it was about, as it is now.
    pub(super) alert: Option<Alert>,
}

impl Ready {
    /// Checks who asks, and fixes what is meant: a skip without a name means what plays now, and never
    /// what may follow it.
    pub(super) async fn check(
        app: &App,
        caller: &Caller,
        streamer: &str,
        operation: Operation,
    ) -> Result<Self, Problem> {
        let streamer = known(app, caller, streamer, operation.need()).await?;
        let (input, alert) = match operation {
            Operation::Pause => (Input::Pause, None),
            Operation::Resume => (Input::Resume, None),
            Operation::Clear => (Input::Clear, None),
            Operation::Mute => (Input::Mute, None),
            Operation::Unmute => (Input::Unmute, None),
            Operation::Panic => (Input::Panic, None),
            Operation::Skip { alert_id } => {
                let id = match alert_id {
                    Some(named) => named,
                    None => playing(app, &streamer).await?,
                };
                (Input::Skip(Some(id)), Some(id))
            }
            Operation::Replay { alert_id } => (Input::Replay(alert_id), Some(alert_id)),
            Operation::Approve { alert_id, verdict } => {
                (Input::Approve(alert_id, verdict), Some(alert_id))
            }
            Operation::Reject { alert_id } => (Input::Reject(alert_id), Some(alert_id)),
        };
        Ok(Self { streamer, input, alert })
    }

    /// Does it. Those that are begun one after the other are done in this order.
    pub(super) async fn carry_out(self, app: &App) -> Result<Done, Problem> {
        let Self { streamer, input, alert } = self;
        app.node.submit(&streamer.id, input).await?;
        let alert = match alert {
            Some(id) => app.node.store.alert(&streamer.id, id).await?,
            None => None,
        };
        Ok(Done { streamer, alert })
    }
}

/// Checks and does an operation.
pub(super) async fn perform(
    app: &App,
    caller: &Caller,
    streamer: &str,
    operation: Operation,
) -> Result<Done, Problem> {
    Ready::check(app, caller, streamer, operation).await?.carry_out(app).await
}

async fn playing(app: &App, streamer: &Streamer) -> Result<AlertId, Problem> {
    let loaded = app.node.store.load(&streamer.id, &Names::default()).await?;
    let play = loaded.state.playing().map(|play| play.alert);
    play.ok_or_else(|| Refusal::NothingPlays.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Operation;

    #[test]
    fn each_name_is_a_frame() {
        let alert = crate::id::AlertId::new();
        for name in Operation::NAMES {
            let frame = json!({ "type": name, "alert_id": alert, "as": "full", "id": 1 });
            assert!(serde_json::from_value::<Operation>(frame).is_ok(), "{name}");
        }
    }
}
