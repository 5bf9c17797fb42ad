//! An overlay page as the socket sees it, and raw HTTP for what no client would send.

use std::{
    collections::VecDeque,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};
use tungstenite::{
    Message, WebSocket, client::IntoClientRequest as _, handshake::client::Response,
    http::HeaderValue,
};

use super::{Gateway, PATIENCE};

/// A page's socket.
pub(crate) struct Page {
    socket: WebSocket<TcpStream>,
    pub response: Response,
    /// The welcome, once there was one.
    pub welcome: Value,
    /// What arrived while something else was waited for, and is yet to be read.
    put_back: VecDeque<Value>,
}

impl Page {
    /// Opens a socket with these headers, and says nothing.
    pub(crate) fn open(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> Self {
        Self::try_open(gateway.port, path, headers).unwrap()
    }

    fn try_open(
        port: u16,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let url = format!("ws://127.0.0.1:{port}{path}");
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name = tungstenite::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        let (socket, response) = tungstenite::client(request, stream)?;
        Ok(Self { socket, response, welcome: Value::Null, put_back: VecDeque::new() })
    }

    /// Opens a socket with a key in its subprotocols.
    pub(crate) fn with_key(gateway: &Gateway, key: &str) -> Self {
        Self::try_with_key(gateway.port, key).unwrap()
    }

    /// The same where the gateway may be gone.
    pub(crate) fn try_with_key(port: u16, key: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let protocols = format!("tillbell.v1, tillbell.key.{key}");
        Self::try_open(port, "/ws/overlay", &[("sec-websocket-protocol", &protocols)])
    }

    /// Opens a socket, says hello, and reads the welcome.
    #[track_caller]
    pub(crate) fn welcomed(gateway: &Gateway, key: &str) -> Self {
        Self::hello(gateway, key, json!({}))
    }

    /// The same with more members in the hello.
    #[track_caller]
    pub(crate) fn hello(gateway: &Gateway, key: &str, more: Value) -> Self {
        let mut page = Self::with_key(gateway, key);
        let mut hello =
            json!({ "type": "hello", "client": "test", "version": "1", "mode": "live" });
        for (name, value) in more.as_object().unwrap() {
            hello[name] = value.clone();
        }
        page.send(&hello);
        page.welcome = page.expect("welcome");
        page
    }

    pub(crate) fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string());
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text));
    }

    /// Sends; that the other side has gone shows when reading.
    pub(crate) fn send_message(&mut self, message: Message) {
        let _gone = self.socket.send(message);
    }

    /// The next text frame; `Err` with the close code if there is none.
    pub(crate) fn next(&mut self) -> Result<Value, u16> {
        match self.put_back.pop_front() {
            Some(frame) => Ok(frame),
            None => self.read(),
        }
    }

    /// The same, if there is one within this time.
    pub(crate) fn next_within(&mut self, time: Duration) -> Option<Result<Value, u16>> {
        self.socket.get_ref().set_read_timeout(Some(time)).unwrap();
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Some(Ok(serde_json::from_str(&text).unwrap())),
                Ok(Message::Close(Some(close))) => return Some(Err(close.code.into())),
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if error.kind() == std::io::ErrorKind::WouldBlock =>
                {
                    return None;
                }
                Err(_) => return Some(Err(1006)),
            }
        }
    }

    fn read(&mut self) -> Result<Value, u16> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Ok(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(Some(close))) => {
                    // Reading on answers the close, so that the gateway need not linger.
                    let _gone = self.socket.read();
                    return Err(close.code.into());
                }
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if error.kind() == std::io::ErrorKind::WouldBlock =>
                {
                    panic!("no frame within {PATIENCE:?}");
                }
                Err(_) => return Err(1006),
            }
        }
    }

    /// The next frame of a type; pings, queue and noted frames in between are passed over.
    #[track_caller]
    pub(crate) fn expect(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().unwrap_or_else(|code| panic!("closed {code} before {kind}"));
            if frame["type"] == kind {
                return frame;
            }
            let passing = ["ping", "queue", "noted", "settings", "board"];
            assert!(passing.iter().any(|p| frame["type"] == *p), "{kind} expected, got {frame}");
        }
    }

    /// All frames sent so far: what stands before the answer to a frame of a type that nobody knows.
    #[track_caller]
    pub(crate) fn so_far(&mut self) -> Vec<Value> {
        self.send(&json!({ "type": "are_you_there" }));
        let mut frames = Vec::new();
        loop {
            let frame = self.next().unwrap_or_else(|code| panic!("closed {code} after {frames:?}"));
            if frame["code"] == "unknown_type" {
                return frames;
            }
            frames.push(frame);
        }
    }

    /// The id of a welcomed connection.
    pub(crate) fn id(&self) -> String {
        self.welcome["connection_id"].as_str().unwrap().to_owned()
    }

    /// The close code that ends the socket; what comes before it is passed over.
    pub(crate) fn close_code(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next() {
                return code;
            }
        }
    }

    /// Acknowledges a play.
    pub(crate) fn ack(&mut self, kind: &str, play: &Value) {
        self.send(&json!({
            "type": kind,
            "alert_id": play["alert"]["id"],
            "lease": play["lease"],
        }));
    }

    /// Shows a play to its end, and waits until that is durable.
    #[track_caller]
    pub(crate) fn show(&mut self, play: &Value) {
        self.ack("started", play);
        self.ack("finished", play);
        let noted = self.expect_noted(play);
        assert_eq!(noted["lease"], play["lease"]);
    }

    /// Shows a test alert, which proves that this connection lives.
    #[track_caller]
    pub(crate) fn show_next(&mut self, gateway: &Gateway) {
        gateway.test_alert();
        let play = self.expect("play");
        self.show(&play);
    }

    #[track_caller]
    fn expect_noted(&mut self, play: &Value) -> Value {
        loop {
            let frame = self.read().unwrap_or_else(|code| panic!("closed {code} before noted"));
            if frame["type"] != "noted" || frame["lease"] != play["lease"] {
                self.put_back.push_back(frame);
            } else if frame["finished"] == true {
                return frame;
            }
        }
    }
}

/// Sends bytes as they are and returns all that comes back until the gateway closes.
pub(crate) fn raw_request(gateway: &Gateway, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let _closed_early = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _reset_after = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
