//! Real Redis servers, each a process of its own on a free loopback port and its own directory.

#[path = "redis/cluster.rs"]
mod cluster;
#[path = "redis/sentinels.rs"]
mod sentinels;

pub(crate) use cluster::Cluster;
pub(crate) use sentinels::Sentinels;

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{FromRedisValue, RedisResult};
use tempfile::TempDir;

use super::wait_for;

/// How long a test's own command to Redis may take.
const COMMAND: Duration = Duration::from_secs(5);

/// What the gateway expects of a Redis that is to lose nothing: each write is on disk before its
/// answer, and nothing is evicted.
const DURABLE: &str = "appendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n";

/// A port that is free, and so is the one of a cluster's bus above it. Both lie below those that the
/// kernel gives to outgoing connections, so that a dead server finds its port free again.
pub(crate) fn free_port() -> u16 {
    loop {
        let random = u16::try_from(getrandom::u32().unwrap() % 10_000).unwrap();
        let port = 10_000 + random;
        let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if free(port) && free(port + 10_000) {
            return port;
        }
    }
}

/// The user that docs/OPERATIONS.md gives to nodes, as a line of configuration. The default user keeps
/// all rights: tests look at servers as that one.
pub(crate) fn documented_user(password: &str) -> String {
    let docs = include_str!("../../../docs/OPERATIONS.md");
    let line = docs.lines().find(|line| line.starts_with("user tillbell ")).unwrap();
    let (before, after) = line.split_once(">PASSWORD").unwrap();
    format!("{before}>{password}{after}\n")
}

/// A Redis server, or a Sentinel. Dropping it kills it.
pub(crate) struct RedisServer {
    program: &'static str,
    dir: TempDir,
    pub port: u16,
    process: Mutex<Child>,
}

impl RedisServer {
    /// A durable one.
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// A durable one with more lines of configuration; the last line about a thing counts.
    pub(crate) fn with(config: &str) -> Self {
        Self::run("redis-server", free_port(), &format!("{DURABLE}{config}"))
    }

    /// Starts a program with this configuration.
    fn run(program: &'static str, port: u16, config: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let data = dir.path().join("data");
        fs::create_dir(&data).unwrap();
        let config = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsave \"\"\ndaemonize no\nlogfile {}\n{config}\n",
            data.display(),
            dir.path().join("log").display(),
        );
        // Sentinels write into the configuration of what they watch, so it is written only once.
        fs::write(dir.path().join("config"), config).unwrap();
        let process = Mutex::new(spawn(program, dir.path().join("config")));
        let server = Self { program, dir, port, process };
        server.wait_until_it_answers();
        server
    }

    /// Its address for a gateway.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Kills it as a power cut of the process would.
    pub(crate) fn kill(&self) {
        let mut process = self.process();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Starts it again, killed or not, where it was and with its data.
    pub(crate) fn restart(&self) {
        self.kill();
        *self.process() = spawn(self.program, self.dir.path().join("config"));
        self.wait_until_it_answers();
    }

    /// Starts it again, killed or not, where it was and with its data gone.
    pub(crate) fn restart_empty(&self) {
        self.kill();
        let data = self.dir.path().join("data");
        fs::remove_dir_all(&data).unwrap();
        fs::create_dir(&data).unwrap();
        self.restart();
    }

    /// Stops it where it stands: its sockets stay open, and it answers nothing.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// Sends a command on a connection of its own.
    #[track_caller]
    pub(crate) fn command<T: FromRedisValue>(&self, parts: &[&str]) -> T {
        let answer = self.try_command(parts);
        answer.unwrap_or_else(|error| panic!("{parts:?} on {}: {error}", self.port))
    }

    /// The same where the command may fail.
    pub(crate) fn try_command<T: FromRedisValue>(&self, parts: &[&str]) -> RedisResult<T> {
        query(&mut self.connection()?, parts)
    }

    /// Writes a key, and waits until a replica has it, and with it all that was written before.
    /// `WAIT` waits only for what its own connection wrote.
    pub(crate) fn replicate(&self, key: &str) {
        let mut connection = self.connection().unwrap();
        query::<()>(&mut connection, &["SET", key, "replicated"]).unwrap();
        assert_eq!(query::<u32>(&mut connection, &["WAIT", "1", "5000"]).unwrap(), 1);
    }

    fn connection(&self) -> RedisResult<redis::Connection> {
        let connection = redis::Client::open(self.url())?.get_connection_with_timeout(COMMAND)?;
        connection.set_read_timeout(Some(COMMAND))?;
        Ok(connection)
    }

    /// What users were not allowed to do.
    pub(crate) fn denied(&self) -> Vec<redis::Value> {
        self.command(&["ACL", "LOG"])
    }

    /// A line of INFO.
    pub(crate) fn info(&self, name: &str) -> Option<String> {
        let all: String = self.try_command(&["INFO"]).ok()?;
        let line = all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::to_owned)
    }

    /// Whether its process lives.
    pub(crate) fn is_running(&self) -> bool {
        self.process().try_wait().unwrap().is_none()
    }

    /// Whether it is a replica of the server on this port and has all that one has.
    fn follows(&self, master: u16) -> bool {
        self.info("master_port") == Some(master.to_string())
            && self.info("master_link_status").as_deref() == Some("up")
            && self.info("master_sync_in_progress").as_deref() == Some("0")
    }

    /// Answering with its own process id it is this one, and with PING it has loaded its data.
    #[track_caller]
    fn wait_until_it_answers(&self) {
        let pid = self.process().id().to_string();
        wait_for("Redis to answer", || {
            if let Ok(Some(status)) = self.process().try_wait() {
                panic!("{} ended with {status}: {}", self.program, self.log());
            }
            let own = self.info("process_id").is_some_and(|id| id == pid);
            (own && self.try_command::<String>(&["PING"]).is_ok()).then_some(())
        });
    }

    fn signal(&self, signal: &str) {
        let pid = self.process().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap()
    }
}

fn query<T: FromRedisValue>(connection: &mut redis::Connection, parts: &[&str]) -> RedisResult<T> {
    let (name, rest) = parts.split_first().unwrap();
    redis::cmd(name).arg(rest).query(connection)
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ended = process.kill();
        let _ended = process.wait();
        if std::thread::panicking() {
            eprintln!("--- log of {} on {} ---\n{}", self.program, self.port, self.log());
        }
    }
}

fn spawn(program: &str, config: PathBuf) -> Child {
    let mut command = Command::new(program);
    command.arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("{program} (see tests/run): {error}"))
}

#[test]
fn a_server_keeps_its_data_unless_it_is_emptied() {
    let server = RedisServer::start();
    server.command::<()>(&["SET", "bell", "rings"]);
    server.kill();
    assert!(server.try_command::<String>(&["PING"]).is_err());
    server.restart();
    assert_eq!(server.command::<String>(&["GET", "bell"]), "rings");
    server.restart_empty();
    assert_eq!(server.command::<Option<String>>(&["GET", "bell"]), None);
}
