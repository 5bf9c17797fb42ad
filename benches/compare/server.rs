//! The servers under load: the gateway as users start it, the floors and the peers, each in a fresh
//! process, and how a client joins each of them.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    SECRET,
    load::{Wire, connect, masked, request},
    peers,
    process::{Used, family, memory, used},
    support::{Gateway, Setup},
};

/// Connections that a streamer may have by default.
const PER_STREAMER: usize = 200;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Gateway,
    /// An axum handler that does nothing.
    Noop,
    /// An axum handler with one transaction of SQLite for each request.
    Transaction,
    /// tokio tasks that accept and wait.
    Hold,
    /// The same that say hello before.
    Hello,
    /// One thread and one epoll loop.
    Epoll,
    Nchan,
    Nats,
    Mosquitto,
    /// The package ws of npm.
    Ws,
    /// A proxy before the gateway.
    Nginx,
}

impl Kind {
    /// What the tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "Tillbell",
            Self::Noop => "axum, no-op",
            Self::Transaction => "one transaction a request",
            Self::Hold => "tokio, accept and hold",
            Self::Hello => "tokio, accept and hello",
            Self::Epoll => "raw epoll loop",
            Self::Nchan => "Nchan",
            Self::Nats => "NATS",
            Self::Mosquitto => "Mosquitto",
            Self::Ws => "npm ws",
            Self::Nginx => "nginx",
        }
    }
}

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    pub kind: Kind,
    pub port: u16,
    program: Program,
    /// The keys of the gateway's overlays, one for each streamer.
    keys: Vec<String>,
    token: String,
}

enum Program {
    Gateway(Box<Gateway>),
    Other { child: Child, _dir: TempDir },
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Self::Other { child, .. } = self {
            let workers = family(child.id());
            for pid in workers.iter().rev() {
                let _gone = Command::new("kill").args(["-9", &pid.to_string()]).status();
            }
            let _ended = child.wait();
        }
    }
}

impl Server {
    /// Starts one; nothing if the machine has no such program.
    pub(crate) fn start(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Gateway => Some(Self::gateway(Setup::default())),
            Kind::Noop => Self::run(kind, |dir| floor("noop", dir)),
            Kind::Transaction => Self::run(kind, |dir| floor("transaction", dir)),
            Kind::Hold => Self::run(kind, |dir| floor("hold", dir)),
            Kind::Hello => Self::run(kind, |dir| floor("hello", dir)),
            Kind::Epoll => Self::run(kind, |dir| floor("epoll", dir)),
            Kind::Nchan => Self::run(kind, peers::nchan),
            Kind::Nats => Self::run(kind, peers::nats),
            Kind::Mosquitto => Self::run(kind, peers::mosquitto),
            Kind::Ws => Self::run(kind, peers::ws),
            Kind::Nginx => unreachable!("it is told what it stands before"),
        }
    }

    /// Runs a program in a directory of its own, until it listens on its port; 0 if it says which.
    pub(crate) fn run(
        kind: Kind,
        program: impl FnOnce(&Path) -> Option<(Command, u16)>,
    ) -> Option<Self> {
        let dir = TempDir::new().expect("a temporary directory");
        let (mut command, port) = program(dir.path())?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let port = match (port, child.stdout.take()) {
            (0, Some(stdout)) => said_port(stdout)?,
            (known, _) => known,
        };
        let program = Program::Other { child, _dir: dir };
        let server = Self { kind, port, program, keys: Vec::new(), token: String::new() };
        server.listens().then_some(server)
    }

    /// A gateway whose streamer `me` has a signing secret.
    pub(crate) fn gateway(setup: Setup) -> Self {
        let gateway = Gateway::start_with(setup);
        let secret = json!({ "secret": SECRET });
        assert_eq!(gateway.post("/api/v1/streamers/me/secrets", &secret).status, 201);
        let keys = vec![gateway.overlay_key("me", "main")];
        Self { keys, ..Self::of(gateway) }
    }

    /// Another node of the same cluster.
    pub(crate) fn beside(&self, setup: Setup) -> Self {
        Self { keys: self.keys.clone(), ..Self::of(Gateway::start_with(setup)) }
    }

    /// Ends it as a power cut would, and starts it again with what it stored.
    pub(crate) fn again(mut self) -> Self {
        let data = self.tests().data.clone();
        let keys = std::mem::take(&mut self.keys);
        drop(self);
        // It had no time to take its address back.
        fs::remove_file(data.path().join("address")).expect("it was running");
        let gateway = Gateway::start_with(Setup { data: Some(data), ..Setup::default() });
        Self { keys, ..Self::of(gateway) }
    }

    fn of(gateway: Gateway) -> Self {
        let (port, token) = (gateway.port, gateway.admin_token());
        let program = Program::Gateway(Box::new(gateway));
        Self { kind: Kind::Gateway, port, program, keys: Vec::new(), token }
    }

    /// The tests' view of the gateway.
    pub(crate) fn tests(&self) -> &Gateway {
        match &self.program {
            Program::Gateway(gateway) => gateway,
            Program::Other { .. } => unreachable!("asked of the gateway only"),
        }
    }

    /// Makes as many streamers as hold this many overlays by default.
    pub(crate) fn room_for(&mut self, overlays: usize) {
        self.streamers(overlays.div_ceil(PER_STREAMER));
    }

    /// Makes streamers with a secret each, until there are so many. Only the gateway has any.
    pub(crate) fn streamers(&mut self, count: usize) {
        if self.kind != Kind::Gateway {
            return;
        }
        for n in self.keys.len()..count {
            let (name, gateway) = (format!("s{n}"), self.tests());
            let made = gateway.post("/api/v1/streamers", &json!({ "id": name }));
            assert_eq!(made.status, 201, "{made:?}");
            let secret = json!({ "secret": SECRET });
            let path = format!("/api/v1/streamers/{name}/secrets");
            assert_eq!(gateway.post(&path, &secret).status, 201);
            let key = gateway.overlay_key(&name, "main");
            self.keys.push(key);
        }
    }

    /// Where the webhooks of the N-th streamer go.
    pub(crate) fn door(n: usize) -> String {
        if n == 0 { "/webhooks/stripe/me".into() } else { format!("/webhooks/stripe/s{n}") }
    }

    fn listens(&self) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    pub(crate) fn pids(&self) -> Vec<u32> {
        match &self.program {
            Program::Gateway(gateway) => family(gateway.pid()),
            Program::Other { child, .. } => family(child.id()),
        }
    }

    pub(crate) fn memory(&self) -> f64 {
        memory(&self.pids())
    }

    pub(crate) fn used(&self) -> Used {
        used(&self.pids())
    }

    /// Waits until it has done what it does after its answers, or for two minutes.
    pub(crate) fn rest(&self) {
        for _ in 0..120 {
            let before = self.used().cpu;
            std::thread::sleep(Duration::from_secs(1));
            if self.used().cpu - before < 0.05 {
                return;
            }
        }
        eprintln!("    {} is still busy after two minutes", self.kind.name());
    }

    /// Connects the N-th client until it is ready for what is sent to it.
    pub(crate) async fn join(&self, n: usize) -> io::Result<Held> {
        let mut wire = connect(self.port).await?;
        let mut id = n.to_string();
        match self.kind {
            Kind::Gateway => {
                let key = &self.keys[n % self.keys.len()];
                let welcome = welcomed(&mut wire, key).await?;
                id = welcome["connection_id"].as_str().unwrap_or_default().to_owned();
            }
            Kind::Hello => {
                wire.send(b"hello\n").await?;
                wire.anything().await?;
            }
            Kind::Epoll | Kind::Ws => {
                wire.upgrade(&format!("/{n}"), "").await?;
                wire.frame_soon().await?;
            }
            Kind::Nchan => wire.upgrade(&format!("/sub/{n}"), "").await?,
            Kind::Nats => peers::join_nats(&mut wire, n).await?,
            Kind::Mosquitto => peers::join_mosquitto(&mut wire, n).await?,
            Kind::Hold | Kind::Noop | Kind::Transaction | Kind::Nginx => {}
        }
        Ok(Held { wire, id })
    }

    /// Connects many clients, some of them at a time.
    pub(crate) async fn join_all(&self, count: usize, at_once: usize) -> io::Result<Vec<Held>> {
        let all = stream::iter(0..count).map(|n| self.join(n));
        all.buffer_unordered(at_once).try_collect().await
    }

    /// A request that sends a message of 340 bytes to one client.
    pub(crate) fn message_to(&self, held: &Held) -> Vec<u8> {
        // In this order: the type of a frame stands first.
        let body = format!(r#"{{"type":"message","data":"{}"}}"#, ".".repeat(312));
        let path = match self.kind {
            Kind::Gateway => format!("/api/v1/connections/{}/messages", held.id),
            Kind::Nchan => format!("/pub/{}", held.id),
            _ => format!("/m/{}", held.id),
        };
        self.post(&path, body.as_bytes())
    }

    /// A request with the operator's token.
    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Vec<u8> {
        let bearer = format!("Bearer {}", self.token);
        request(path, &[("Authorization", &bearer), ("Content-Type", "application/json")], body)
    }
}

/// A client that has joined.
pub(crate) struct Held {
    pub wire: Wire,
    /// What a message to it is addressed to.
    pub id: String,
}

async fn welcomed(wire: &mut Wire, key: &str) -> io::Result<Value> {
    wire.upgrade("/ws/overlay", &format!("tillbell.v1, tillbell.key.{key}")).await?;
    let hello = json!({ "type": "hello", "client": "bench", "version": "1", "mode": "live" });
    wire.send(&masked(1, hello.to_string().as_bytes())).await?;
    let welcome = wire.soon("welcome").await?;
    serde_json::from_str(&welcome).map_err(io::Error::other)
}

/// This program as one of the floors.
fn floor(name: &str, dir: &Path) -> Option<(Command, u16)> {
    let own = std::env::current_exe().expect("it runs");
    let mut command = Command::new(own);
    command.arg("floor").arg(name).arg(dir);
    Some((command, 0))
}

fn said_port(stdout: impl io::Read) -> Option<u16> {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).ok()?;
    line.trim().parse().ok()
}
