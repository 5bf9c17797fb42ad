//! Nodes that reach Redis over TLS, as the user that docs/OPERATIONS.md gives them.

use std::{path::Path, process::Command};

use serde_json::json;
use tempfile::TempDir;

use super::{SECRET, node};
use crate::support::{
    Gateway, Page, RedisServer, checkout, documented_user, free_port, refused_at_last, tillbell,
};

const PASSWORD: &str = "of-the-nodes-alone";

/// A certificate authority, and a server that has a certificate of it.
struct Stand {
    dir: TempDir,
    server: RedisServer,
    port: u16,
}

impl Stand {
    fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        authority(dir.path(), "ours");
        certify(dir.path(), "ours");
        let port = free_port();
        let server = RedisServer::with(&format!(
            "{}tls-port {port}\ntls-auth-clients no\ntls-cert-file {}\ntls-key-file {}\n\
             tls-ca-cert-file {}\n",
            documented_user(PASSWORD),
            path("server.pem"),
            path("server.key"),
            path("ours.pem"),
        ));
        Self { dir, server, port }
    }

    fn url(&self) -> String {
        format!("rediss://tillbell:{PASSWORD}@localhost:{}", self.port)
    }

    /// The environment of a node that trusts an authority.
    fn trusting(&self, name: &str) -> (String, String) {
        let file = self.dir.path().join(format!("{name}.pem"));
        ("SSL_CERT_FILE".into(), file.display().to_string())
    }

    /// What a start at this address says that is refused.
    #[track_caller]
    fn refused(&self, url: &str, trusting: &str) -> String {
        let mut serve = tillbell();
        serve.args(["serve", "--listen", "127.0.0.1:0", "--redis", url, "--data"]);
        serve.arg(self.dir.path().join("data")).envs([self.trusting(trusting)]);
        // A busy machine's Redis may answer only the second time.
        refused_at_last(&mut serve, 78)
    }

    fn node(&self) -> Gateway {
        let mut setup = node(&self.url(), "always");
        setup.env.push(self.trusting("ours"));
        Gateway::start_with(setup)
    }
}

fn openssl(dir: &Path, args: &str) {
    let mut command = Command::new("openssl");
    let output = command.current_dir(dir).args(args.split(' ')).output();
    let output = output.unwrap_or_else(|error| panic!("openssl (see tests/run): {error}"));
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";

/// Makes a certificate authority.
fn authority(dir: &Path, name: &str) {
    openssl(
        dir,
        &format!("req -x509 {NEW_KEY} -subj /CN={name} -keyout {name}.key -out {name}.pem"),
    );
}

/// Makes a server's certificate of an authority.
fn certify(dir: &Path, by: &str) {
    let names = "-addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE";
    openssl(
        dir,
        &format!(
            "req -x509 {NEW_KEY} -subj /CN=localhost {names} -CA {by}.pem -CAkey {by}.key \
             -keyout server.key -out server.pem"
        ),
    );
}

#[test]
fn nodes_work_over_tls_as_the_documented_user() {
    let stand = Stand::start();
    let nodes = [stand.node(), stand.node()];
    let mut page = Page::welcomed(&nodes[1], &nodes[1].overlay_key("me", "main"));
    nodes[0].set(&json!({ "duration": "3s" }));
    let body = checkout(1).to_string();
    let taken = nodes[0].deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    assert_eq!(taken.status, 200, "{taken:?}");
    let play = page.expect("play");
    page.show(&play);
    nodes[0].wait_for_state(play["alert"]["id"].as_str().unwrap(), "shown");
    // Through the mailbox of the page's node.
    let messages = format!("/api/v1/connections/{}/messages", page.id());
    let sent = nodes[0].post(&messages, &json!({ "say": "hello" }));
    assert_eq!(sent.status / 100, 2, "{sent:?}");
    assert_eq!(page.expect("message")["data"], json!({ "say": "hello" }));

    assert_eq!(stand.server.denied(), []);
    for node in &nodes {
        let said = format!("{}{}", node.greeting, node.log());
        assert!(!said.contains(PASSWORD), "{said}");
    }
}

#[test]
fn a_certificate_that_is_not_trusted_is_refused() {
    let stand = Stand::start();
    authority(stand.dir.path(), "theirs");
    // One authority is unknown, the other vouches for no such address.
    for (authority, host) in [("theirs", "localhost"), ("ours", "127.0.0.1")] {
        let url = stand.url().replace("localhost", host);
        let said = stand.refused(&url, authority);
        assert!(said.contains("certificate") && said.contains("SSL_CERT_FILE"), "{said}");
        assert!(said.contains(&format!("{host}:{}", stand.port)), "{said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }
}

#[test]
fn a_refused_password_is_not_repeated() {
    let stand = Stand::start();
    let url = stand.url().replace(PASSWORD, "of-nobody-at-all");
    let said = stand.refused(&url, "ours");
    assert!(said.contains("user or password") && !said.contains("of-nobody-at-all"), "{said}");
}
