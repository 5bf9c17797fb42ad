//! A group: a master and its replicas, watched by Sentinels that put a replica in a dead master's
//! place.

use std::time::Duration;

use super::{RedisServer, free_port};
use crate::support::wait_for;

/// The name the group goes by.
const GROUP: &str = "mymaster";

/// Of servers in the group, of Sentinels, and of the latter so many must agree.
const SERVERS: usize = 3;
const SENTINELS: usize = 3;
const QUORUM: usize = 2;

/// A master that is silent for so long is dead. Sentinels connect anew only once a second: told a
/// second, they take each new master for dead.
const DOWN_AFTER: Duration = Duration::from_millis(2000);

/// So long a failover may take, and until a failed one is tried again twice that.
const FAILOVER: Duration = Duration::from_secs(5);

/// One master, two replicas, three Sentinels.
pub(crate) struct Sentinels {
    servers: Vec<RedisServer>,
    sentinels: Vec<RedisServer>,
}

impl Sentinels {
    /// A group that is ready for a failover: replicas in sync, and known to Sentinels that know
    /// each other.
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// The same, its servers with more lines of configuration.
    pub(crate) fn with(config: &str) -> Self {
        let master = RedisServer::with(&format!("{QUICK_SYNC}{config}"));
        let replicas = (1..SERVERS).map(|_| {
            let of = format!("replicaof 127.0.0.1 {}\n", master.port);
            RedisServer::with(&format!("{QUICK_SYNC}{config}{of}"))
        });
        let replicas: Vec<RedisServer> = replicas.collect();
        let port = master.port;
        let mut group =
            Self { servers: [master].into_iter().chain(replicas).collect(), sentinels: vec![] };
        // A Sentinel asks a master for its replicas when it meets it, and then every ten seconds.
        wait_for("replicas in sync", || group.all_follow(port).then_some(()));
        group.sentinels = (0..SENTINELS).map(|_| sentinel(port)).collect();
        for sentinel in &group.sentinels {
            wait_for("Sentinel to know everybody", || {
                let others = field(sentinel, "num-other-sentinels")?.parse::<usize>().ok()?;
                let replicas = field(sentinel, "num-slaves")?.parse::<usize>().ok()?;
                let able = sentinel.try_command::<String>(&["SENTINEL", "CKQUORUM", GROUP]).is_ok();
                (able && others + 1 == SENTINELS && replicas + 1 == SERVERS).then_some(())
            });
        }
        group
    }

    /// The group's address for a gateway.
    pub(crate) fn url(&self) -> String {
        let host = |sentinel: &RedisServer| format!("127.0.0.1:{}", sentinel.port);
        let hosts: Vec<String> = self.sentinels.iter().map(host).collect();
        format!("redis+sentinel://{}/{GROUP}", hosts.join(","))
    }

    /// The present master, as all Sentinels that answer say.
    pub(crate) fn master(&self) -> &RedisServer {
        let port = wait_for("Sentinels to agree", || self.agreed());
        self.server(port)
    }

    /// Kills the master; its port.
    pub(crate) fn kill_master(&self) -> u16 {
        let master = self.master();
        master.kill();
        master.port
    }

    /// Waits until another server has taken this one's place and says so itself; its port.
    #[track_caller]
    pub(crate) fn wait_until_replaced(&self, old: u16) -> u16 {
        wait_for("another master", || {
            let port = self.agreed().filter(|port| *port != old)?;
            (self.server(port).info("role")? == "master").then_some(port)
        })
    }

    /// Makes another server the master while the present one lives; its port.
    #[track_caller]
    pub(crate) fn failover(&self) -> u16 {
        let old = self.master().port;
        // Refused while Sentinel is not done with the one before.
        wait_for("Sentinel to begin a failover", || {
            self.sentinels[0].try_command::<()>(&["SENTINEL", "FAILOVER", GROUP]).ok()
        });
        self.wait_until_replaced(old)
    }

    /// Starts the dead again. They come back as what they were; Sentinels make replicas of them.
    pub(crate) fn revive(&self) {
        for server in &self.servers {
            if !server.is_running() {
                server.restart();
            }
        }
    }

    /// Waits until all servers live, and all but the master follow it and have all it has.
    #[track_caller]
    pub(crate) fn wait_until_whole(&self) {
        wait_for("replicas in sync", || self.all_follow(self.agreed()?).then_some(()));
    }

    fn all_follow(&self, master: u16) -> bool {
        let mut others = self.servers.iter().filter(|server| server.port != master);
        others.all(|server| server.follows(master))
    }

    fn server(&self, port: u16) -> &RedisServer {
        self.servers.iter().find(|server| server.port == port).expect("it is of the group")
    }

    fn agreed(&self) -> Option<u16> {
        let mut said = self.sentinels.iter().map(|sentinel| {
            let asked = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", GROUP];
            sentinel.try_command::<(String, u16)>(&asked).map_or(0, |(_, port)| port)
        });
        let first = said.next()?;
        said.all(|port| port == first && port != 0).then_some(first)
    }
}

/// By default a master waits five seconds for more replicas to come.
const QUICK_SYNC: &str = "repl-diskless-sync-delay 0\nrepl-ping-replica-period 1\n";

fn sentinel(master: u16) -> RedisServer {
    let config = format!(
        "sentinel monitor {GROUP} 127.0.0.1 {master} {QUORUM}\n\
         sentinel down-after-milliseconds {GROUP} {}\n\
         sentinel failover-timeout {GROUP} {}\n",
        DOWN_AFTER.as_millis(),
        FAILOVER.as_millis(),
    );
    RedisServer::run("redis-sentinel", free_port(), &config)
}

/// What a Sentinel knows of the group.
fn field(sentinel: &RedisServer, name: &str) -> Option<String> {
    let all: Vec<String> = sentinel.try_command(&["SENTINEL", "MASTER", GROUP]).ok()?;
    let mut pairs = all.chunks(2);
    pairs.find(|pair| pair[0] == name).map(|pair| pair[1].clone())
}
