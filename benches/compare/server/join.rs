//! How a client joins each of the servers, and how something is sent to it.

use std::io;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::{Kind, Server};
use crate::{
    load::{Wire, connect, masked, request},
    peers,
};

impl Server {
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
