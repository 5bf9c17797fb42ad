//! One connection, to a master or to a cluster's masters: how it is made.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue as _, Pipeline, RedisError, RedisFuture,
    RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};
use tokio::time::timeout;

use super::{
    address::Address,
    times::{CONNECT, OPEN},
};

/// A connection to one server, or to a cluster's masters.
#[derive(Clone)]
pub(super) enum Conn {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Conn {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(conn) => conn.req_packed_command(cmd),
            Self::Cluster(conn) => conn.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(conn) => conn.req_packed_commands(pipeline, offset, count),
            Self::Cluster(conn) => conn.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(conn) => conn.get_db(),
            Self::Cluster(conn) => conn.get_db(),
        }
    }
}

/// Makes connections.
#[derive(Clone, Debug)]
pub(super) struct Opener {
    pub(super) address: Arc<Address>,
}

impl Opener {
    /// A new connection, to a master. `response` is how long its answers may take.
    pub(super) async fn open(&self, response: Duration) -> RedisResult<Conn> {
        within(OPEN, async {
            if let Address::Cluster(nodes) = &*self.address {
                let client = Address::cluster(nodes, response)?;
                return Ok(Conn::Cluster(client.get_async_connection().await?));
            }
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(CONNECT))
                .set_response_timeout(Some(response));
            let client = self.client().await?;
            let mut conn = client.get_multiplexed_async_connection_with_config(&config).await?;
            be_master(&mut conn).await?;
            Ok(Conn::One(conn))
        })
        .await
    }

    /// A client of the one server, or of the present master.
    pub(super) async fn client(&self) -> RedisResult<Client> {
        match &*self.address {
            Address::Single(server) => Client::open((**server).clone()),
            Address::Sentinel { sentinels, master, servers } => {
                Address::sentinel(sentinels, master, servers)?.async_get_client().await
            }
            Address::Cluster(nodes) => Client::open(nodes[0].clone()),
        }
    }
}

/// A server that was a master when it was asked for may be none by now: it takes writes that are
/// lost, and messages nobody hears.
pub(super) async fn be_master(conn: &mut impl ConnectionLike) -> RedisResult<()> {
    let role: Vec<Value> = redis::cmd("ROLE").query_async(conn).await?;
    let role: Option<String> =
        role.into_iter().next().and_then(|v| String::from_redis_value(v).ok());
    match role.as_deref() {
        Some("master") => Ok(()),
        _ => Err(RedisError::from((redis::ErrorKind::InvalidClientConfig, "it is not a master"))),
    }
}

/// A step under a time-out.
pub(super) async fn within<T>(
    time: Duration,
    step: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    timeout(time, step)
        .await
        .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}
