//! Sales as Stripe reports them, signed, and sellers whose sales live their whole lives.

use std::{
    io,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    SECRET,
    load::{Wire, connect, masked, request},
    server::Server,
    support::{sign, unix_now},
};

/// What a payment link's session looks like, 2.8 KB.
const BODY: &str = include_str!(
    "../../tests/fixtures/stripe/2023-10-16_checkout.session.completed_payment_link.json"
);

/// A signed request; `n` makes its sale its own.
pub(crate) fn sale(streamer: usize, n: u32) -> Vec<u8> {
    let mut event: Value = serde_json::from_str(BODY).expect("a fixture");
    event["id"] = json!(format!("evt_{n:024}"));
    event["created"] = json!(unix_now());
    event["livemode"] = json!(true);
    let session = &mut event["data"]["object"];
    session["id"] = json!(format!("cs_live_{n:058}"));
    session["payment_intent"] = json!(format!("pi_{n:024}"));
    session["livemode"] = json!(true);
    let body = serde_json::to_vec_pretty(&event).expect("it is JSON");
    let signature = sign(&body, SECRET);
    let headers = [("Stripe-Signature", &*signature), ("Content-Type", "application/json")];
    request(&Server::door(streamer), &headers, &body)
}

/// The buyer and the overlay of one streamer.
pub(crate) struct Seller {
    streamer: usize,
    buyer: Wire,
    overlay: Wire,
}

impl Seller {
    /// Joins as the overlay of a streamer.
    pub(crate) async fn new(server: &Server, streamer: usize) -> io::Result<Self> {
        let overlay = server.join(streamer).await?.wire;
        Ok(Self { streamer, buyer: connect(server.port).await?, overlay })
    }

    /// One sale, from the POST until its end is durable. How long it took to the screen.
    pub(crate) async fn sell(&mut self, n: u32) -> io::Result<Duration> {
        let request = sale(self.streamer, n);
        let sent = Instant::now();
        self.buyer.send(&request).await?;
        let play = self.overlay.soon("play").await?;
        let shown = sent.elapsed();
        self.buyer.answer().await?;
        let play: Value = serde_json::from_str(&play).map_err(io::Error::other)?;
        for said in ["started", "finished"] {
            let ack = json!({
                "type": said, "alert_id": play["alert"]["id"], "lease": play["lease"],
            });
            self.overlay.send(&masked(1, ack.to_string().as_bytes())).await?;
        }
        while !self.overlay.soon("noted").await?.contains("\"finished\":true") {}
        Ok(shown)
    }
}
