//! Facts beside the channel: totals.

use std::collections::BTreeMap;

use redis::cmd;

use super::{
    link::Link,
    names::of_streamer,
    row::{unreadable, word},
};
use crate::{
    id::StreamerId,
    money::Currency,
    store::{StoreError, Total},
};

pub(super) async fn totals(link: &Link, streamer: &StreamerId) -> Result<Vec<Total>, StoreError> {
    let mut get = cmd("HGETALL");
    get.arg(of_streamer(streamer, "totals"));
    let sums: Vec<(String, i64)> = link.query(&get).await?;
    let mut totals = BTreeMap::new();
    for (field, sum) in sums {
        let bad = || unreadable("a total");
        let (currency, what) = field.split_once(':').ok_or_else(bad)?;
        let currency: Currency = word(currency, "a total")?;
        let total = totals.entry(currency).or_insert(Total { currency, minor: 0, orders: 0 });
        match what {
            "minor" => total.minor = sum,
            "orders" => total.orders = sum,
            _ => return Err(bad()),
        }
    }
    Ok(totals.into_values().collect())
}
