//! What moderation makes of a name and a message, tried out.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    App,
    access::{Caller, Need},
    problem::Problem,
    streamers::known,
};
use crate::{
    alert::Buyer,
    directory::{DirectoryError, patched},
    moderation::{Filter, Hit},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    name: Option<String>,
    message: Option<String>,
    /// The lists to try, as the setting has them; those that are set, if not given.
    moderation: Option<Value>,
}

/// What would be shown; of what is held, once a person approves it in full.
#[derive(Serialize)]
pub(super) struct Verdict {
    held: bool,
    name: String,
    anonymous: bool,
    message: Option<String>,
    hits: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    #[serde(rename = "in")]
    place: &'static str,
    #[serde(flatten)]
    hit: Hit,
}

pub(super) async fn try_out(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(texts): Json<Texts>,
) -> Result<Json<Verdict>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Judge).await?;
    let draft = texts.moderation.map(|lists| Map::from_iter([("moderation".into(), lists)]));
    let settings = match draft {
        Some(draft) => patched(&streamer.settings, &draft)?,
        None => streamer.settings.clone(),
    };
    settings.check().map_err(DirectoryError::from)?;
    let filter = Filter::new(&settings.moderation);
    let name = filter.name(texts.name.as_deref().unwrap_or_default());
    let message = filter.message(texts.message.as_deref().unwrap_or_default());
    let found = |place, hits: Vec<Hit>| hits.into_iter().map(move |hit| Found { place, hit });
    Ok(Json(Verdict {
        held: name.held || message.held,
        anonymous: name.text.is_none(),
        name: name.text.unwrap_or_else(|| Buyer::SOMEONE.into()),
        message: message.text,
        hits: found("name", name.hits).chain(found("message", message.hits)).collect(),
    }))
}
