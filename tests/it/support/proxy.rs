//! What can happen on the way to a Redis server: a TCP proxy that cuts, delays, falls silent,
//! throttles, or loses what was published.

#[path = "proxy/resp.rs"]
mod resp;

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use socket2::SockRef;

use super::redis::free_port;

/// Connections at a time; more are closed at once.
const LINKS_MAX: usize = 256;

/// Pieces on their way in one direction of a link, and the size of one.
const PIECES: usize = 64;
const PIECE_BYTES: usize = 16 * 1024;

/// A throttled link writes pieces of so many bytes.
const THROTTLED_BYTES: usize = 256;

/// What happens to published messages on their way to a subscriber.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Messages {
    #[default]
    Pass,
    Lost,
    Doubled,
}

/// What the proxy does now.
#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    /// New links carry nothing, in either direction.
    silent: bool,
    delay: Duration,
    /// In each direction of each link.
    bytes_per_second: Option<u32>,
    messages: Messages,
}

/// A proxy before a server on loopback. Dropping it ends all its links.
pub(crate) struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
    listening: Mutex<Option<(TcpListener, JoinHandle<()>)>>,
}

struct Shared {
    server: u16,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    weather: Weather,
    links: Vec<Arc<Link>>,
}

/// A client's connection and ours to the server for it.
struct Link {
    client: TcpStream,
    server: TcpStream,
    state: Mutex<LinkState>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LinkState {
    #[default]
    Open,
    /// What arrives is swallowed; it ends for neither side.
    Silent,
    Closed,
}

impl Proxy {
    /// A proxy before the server on this port, in fair weather.
    pub(crate) fn before(server: u16) -> Self {
        let shared = Shared { server, state: Mutex::default(), changed: Condvar::new() };
        let proxy =
            Self { port: free_port(), shared: Arc::new(shared), listening: Mutex::default() };
        proxy.listen();
        proxy
    }

    /// The address of the server through this proxy.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Resets all links, and refuses new ones.
    pub(crate) fn cut(&self) {
        self.stop_listening();
        self.shared.close_links();
    }

    /// Fair weather again: new links are taken, and nothing is delayed or lost. Silent links stay so.
    pub(crate) fn restore(&self) {
        self.shared.set(|weather| *weather = Weather::default());
        self.listen();
    }

    /// Everything takes so much longer, each way.
    pub(crate) fn delay(&self, each_way: Duration) {
        self.shared.set(|weather| weather.delay = each_way);
    }

    /// Links carry nothing from now on and end for neither side; so do new ones until `restore`.
    pub(crate) fn half_open(&self) {
        self.shared.set(|weather| weather.silent = true);
        for link in &self.shared.state().links {
            link.set(LinkState::Silent);
        }
    }

    /// Each direction of each link carries at most so much.
    pub(crate) fn throttle(&self, bytes_per_second: u32) {
        self.shared.set(|weather| weather.bytes_per_second = Some(bytes_per_second));
    }

    /// Published messages are lost; answers pass.
    pub(crate) fn drop_pushes(&self) {
        self.shared.set(|weather| weather.messages = Messages::Lost);
    }

    /// Published messages arrive twice.
    pub(crate) fn double_pushes(&self) {
        self.shared.set(|weather| weather.messages = Messages::Doubled);
    }

    fn listen(&self) {
        let mut listening = self.listening.lock().unwrap();
        if listening.is_some() {
            return;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        let (accepting, shared) = (listener.try_clone().unwrap(), Arc::clone(&self.shared));
        let thread = thread::spawn(move || {
            // Ends when the listener is shut down.
            while let Ok((client, _)) = accepting.accept() {
                shared.link(client);
            }
        });
        *listening = Some((listener, thread));
    }

    fn stop_listening(&self) {
        if let Some((listener, thread)) = self.listening.lock().unwrap().take() {
            SockRef::from(&listener).shutdown(Shutdown::Both).unwrap();
            thread.join().unwrap();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn set(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.state().weather);
        self.changed.notify_all();
    }

    fn weather(&self) -> Weather {
        self.state().weather
    }

    fn close_links(&self) {
        for link in self.state().links.drain(..) {
            link.close();
        }
        self.changed.notify_all();
    }

    /// Links a client to the server; a client whose server refuses is closed.
    fn link(self: &Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.server)) else { return };
        for socket in [&client, &server] {
            socket.set_nodelay(true).unwrap();
            // Closing resets, so that nobody takes it for a goodbye.
            SockRef::from(socket).set_linger(Some(Duration::ZERO)).unwrap();
        }
        let link = Arc::new(Link { client, server, state: Mutex::default() });
        {
            let mut state = self.state();
            // The threads of a link that ended have let go of it.
            state.links.retain(|link| Arc::strong_count(link) > 1);
            if state.links.len() >= LINKS_MAX {
                return;
            }
            if state.weather.silent {
                link.set(LinkState::Silent);
            }
            state.links.push(Arc::clone(&link));
        }
        self.carry(&link, Direction::ToServer);
        self.carry(&link, Direction::ToClient);
    }

    /// One thread reads, the other writes when it is time.
    fn carry(self: &Arc<Self>, link: &Arc<Link>, direction: Direction) {
        let (pieces, arriving) = sync_channel(PIECES);
        let (shared, reading) = (Arc::clone(self), Arc::clone(link));
        thread::spawn(move || shared.read(&reading, direction, &pieces));
        let (shared, writing) = (Arc::clone(self), Arc::clone(link));
        thread::spawn(move || {
            let _broken = shared.write(&writing, direction, &arriving);
            if writing.state() == LinkState::Open {
                writing.close();
            }
        });
    }

    fn read(&self, link: &Link, direction: Direction, pieces: &SyncSender<(Instant, Vec<u8>)>) {
        let mut from = direction.ends(link).0;
        let mut piece = vec![0; PIECE_BYTES];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let due = Instant::now() + self.weather().delay;
            if pieces.send((due, piece[..length].to_vec())).is_err() {
                return;
            }
        }
    }

    fn write(
        &self,
        link: &Link,
        direction: Direction,
        arriving: &Receiver<(Instant, Vec<u8>)>,
    ) -> std::io::Result<()> {
        let mut to = direction.ends(link).1;
        let mut frames = resp::Frames::default();
        for (due, piece) in arriving {
            self.wait_until(due, link);
            let piece = match direction {
                Direction::ToServer => piece,
                Direction::ToClient => self.change(&mut frames, &piece),
            };
            match self.weather().bytes_per_second {
                None => link.write(&mut to, &piece)?,
                Some(rate) => {
                    for part in piece.chunks(THROTTLED_BYTES) {
                        let takes = Duration::from_secs_f64(part.len() as f64 / f64::from(rate));
                        self.wait_until(Instant::now() + takes, link);
                        link.write(&mut to, part)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What a client gets of this piece: whole frames, of which messages may be lost or doubled.
    fn change(&self, frames: &mut resp::Frames, piece: &[u8]) -> Vec<u8> {
        let mut changed = Vec::with_capacity(piece.len());
        frames.add(piece);
        while let Some(frame) = frames.next() {
            let times = match self.weather().messages {
                Messages::Lost if resp::is_message(&frame) => 0,
                Messages::Doubled if resp::is_message(&frame) => 2,
                _ => 1,
            };
            (0..times).for_each(|_| changed.extend_from_slice(&frame));
        }
        changed
    }

    fn wait_until(&self, due: Instant, link: &Link) {
        let mut state = self.state();
        while link.state() != LinkState::Closed {
            let Some(left) = due.checked_duration_since(Instant::now()).filter(|d| !d.is_zero())
            else {
                return;
            };
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }
}

#[derive(Clone, Copy)]
enum Direction {
    ToServer,
    ToClient,
}

impl Direction {
    /// Where bytes come from, and where they go.
    fn ends(self, link: &Link) -> (&TcpStream, &TcpStream) {
        match self {
            Self::ToServer => (&link.client, &link.server),
            Self::ToClient => (&link.server, &link.client),
        }
    }
}

impl Link {
    fn state(&self) -> LinkState {
        *self.state.lock().unwrap()
    }

    fn set(&self, state: LinkState) {
        *self.state.lock().unwrap() = state;
    }

    fn close(&self) {
        self.set(LinkState::Closed);
        for socket in [&self.client, &self.server] {
            let _closed_already = socket.shutdown(Shutdown::Both);
        }
    }

    fn write(&self, to: &mut &TcpStream, bytes: &[u8]) -> std::io::Result<()> {
        match self.state() {
            LinkState::Open => to.write_all(bytes),
            LinkState::Silent => Ok(()),
            LinkState::Closed => Err(std::io::ErrorKind::ConnectionReset.into()),
        }
    }
}

#[path = "proxy/tests.rs"]
mod tests;
