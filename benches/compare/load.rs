//! The load: HTTP and websocket spoken by hand over tokio's sockets, so that what is measured is the
//! server. One process; its connections come from many addresses, since `connect` slows down when
//! one address has lent out most of its ports.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// How long anything may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections that one address makes.
const PER_ADDRESS: u32 = 1_000;

/// A connection and what was read of it too early.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were taken.
    taken: usize,
}

/// Opens a connection to a local port, from the next address.
pub(crate) async fn connect(port: u16) -> io::Result<Wire> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let address = 2 + MADE.fetch_add(1, Ordering::Relaxed) / PER_ADDRESS % 200;
    let from = Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) - 1 + address);
    let socket = TcpSocket::new_v4()?;
    socket.set_nodelay(true)?;
    // Ended with a reset, as by a machine that vanishes: no port waits for late segments.
    socket.set_zero_linger()?;
    socket.bind((from, 0).into())?;
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = within(socket.connect(to)).await?;
    Ok(Wire { stream, buffer: Vec::new(), taken: 0 })
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, work).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

impl Wire {
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(self.stream.write_all(bytes)).await
    }

    fn held(&self) -> &[u8] {
        &self.buffer[self.taken..]
    }

    /// Reads some more, however long that takes; an end is an error.
    async fn more(&mut self) -> io::Result<()> {
        if self.taken == self.buffer.len() {
            // An idle connection costs the load generator no buffer.
            (self.buffer, self.taken) = (Vec::new(), 0);
            self.stream.readable().await?;
        }
        self.buffer.drain(..self.taken);
        self.taken = 0;
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn at_least(&mut self, len: usize) -> io::Result<()> {
        while self.held().len() < len {
            self.more().await?;
        }
        Ok(())
    }

    /// The status and the headers of an answer, lower case.
    async fn head(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.held().windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.held()[..end]).to_ascii_lowercase();
                self.taken += end + 4;
                return Ok(head);
            }
            within(self.more()).await?;
        }
    }

    /// Sends a request made by [`request`] and reads the answer; one that is no success is an error.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        self.send(request).await?;
        self.answer().await
    }

    /// Reads the answer to a request.
    pub(crate) async fn answer(&mut self) -> io::Result<()> {
        let head = self.head().await?;
        let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length:"));
        let length = length.map_or(Ok(0), |text| text.trim().parse()).map_err(io::Error::other)?;
        within(self.at_least(length)).await?;
        self.taken += length;
        if head.get(9..10) == Some("2") { Ok(()) } else { Err(io::Error::other(head)) }
    }

    /// Becomes a websocket. Whoever refuses is an error.
    pub(crate) async fn upgrade(&mut self, path: &str, protocol: &str) -> io::Result<()> {
        let protocol = match protocol {
            "" => String::new(),
            some => format!("Sec-WebSocket-Protocol: {some}\r\n"),
        };
        // The key is the example of RFC 6455: nothing is proven by it here.
        self.send(
            format!(
                "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n"
            )
            .as_bytes(),
        )
        .await?;
        let head = self.head().await?;
        if head.starts_with("http/1.1 101") { Ok(()) } else { Err(io::Error::other(head)) }
    }

    /// The next data frame; pings of the protocol are passed over.
    pub(crate) async fn frame(&mut self) -> io::Result<Vec<u8>> {
        loop {
            self.at_least(2).await?;
            let (opcode, short) = (self.held()[0] & 15, usize::from(self.held()[1] & 127));
            let (start, length) = match short {
                126 => {
                    self.at_least(4).await?;
                    (4, usize::from(u16::from_be_bytes([self.held()[2], self.held()[3]])))
                }
                127 => return Err(io::Error::other("a frame over 64 KiB")),
                short => (2, short),
            };
            self.at_least(start + length).await?;
            let payload = self.held()[start..start + length].to_vec();
            self.taken += start + length;
            match opcode {
                1 | 2 => return Ok(payload),
                8 => return Err(io::Error::other(format!("closed: {payload:?}"))),
                _ => {}
            }
        }
    }

    /// The next text frame of a type; pings are answered, others passed over.
    pub(crate) async fn expect(&mut self, kind: &str) -> io::Result<String> {
        let start = format!("{{\"type\":\"{kind}\"");
        loop {
            let text = String::from_utf8(self.frame().await?).map_err(io::Error::other)?;
            if text.starts_with(&start) {
                return Ok(text);
            }
            if text.starts_with(r#"{"type":"ping""#) {
                self.send(&masked(1, br#"{"type":"pong"}"#)).await?;
            }
        }
    }

    /// The same, given up after a while.
    pub(crate) async fn soon(&mut self, kind: &str) -> io::Result<String> {
        within(self.expect(kind)).await
    }

    /// The same for a frame of another's protocol.
    pub(crate) async fn frame_soon(&mut self) -> io::Result<Vec<u8>> {
        within(self.frame()).await
    }

    /// Waits for the first bytes of a server that speaks first, or echoes a line.
    pub(crate) async fn anything(&mut self) -> io::Result<()> {
        within(self.more()).await?;
        self.taken = self.buffer.len();
        Ok(())
    }
}

/// A client's frame, whole. The mask is zero, which is a mask too, and costs the server the same.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u16::try_from(payload.len()).expect("small frames") {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).expect("below 126")),
        length => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// A POST with a body, for a connection that is kept.
pub(crate) fn request(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n", body.len());
    [text.as_bytes(), body].concat()
}

/// Sends requests, `at_once` of them at a time, until all are answered or the time is over.
/// Returns how long each took, and how long all did.
pub(crate) async fn hammer(
    port: u16,
    requests: Arc<[Vec<u8>]>,
    at_once: usize,
    time: Duration,
) -> io::Result<(Vec<Duration>, Duration)> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients: JoinSet<io::Result<Vec<Duration>>> = JoinSet::new();
    let mut wires = Vec::new();
    for _ in 0..at_once {
        wires.push(connect(port).await?);
    }
    let start = Instant::now();
    for mut wire in wires {
        let (next, requests) = (next.clone(), requests.clone());
        clients.spawn(async move {
            let mut times = Vec::new();
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let sent = Instant::now();
                if sent.duration_since(start) > time {
                    break;
                }
                wire.ask(request).await?;
                times.push(sent.elapsed());
            }
            Ok(times)
        });
    }
    let mut all = Vec::new();
    while let Some(times) = clients.join_next().await {
        all.extend(times.map_err(io::Error::other)??);
    }
    Ok((all, start.elapsed()))
}

/// The value that this share of the values stays below; the share in thousandths.
pub(crate) fn percentile(values: &mut [Duration], thousandths: usize) -> f64 {
    values.sort_unstable();
    let at = (values.len() * thousandths / 1_000).min(values.len().saturating_sub(1));
    values.get(at).map_or(f64::NAN, Duration::as_secs_f64)
}
