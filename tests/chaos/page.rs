//! An overlay page: it connects to any node, draws what it is given, once, acknowledges, keeps what
//! is not noted, and comes back.

use std::{
    collections::{HashMap, VecDeque},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket, client::IntoClientRequest as _};

use crate::{
    fleet::{Fleet, random_below},
    ledger::{Ledger, now, text},
};

/// How often a page looks whether a drawing has ended.
const LOOK: Duration = Duration::from_millis(50);

/// Without a frame for so long the socket is given up: three heartbeats.
const SILENT: Duration = Duration::from_secs(75);

/// What a page remembers of drawings, as the contract says.
const REMEMBERED: usize = 64;

struct PageOf {
    number: usize,
    ledger: Arc<Ledger>,
    /// What was drawn: when it ends.
    drawn: HashMap<(String, u64), Instant>,
    order: VecDeque<(String, u64)>,
    /// Acknowledgements until they are noted, by lease.
    acks: HashMap<String, Ack>,
}

struct Ack {
    alert: String,
    key: (String, u64),
    finished: bool,
}

pub(crate) fn open(
    number: usize,
    fleet: &Arc<Fleet>,
    ledger: &Arc<Ledger>,
    stop: &Arc<AtomicBool>,
) -> JoinHandle<()> {
    let (fleet, ledger, stop) = (Arc::clone(fleet), Arc::clone(ledger), Arc::clone(stop));
    let mut page = PageOf {
        number,
        ledger,
        drawn: HashMap::new(),
        order: VecDeque::new(),
        acks: HashMap::new(),
    };
    let run = move || {
        let key = fleet.overlay_key(number);
        while !stop.load(Ordering::Relaxed) {
            let wait = page.live(fleet.any_port(), &key, &stop);
            let end = now() + wait;
            while now() < end && !stop.load(Ordering::Relaxed) {
                thread::sleep(LOOK);
                page.finish_drawings();
            }
        }
    };
    thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap()
}

impl PageOf {
    /// One connection, to its end; how long to wait before the next.
    fn live(&mut self, port: u16, key: &str, stop: &AtomicBool) -> Duration {
        let soon = || Duration::from_millis(random_below(1000));
        let Some(mut socket) = connect(port, key) else { return soon() };
        let acks: Vec<Value> = self.acks.iter().map(|(lease, ack)| {
            json!({ "alert_id": ack.alert, "lease": lease, "started": true, "finished": ack.finished })
        }).collect();
        send(
            &mut socket,
            &json!({
                "type": "hello", "client": "chaos", "version": "1", "mode": "live", "acks": acks,
            }),
        );
        let (mut heard, mut wait) = (now(), None);
        while !stop.load(Ordering::Relaxed) {
            match socket.read() {
                Ok(Message::Text(frame)) => {
                    heard = now();
                    let frame: Value = serde_json::from_str(&frame).unwrap();
                    if frame["type"] == "bye" {
                        let after = frame["retry_after_ms"].as_u64().unwrap_or_default();
                        wait = Some(Duration::from_millis(after + random_below(1000)));
                        self.ledger.close(u16::try_from(frame["code"].as_u64().unwrap()).unwrap());
                    }
                    self.handle(&mut socket, &frame);
                }
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if error.kind() == std::io::ErrorKind::WouldBlock =>
                {
                    if now() - heard > SILENT {
                        break;
                    }
                }
                Err(_) => break,
            }
            for (alert, lease) in self.finish_drawings() {
                send(
                    &mut socket,
                    &json!({ "type": "finished", "alert_id": alert, "lease": lease }),
                );
            }
        }
        wait.unwrap_or_else(soon)
    }

    fn handle(&mut self, socket: &mut WebSocket<TcpStream>, frame: &Value) {
        match text(frame, "type").as_str() {
            "welcome" => self.ledger.connect(),
            "ping" => send(socket, &json!({ "type": "pong" })),
            "play" => self.play(socket, frame),
            "noted" if frame["finished"] == true => {
                self.acks.remove(&text(frame, "lease"));
            }
            "stop" => {
                self.acks.remove(&text(frame, "lease"));
            }
            "error" if frame["code"] == "stale_lease" => {
                self.acks.remove(&text(frame, "lease"));
            }
            _ => {}
        }
    }

    fn play(&mut self, socket: &mut WebSocket<TcpStream>, play: &Value) {
        let (alert, lease) = (text(&play["alert"], "id"), text(play, "lease"));
        let showing = play["showing"].as_u64().unwrap();
        let key = (alert.clone(), showing);
        if self.drawn.contains_key(&key) {
            self.ledger.give_again();
        } else {
            self.ledger.draw(self.number, &alert, showing);
            let length = Duration::from_millis(play["duration_ms"].as_u64().unwrap());
            self.drawn.insert(key.clone(), now() + length);
            self.order.push_back(key.clone());
            if self.order.len() > REMEMBERED {
                self.drawn.remove(&self.order.pop_front().unwrap());
            }
        }
        send(socket, &json!({ "type": "started", "alert_id": alert, "lease": lease }));
        self.acks.insert(lease, Ack { alert, key, finished: false });
    }

    /// Notes what has been drawn to its end; alert and lease of each.
    fn finish_drawings(&mut self) -> Vec<(String, String)> {
        let mut finished = Vec::new();
        for (lease, ack) in &mut self.acks {
            let ended = self.drawn.get(&ack.key).is_none_or(|end| *end <= now());
            if ended && !ack.finished {
                ack.finished = true;
                finished.push((ack.alert.clone(), lease.clone()));
            }
        }
        finished
    }
}

fn connect(port: u16, key: &str) -> Option<WebSocket<TcpStream>> {
    let address = ([127, 0, 0, 1], port).into();
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut request = format!("ws://127.0.0.1:{port}/ws/overlay").into_client_request().unwrap();
    let protocols = format!("tillbell.v1, tillbell.key.{key}");
    request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    let (socket, _) = tungstenite::client(request, stream).ok()?;
    socket.get_ref().set_read_timeout(Some(LOOK)).ok()?;
    Some(socket)
}

/// Sends; that the other side has gone shows when reading.
fn send(socket: &mut WebSocket<TcpStream>, frame: &Value) {
    let _gone = socket.send(Message::text(frame.to_string()));
}
