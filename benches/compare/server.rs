//! The servers under load: the gateway as users start it, the floors and the peers, each in a fresh
//! process.

#[path = "server/join.rs"]
mod join;
#[path = "server/kind.rs"]
mod kind;

pub(crate) use join::Held;
pub(crate) use kind::Kind;

use std::{
    io::{self, BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    SECRET, peers,
    process::{Used, family, memory, used},
    support::{Gateway, Setup},
};

/// Connections that a streamer may have by default.
const PER_STREAMER: usize = 200;

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
            // It first: nginx replaces a worker that is gone.
            for pid in family(child.id()) {
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

    /// Ends it, and begins it again with what it stored: after a stop, or after a power cut. How long
    /// it took to be ready.
    pub(crate) fn again(mut self, stopped: bool) -> (Self, Duration) {
        let keys = std::mem::take(&mut self.keys);
        let Program::Gateway(gateway) = &mut self.program else { unreachable!("only the gateway") };
        if stopped {
            gateway.stop();
        } else {
            gateway.kill();
        }
        let data = Some(gateway.data.clone());
        let begun = Instant::now();
        let gateway = Gateway::start_with(Setup { data, ..Setup::default() });
        let took = begun.elapsed();
        (Self { keys, ..Self::of(gateway) }, took)
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
