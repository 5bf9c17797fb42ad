//! What is found at an address: which kind of Redis, and what each of its masters does. It changes
//! nothing.

use std::collections::{BTreeMap, HashMap};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue,
    IntoConnectionInfo as _, RedisError, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo},
};

use super::{
    address::Address,
    conn::{Conn, within},
    open::OpenError,
    promise::{Configured, Server},
    times::{CONNECT, OPEN, RESPONSE},
};
use crate::time::Timestamp;

/// What was found.
pub(super) struct Survey {
    /// Where the store is; a plain URL may have led to a cluster.
    pub(super) address: Address,
    /// Its masters.
    pub(super) servers: Vec<Server>,
    /// What the clock of one of them showed.
    pub(super) time: Timestamp,
}

/// Looks at what is there, once.
pub(super) async fn survey(address: &Address) -> Result<Survey, OpenError> {
    let (address, at, mut conn) = match address {
        Address::Single(server) => single(server).await?,
        Address::Sentinel { sentinels, master, servers } => {
            group(address, sentinels, master, servers).await?
        }
        Address::Cluster(seeds) => cluster(seeds).await?,
    };
    let failed = |error| failure(&at, error);
    // All else is answered by one that is still loading its data.
    within(OPEN, ask::<Value>(&mut conn, &at, &redis::cmd("PING"))).await.map_err(failed)?;
    let servers = within(OPEN, servers(&mut conn, &address, &at)).await.map_err(failed)?;
    if servers.is_empty() {
        return Err(OpenError::Replica { place: at.to_string() });
    }
    let time = within(OPEN, redis::cmd("TIME").query_async(&mut conn)).await;
    let (seconds, micros): (i64, i64) = time.map_err(failed)?;
    Ok(Survey { address, servers, time: Timestamp::from_millis(seconds * 1000 + micros / 1000) })
}

type Reached = (Address, ConnectionAddr, Conn);

async fn single(server: &ConnectionInfo) -> Result<Reached, OpenError> {
    let (at, settings) = (server.addr(), server.redis_settings());
    // The database comes later: a cluster knows none, and would refuse before it says what it is.
    let first = server.clone().set_redis_settings(settings.clone().set_db(0));
    let mut conn = connect(&first).await.map_err(|error| failure(at, error))?;
    match mode(&mut conn).await.map_err(|error| failure(at, error))?.as_str() {
        "sentinel" => Err(other(server, "a Sentinel", "+sentinel", "/NAME")),
        "cluster" if settings.db() == 0 => cluster(std::slice::from_ref(server)).await,
        "cluster" => Err(other(server, "part of a cluster, which has one database", "", "")),
        _ => {
            if settings.db() != 0 {
                let select = redis::cmd("SELECT").arg(settings.db()).exec_async(&mut conn).await;
                select.map_err(|error| match error.code() {
                    Some("ERR") => OpenError::Url("Redis has no database of that number"),
                    _ => failure(at, error),
                })?;
            }
            Ok((Address::Single(Box::new(server.clone())), at.clone(), Conn::One(conn)))
        }
    }
}

async fn group(
    address: &Address,
    sentinels: &[ConnectionAddr],
    master: &str,
    servers: &ConnectionInfo,
) -> Result<Reached, OpenError> {
    let asked = &sentinels[0];
    let found = within(OPEN, async {
        Address::sentinel(sentinels, master, servers)?.async_get_client().await
    });
    let client = match found.await {
        Ok(client) => client,
        Err(error) => return Err(no_master(asked, master, servers, error).await),
    };
    let server = client.get_connection_info();
    let conn = connect(server).await.map_err(|error| failure(server.addr(), error))?;
    Ok((address.clone(), server.addr().clone(), Conn::One(conn)))
}

/// Why Sentinels name no master: the first of them may be none.
async fn no_master(
    asked: &ConnectionAddr,
    master: &str,
    servers: &ConnectionInfo,
    error: RedisError,
) -> OpenError {
    let mode = async {
        // Sentinels have a password of their own, if any.
        let mut conn = connect(&asked.clone().into_connection_info()?).await?;
        mode(&mut conn).await
    };
    match mode.await {
        Ok(mode) if mode == "sentinel" => {
            if error.kind() != ErrorKind::MasterNameNotFoundBySentinel {
                return failure(asked, error);
            }
            let why = format!("no Sentinel names a living master {master}");
            OpenError::Unreachable { place: asked.to_string(), why }
        }
        Ok(_) => other(&servers.clone().set_addr(asked.clone()), "no Sentinel", "", ""),
        Err(error) if error.code() == Some("NOAUTH") => OpenError::Denied {
            place: asked.to_string(),
            why: "wants a password of its own: only Sentinels without one are supported",
        },
        Err(error) => failure(asked, error),
    }
}

/// Any of its servers will do; the last one's error is told.
async fn cluster(seeds: &[ConnectionInfo]) -> Result<Reached, OpenError> {
    let mut failed = OpenError::Url("it names no host");
    for seed in seeds {
        let asked = async {
            let mut conn = connect(seed).await?;
            mode(&mut conn).await
        };
        match asked.await {
            Ok(mode) if mode == "cluster" => {
                let opened = within(OPEN, async {
                    Address::cluster(seeds, RESPONSE)?.get_async_connection().await
                });
                let conn = opened.await.map_err(|error| failure(seed.addr(), error))?;
                let address = Address::Cluster(seeds.to_vec());
                return Ok((address, seed.addr().clone(), Conn::Cluster(conn)));
            }
            Ok(mode) if mode == "sentinel" => {
                return Err(other(seed, "a Sentinel", "+sentinel", "/NAME"));
            }
            Ok(_) => return Err(other(seed, "one server, no cluster", "", "")),
            Err(error) => failed = failure(seed.addr(), error),
        }
    }
    Err(failed)
}

async fn connect(server: &ConnectionInfo) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(RESPONSE));
    let client = Client::open(server.clone())?;
    within(OPEN, client.get_multiplexed_async_connection_with_config(&config)).await
}

async fn mode(conn: &mut impl ConnectionLike) -> RedisResult<String> {
    let info: String = redis::cmd("INFO").arg("server").query_async(conn).await?;
    Ok(line(&info, "redis_mode").to_owned())
}

/// What each master does. A server that is none is left out.
async fn servers(
    conn: &mut Conn,
    address: &Address,
    at: &ConnectionAddr,
) -> RedisResult<Vec<Server>> {
    let info = ask::<String>(conn, at, redis::cmd("INFO").arg("server")).await?;
    let mut roles = ask::<Vec<Value>>(conn, at, &redis::cmd("ROLE")).await?;
    // Servers before 7.0 take one name at a time; those are refused for their version.
    let keys =
        ["appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory", "maxmemory-policy"];
    let configs =
        ask::<HashMap<String, String>>(conn, at, redis::cmd("CONFIG").arg("GET").arg(&keys)).await;
    let mut configs = match configs {
        // NOPERM, or no such command: some providers hide it.
        Err(error) if matches!(error.code(), Some("NOPERM" | "ERR")) => BTreeMap::new(),
        configs => configs?,
    };
    let server = |(place, info): (String, String)| {
        let replicas = replicas(roles.remove(&place)?)?;
        Some(Server {
            version: line(&info, "redis_version").into(),
            config: configs.remove(&place).and_then(|config| configured(&config)),
            replicas,
            exposed: address.exposes(&parse_place(&place).unwrap_or_else(|| at.clone())),
            place,
        })
    };
    Ok(info.into_iter().filter_map(server).collect())
}

/// The answers of all masters to one command, by address.
async fn ask<T: FromRedisValue>(
    conn: &mut Conn,
    at: &ConnectionAddr,
    command: &Cmd,
) -> RedisResult<BTreeMap<String, T>> {
    match conn {
        Conn::One(conn) => Ok(BTreeMap::from([(at.to_string(), command.query_async(conn).await?)])),
        Conn::Cluster(conn) => {
            let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
            Ok(FromRedisValue::from_redis_value(
                conn.route_command(command.clone(), masters).await?,
            )?)
        }
    }
}

/// How many replicas follow a master, from its answer to ROLE; none of a server that is no master.
fn replicas(role: Vec<Value>) -> Option<u32> {
    let mut parts = role.into_iter();
    String::from_redis_value(parts.next()?).ok().filter(|role| role == "master")?;
    match parts.nth(1)? {
        Value::Array(replicas) => u32::try_from(replicas.len()).ok(),
        _ => None,
    }
}

fn configured(config: &HashMap<String, String>) -> Option<Configured> {
    let value = |name: &str| config.get(name).cloned();
    Some(Configured {
        append_only: value("appendonly")? == "yes",
        fsync: value("appendfsync")?,
        fsync_in_rewrite: value("no-appendfsync-on-rewrite")? == "no",
        max_memory: value("maxmemory")?.parse().ok()?,
        eviction: value("maxmemory-policy")?,
    })
}

/// The value of one line of INFO; empty if there is none.
fn line<'a>(info: &'a str, name: &str) -> &'a str {
    let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_default().trim()
}

/// `host:port`, as cluster connections call their servers.
fn parse_place(place: &str) -> Option<ConnectionAddr> {
    let (host, port) = place.rsplit_once(':')?;
    Some(ConnectionAddr::Tcp(host.into(), port.parse().ok()?))
}

/// Something else answers there than the URL says.
fn other(server: &ConnectionInfo, is: &'static str, kind: &str, path: &str) -> OpenError {
    let tls = matches!(server.addr(), ConnectionAddr::TcpTls { .. });
    let base = if tls { "rediss" } else { "redis" };
    let login = if server.redis_settings().password().is_some() { ":PASSWORD@" } else { "" };
    let (place, url) = (server.addr().to_string(), format!("{base}{kind}://{login}"));
    OpenError::Other { is, url: format!("{url}{place}{path}"), place }
}

/// An error in words. Never its detail, which may repeat what it was given.
fn failure(at: &ConnectionAddr, error: RedisError) -> OpenError {
    let place = at.to_string();
    let denied = |why| OpenError::Denied { place: place.clone(), why };
    match (error.kind(), error.code()) {
        (ErrorKind::AuthenticationFailed, _) | (_, Some("WRONGPASS")) => {
            denied("refuses the user or password: correct them in redis.url")
        }
        (_, Some("NOAUTH")) => {
            denied("wants a password: write :PASSWORD@ before the host in redis.url")
        }
        (_, Some("NOPERM")) => denied(
            "does not let its user look at it: give it +ping +info +role +time (ACL SETUSER)",
        ),
        // TLS has no kind of its own, only words; a test holds them.
        _ if error.to_string().starts_with("invalid peer certificate") => denied(
            "shows a certificate that is not trusted for this host: correct the host in redis.url, \
             or name its authority's file in SSL_CERT_FILE",
        ),
        (_, code) => {
            let why = match code {
                _ if error.is_timeout() => "it does not answer in time".into(),
                _ if error.is_io_error() => error.to_string(),
                Some("LOADING") => "it is still loading its data".into(),
                Some(code) => format!("it answers {code}"),
                None => error.category().to_owned(),
            };
            OpenError::Unreachable { place, why }
        }
    }
}
