//! A gateway: the real binary in a process of its own, on a free port and its own directory.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PATIENCE, Page, wait_for};

/// A command of the binary, with an environment that is not ours.
pub(crate) fn tillbell() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillbell"));
    command.env_clear();
    command
}

/// How to start a gateway.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    /// Where the Redis is that it shares with other nodes; without, it has a store of its own.
    pub redis: Option<String>,
    /// The content of a configuration file.
    pub config: Option<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// A data directory to go on with.
    pub data: Option<Arc<TempDir>>,
    /// A port to come back on.
    pub port: Option<u16>,
}

/// A running gateway. Dropping it kills it.
pub(crate) struct Gateway {
    process: Child,
    setup: Setup,
    pub data: Arc<TempDir>,
    pub port: u16,
    /// What it printed before it was ready.
    pub greeting: String,
    log: Arc<Mutex<String>>,
    agent: ureq::Agent,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The stable code of a problem.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Gateway {
    /// A fresh one.
    pub(crate) fn start() -> Self {
        Self::start_with(Setup::default())
    }

    /// A fresh one whose streamer `me` has this signing secret.
    pub(crate) fn with_secret(secret: &str) -> Self {
        let gateway = Self::start();
        let added = gateway.post("/api/v1/streamers/me/secrets", &json!({ "secret": secret }));
        assert_eq!(added.status, 201, "{added:?}");
        gateway
    }

    pub(crate) fn start_with(setup: Setup) -> Self {
        let data = setup.data.clone().unwrap_or_else(|| Arc::new(TempDir::new().unwrap()));
        let mut command = tillbell();
        let listen = format!("127.0.0.1:{}", setup.port.unwrap_or(0));
        command.args(["serve", "--listen", &listen, "--data"]).arg(data.path());
        if let Some(config) = &setup.config {
            let file = data.path().join("tillbell.toml");
            fs::write(&file, config).unwrap();
            command.arg("--config").arg(file);
        }
        if let Some(redis) = &setup.redis {
            command.args(["--redis", redis]);
        }
        command.envs(setup.env.clone());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let sink = Arc::clone(&log);
        thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|n| n > 0) {
                sink.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        // The greeting ends with an empty line after the last of its blocks; the address file is
        // written before it, and readiness comes after it.
        let greeting = Arc::new(Mutex::new(String::new()));
        let mut stdout = process.stdout.take().unwrap();
        let sink = Arc::clone(&greeting);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(n) = stdout.read(&mut chunk) {
                if n == 0 {
                    return;
                }
                sink.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..n]));
            }
        });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A refusal may come before the body was read, and then the server ends the connection:
            // a request that finds it kept open would be lost.
            .max_idle_connections(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut gateway =
            Self { process, setup, data, port: 0, greeting: String::new(), log, agent };
        gateway.port = wait_for("the gateway's address", || {
            if let Ok(Some(status)) = gateway.process.try_wait() {
                panic!("the gateway ended with {status}: {}", gateway.log());
            }
            let address = fs::read_to_string(gateway.data.path().join("address")).ok()?;
            address.trim().rsplit(':').next()?.parse().ok()
        });
        wait_for("readiness", || (gateway.get("/readyz").status == 200).then_some(()));
        // Printed before, and read by another thread.
        gateway.greeting = wait_for("the greeting", || {
            let greeting = greeting.lock().unwrap();
            let whole = greeting.contains("tillbell test-alert") && greeting.ends_with("\n\n");
            whole.then(|| greeting.clone())
        });
        gateway
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn admin_token(&self) -> String {
        let file = self.data.path().join("admin.token");
        fs::read_to_string(file).unwrap().trim().to_owned()
    }

    /// Any request; headers as pairs, no token of its own.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl ureq::AsSendBody,
    ) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = self.agent.run(request.body(body).unwrap());
        let Ok(mut answer) = sent else {
            return Answer { status: 0, headers: Vec::new(), text: String::new() };
        };
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().iter().map(header).collect(),
            text: answer.body_mut().read_to_string().unwrap_or_default(),
        }
    }

    /// A request with the admin token.
    pub(crate) fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.admin_token());
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        match body {
            Some(body) => self.request(method, path, &headers, body.to_string()),
            None => self.request(method, path, &headers[..1], ()),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        // Before the first run has written it there is no token; what needs none is asked so.
        if self.data.path().join("admin.token").exists() {
            self.admin("GET", path, None)
        } else {
            self.request("GET", path, &[], ())
        }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.admin("POST", path, Some(body))
    }

    /// Delivers a signed body as Stripe does.
    pub(crate) fn deliver(&self, path: &str, body: &[u8], secret: &str) -> Answer {
        self.deliver_signed(path, body, &super::sign(body, secret))
    }

    pub(crate) fn deliver_signed(&self, path: &str, body: &[u8], signature: &str) -> Answer {
        let headers = [("stripe-signature", signature), ("content-type", "application/json")];
        self.request("POST", path, &headers, body)
    }

    /// The key of an overlay, from its link.
    pub(crate) fn overlay_key(&self, streamer: &str, overlay: &str) -> String {
        let path = format!("/api/v1/streamers/{streamer}/overlays/{overlay}");
        let url = self.get(&path).json()["url"].as_str().unwrap().to_owned();
        url.split_once("#k=").unwrap().1.to_owned()
    }

    /// A welcomed page on the overlay `main` of `me`.
    pub(crate) fn page(&self) -> Page {
        Page::welcomed(self, &self.overlay_key("me", "main"))
    }

    /// Kills it as a power cut of the process would, and starts it again where it was.
    pub(crate) fn kill_and_restart(mut self) -> Self {
        self.kill();
        let (data, port) = (Arc::clone(&self.data), self.port);
        Self::start_with(Setup { data: Some(data), port: Some(port), ..self.setup.clone() })
    }

    /// Kills it as a power cut of the process would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let _leftover = fs::remove_file(self.data.path().join("address"));
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let (signal, pid) = (format!("-{name}"), self.pid().to_string());
        assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Waits until it has ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.terminate();
        self.ended()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
        if thread::panicking() {
            eprintln!("--- the gateway's log ---\n{}", self.log());
        }
    }
}
