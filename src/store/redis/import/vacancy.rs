//! Whether a Redis is empty, as far as gateways are concerned: others may use it too.

use redis::{
    Cmd, FromRedisValue as _, RedisResult, Value,
    cluster_async::ClusterConnection,
    cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr},
    cmd,
};

use crate::store::{
    StoreError,
    redis::{
        conn::Conn,
        link::{Link, unavailable},
        times::RESPONSE,
    },
};

/// Keys looked at in one step.
const STEP: u32 = 1000;

/// Whether any key is a gateway's, on any master.
pub(super) async fn has_ours(link: &Link) -> Result<bool, StoreError> {
    let search = async {
        match link.opener.open(RESPONSE).await? {
            Conn::One(mut conn) => scan(async |step| step.query_async(&mut conn).await).await,
            Conn::Cluster(conn) => scan_masters(conn).await,
        }
    };
    search.await.map_err(|error| unavailable(&error))
}

async fn scan_masters(mut cluster: ClusterConnection) -> RedisResult<bool> {
    let ranges: Vec<Vec<Value>> = cmd("CLUSTER").arg("SLOTS").query_async(&mut cluster).await?;
    for range in ranges {
        let Some(slot) = range.into_iter().next() else { continue };
        let route = Route::new(u16::from_redis_value(slot)?, SlotAddr::Master);
        let route = RoutingInfo::SingleNode(SingleNodeRoutingInfo::SpecificNode(route));
        let ask = async |step| {
            let answer = cluster.route_command(step, route.clone()).await?;
            Ok(<(u64, Vec<Vec<u8>>)>::from_redis_value(answer)?)
        };
        if scan(ask).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether one server has a key of ours.
async fn scan(
    mut ask: impl AsyncFnMut(Cmd) -> RedisResult<(u64, Vec<Vec<u8>>)>,
) -> RedisResult<bool> {
    let mut cursor = 0;
    loop {
        let mut step = cmd("SCAN");
        step.arg(cursor).arg("MATCH").arg("*tb:*").arg("COUNT").arg(STEP);
        let (next, keys) = ask(step).await?;
        if keys.iter().any(|key| key.starts_with(b"tb:") || key.starts_with(b"{tb:")) {
            return Ok(true);
        }
        if next == 0 {
            return Ok(false);
        }
        cursor = next;
    }
}
