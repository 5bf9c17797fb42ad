//! The connections to Redis: made again for ever, each step under a time-out, the master asked for
//! anew each time. Callers see an answer, or that the store is not available, soon.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use redis::{
    Client, Cmd, ConnectionAddr, FromRedisValue, Pipeline, RedisError, RedisResult, Value,
    cluster_routing::{Route, SingleNodeRoutingInfo, Slot, SlotAddr},
};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    address::Address,
    call::Call,
    clock::SharedClock,
    conn::{Conn, Opener, be_master, within},
    lane::{Lane, follow_master},
    row::jitter,
    times::{CALL, RESPONSE},
};
use crate::{store::StoreError, time::Timestamp};

/// Connections on which writes wait for replicas: each waits for one write at a time.
const LANES: usize = 8;

/// How long a write waits for one of those to be free.
const LANE_FREE: Duration = Duration::from_secs(2);

/// How long a cluster may answer nothing before its connection is made anew.
const CLUSTER_SILENT: Duration = Duration::from_secs(5);

/// How many replicas must confirm a write, and within which time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replicas {
    pub(super) count: u32,
    pub(super) within: Duration,
}

/// See the module.
pub(super) struct Link {
    pub(super) opener: Opener,
    pub(super) clock: SharedClock,
    replicas: Option<Replicas>,
    shared: Lane,
    connects: Arc<AtomicU32>,
    lanes: Vec<Lane>,
    free: Semaphore,
    idle: Mutex<Vec<usize>>,
    tasks: Mutex<JoinSet<()>>,
    closed: CancellationToken,
}

impl Link {
    pub(super) fn new(opener: Opener, replicas: Option<Replicas>) -> Self {
        let mut tasks = JoinSet::new();
        let connects = Arc::default();
        let shared = Lane::start(opener.clone(), RESPONSE, &connects, &mut tasks);
        let count = if replicas.is_some() { LANES } else { 0 };
        let patience = replicas.map_or(RESPONSE, |replicas| RESPONSE + replicas.within);
        let lane = |_| Lane::start(opener.clone(), patience, &connects, &mut tasks);
        let lanes: Vec<Lane> = (0..count).map(lane).collect();
        if let Address::Sentinel { .. } = &*opener.address {
            let all = lanes.iter().chain([&shared]).cloned().collect();
            tasks.spawn(follow_master(opener.clone(), all));
        }
        let clock = SharedClock::start();
        Self {
            shared,
            connects,
            lanes,
            replicas,
            free: Semaphore::new(count),
            idle: Mutex::new((0..count).collect()),
            clock,
            opener,
            tasks: Mutex::new(tasks),
            closed: CancellationToken::new(),
        }
    }

    /// Learns Redis' time, and so whether it answers.
    pub(super) async fn learn_time(&self) -> Result<(), StoreError> {
        let (seconds, micros): (i64, i64) = self.query(&redis::cmd("TIME")).await?;
        self.clock.learn(Timestamp::from_millis(seconds * 1000 + micros / 1000));
        Ok(())
    }

    /// A client to subscribe with: of the master, or of any server of a cluster.
    pub(super) async fn listener(&self) -> RedisResult<Client> {
        let Address::Cluster(seeds) = &*self.opener.address else {
            let client = self.opener.client().await?;
            let mut conn = client.get_multiplexed_async_connection().await?;
            be_master(&mut conn).await?;
            return Ok(client);
        };
        let mut servers: Vec<_> = seeds.iter().map(|seed| seed.addr().clone()).collect();
        if let Ok(known) = self.query::<Vec<Vec<Value>>>(redis::cmd("CLUSTER").arg("SLOTS")).await {
            servers.extend(known.iter().flat_map(|range| servers_of(range, seeds[0].addr())));
        }
        let chosen = usize::try_from(jitter()).unwrap_or(0) % servers.len();
        Client::open(seeds[0].clone().set_addr(servers.swap_remove(chosen)))
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        let (id, mut conn) = self.connected(&self.shared).await?;
        let done = within(CALL, self.evaluate(&mut conn, call)).await;
        self.judge(&self.shared, id, &conn, done)
    }

    /// Runs a script, and waits until as many servers have its writes as durability asks for.
    pub(super) async fn run_durably<T: FromRedisValue>(
        &self,
        call: &Call,
    ) -> Result<T, StoreError> {
        let Some(replicas) = self.replicas else { return self.run(call).await };
        let busy = || StoreError::Unavailable("too many writes wait for Redis' replicas".into());
        let permit = timeout(LANE_FREE, self.free.acquire()).await;
        let _permit = permit.ok().and_then(Result::ok).ok_or_else(busy)?;
        let lane = self.idle().pop().ok_or_else(busy)?;
        let lane = Borrowed { number: lane, link: self };
        let (id, mut conn) = self.connected(&self.lanes[lane.number]).await?;
        let done = within(CALL + replicas.within, self.replicate(&mut conn, call, replicas)).await;
        let (value, confirmed) = self.judge(&self.lanes[lane.number], id, &conn, done)?;
        if confirmed < replicas.count {
            return Err(StoreError::Unavailable(format!(
                "{confirmed} of {} replicas confirmed a write in time",
                replicas.count
            )));
        }
        Ok(value)
    }

    /// Runs a command that does no harm when it comes late or twice.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let (id, mut conn) = self.connected(&self.shared).await?;
        let done = within(CALL, command.query_async(&mut conn)).await;
        self.judge(&self.shared, id, &conn, done)
    }

    async fn evaluate<T: FromRedisValue>(&self, conn: &mut Conn, call: &Call) -> RedisResult<T> {
        let deadline = self.clock.now() + CALL;
        match call.by_hash(deadline).query_async(conn).await {
            // After a restart, a failover, SCRIPT FLUSH.
            Err(error) if error.code() == Some("NOSCRIPT") => {
                call.by_text(deadline).query_async(conn).await
            }
            done => done,
        }
    }

    /// WAIT tells of the writes of its own connection, so it follows the script on the same one.
    async fn replicate<T: FromRedisValue>(
        &self,
        conn: &mut Conn,
        call: &Call,
        replicas: Replicas,
    ) -> RedisResult<(T, u32)> {
        let deadline = self.clock.now() + CALL;
        let mut wait = redis::cmd("WAIT");
        let within = u64::try_from(replicas.within.as_millis()).unwrap_or(u64::MAX);
        wait.arg(replicas.count).arg(within);
        let mut both = Pipeline::new();
        both.add_command(call.by_text(deadline)).add_command(wait);
        match conn {
            Conn::One(conn) => both.query_async(conn).await,
            Conn::Cluster(conn) => {
                let route = Route::with_slot(Slot::for_key(call.place()), SlotAddr::Master);
                let route = SingleNodeRoutingInfo::SpecificNode(route);
                let answers = conn.route_pipeline(both, 0, 2, route).await?;
                let mut answers = answers.into_iter().map(Value::extract_error);
                let mut next = || answers.next().unwrap_or(Ok(Value::Nil));
                Ok((T::from_redis_value(next()?)?, u32::from_redis_value(next()?)?))
            }
        }
    }

    async fn connected(&self, lane: &Lane) -> Result<(u64, Conn), StoreError> {
        if self.closed.is_cancelled() {
            return Err(StoreError::Unavailable("the store is closed".into()));
        }
        lane.connected().await
    }

    /// What came of a call, for its caller and for the connection.
    fn judge<T>(
        &self,
        lane: &Lane,
        id: u64,
        conn: &Conn,
        done: RedisResult<T>,
    ) -> Result<T, StoreError> {
        let error = match done {
            Ok(value) => {
                lane.answered();
                return Ok(value);
            }
            Err(error) => error,
        };
        if let Some(shown) = error.detail().filter(|_| error.code() == Some("LATE")) {
            // It gave up, or our idea of Redis' time is wrong: then the next one is in time.
            shown
                .trim()
                .parse()
                .into_iter()
                .for_each(|ms| self.clock.learn(Timestamp::from_millis(ms)));
        }
        let broken = match conn {
            Conn::One(_) => is_broken(&error),
            Conn::Cluster(_) => is_broken(&error) && lane.silent() > CLUSTER_SILENT,
        };
        if broken {
            lane.report(id);
        }
        Err(unavailable(&error))
    }

    /// How many connections were made.
    pub(super) fn connects(&self) -> f64 {
        self.connects.load(Ordering::Relaxed).into()
    }

    /// Ends all connections; calls then find none.
    pub(super) fn close(&self) {
        self.closed.cancel();
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<usize>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lane in use.
struct Borrowed<'a> {
    number: usize,
    link: &'a Link,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.link.idle().push(self.number);
    }
}

/// Whether a connection is of no more use after this. Time-outs too: what is sent on it would be
/// answered by what was asked before, if at all.
fn is_broken(error: &RedisError) -> bool {
    let elsewhere = ["READONLY", "LOADING", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN"];
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.code().is_some_and(|code| elsewhere.contains(&code))
}

/// What an error of Redis is to a caller.
pub(super) fn unavailable(error: &RedisError) -> StoreError {
    match error.code() {
        Some("OOM") => StoreError::OutOfMemory,
        Some("LATE") => StoreError::Unavailable("Redis was too late, and did nothing".into()),
        // Never the error's detail: a script's error may repeat what it was given.
        _ if error.is_timeout() => StoreError::Unavailable("Redis did not answer in time".into()),
        _ if error.is_io_error() => StoreError::Unavailable("the connection to Redis broke".into()),
        Some(code) => StoreError::Unavailable(format!("Redis answered {code}")),
        None => StoreError::Unavailable(error.category().into()),
    }
}

/// The servers of one entry of `CLUSTER SLOTS`, reached as the first seed is.
fn servers_of(range: &[Value], like: &ConnectionAddr) -> Vec<ConnectionAddr> {
    let server = |value: &Value| {
        let Value::Array(parts) = value else { return None };
        let host = String::from_redis_value(parts.first()?.clone()).ok()?;
        let port = u16::from_redis_value(parts.get(1)?.clone()).ok()?;
        Some(match like {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        })
    };
    range.iter().skip(2).filter_map(server).collect()
}
