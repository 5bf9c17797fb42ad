//! Alerts.

use redis::cmd;

use super::{
    call::{Call, lua},
    link::Link,
    names::{all_of_streamer, of_streamer},
    row::json,
    streamers,
};
use crate::{
    alert::Alert,
    id::{AlertId, StreamerId},
    store::{AlertFilter, StoreError},
};

lua!(LISTED, "listed");

/// How few and how many alerts are asked for at once: some may be left out, and answers are bounded.
const PAGE: (usize, usize) = (16, 256);

pub(super) async fn one(
    link: &Link,
    streamer: &StreamerId,
    id: AlertId,
) -> Result<Option<Alert>, StoreError> {
    let mut get = cmd("HGET");
    get.arg(of_streamer(streamer, "alerts")).arg(id.to_string());
    let alert: Option<Vec<u8>> = link.query(&get).await?;
    alert.map(|alert| json(&alert, "an alert")).transpose()
}

pub(super) async fn owner(link: &Link, id: AlertId) -> Result<Option<StreamerId>, StoreError> {
    let question = |streamer: StreamerId| async move {
        let mut has = cmd("HEXISTS");
        has.arg(of_streamer(&streamer, "alerts")).arg(id.to_string());
        link.query(&has).await
    };
    Ok(streamers::which(link, question).await?.pop())
}

pub(super) async fn list(
    link: &Link,
    streamer: &StreamerId,
    filter: &AlertFilter,
) -> Result<Vec<Alert>, StoreError> {
    let mut found = Vec::new();
    let mut from = filter.before.map_or_else(|| "+".into(), |id| format!("({id}"));
    while found.len() < filter.limit {
        let rows = (filter.limit - found.len()).clamp(PAGE.0, PAGE.1);
        let call = Call::new(&LISTED, all_of_streamer(streamer, &["ids", "alerts"]));
        let (last, page): (String, Vec<Option<Vec<u8>>>) =
            link.run(&call.arg(from).arg(rows)).await?;
        let is_last = page.len() < rows;
        for alert in page.iter().flatten() {
            let alert: Alert = json(alert, "an alert")?;
            let state = filter.states.is_empty() || filter.states.contains(&alert.state);
            if state && !(filter.no_tests && alert.test) {
                found.push(alert);
            }
        }
        if is_last {
            break;
        }
        from = format!("({last}");
    }
    found.truncate(filter.limit);
    Ok(found)
}
