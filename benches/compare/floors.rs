//! The floors: servers that do nothing but what cannot be left out. Each runs in a process of its
//! own, this program started as `floor NAME`, and says its port in the first line of its output.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use rusqlite::Connection;
use socket2::{Domain, Socket, Type};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{SECRET, support};

/// As long as a page's welcome.
const HELLO: [u8; 600] = [b'.'; 600];

/// The names that `floor` knows.
pub(crate) fn run(name: &str, dir: &Path) {
    if name == "epoll" {
        return crate::epoll::serve();
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener()).expect("it does not block");
        match name {
            "noop" => serve(listener, Router::new().fallback(post(nothing))).await,
            "transaction" => {
                let routes = Router::new().fallback(post(transaction)).with_state(database(dir));
                serve(listener, routes).await;
            }
            "hold" => accept(listener, hold).await,
            "hello" => accept(listener, hello).await,
            other => panic!("there is no floor {other}"),
        }
    });
}

/// A listener on a free port, which is said. Its line of those that knock is as long as the peers':
/// a shorter one makes clients of a storm try again after a second.
pub(crate) fn listener() -> std::net::TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("sockets are there");
    socket.set_nonblocking(true).expect("it is ours");
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&address.into()).expect("a free port");
    socket.listen(4_096).expect("it is bound");
    let listener = std::net::TcpListener::from(socket);
    println!("{}", listener.local_addr().expect("it is bound").port());
    listener
}

async fn serve(listener: TcpListener, routes: Router) {
    axum::serve(listener, routes).await.expect("serving goes on until it is killed");
}

async fn nothing(_body: Bytes) -> &'static str {
    "{}"
}

/// Waits for the end. That a stream is readable may be said too early, so it is tried.
async fn hold(stream: TcpStream) {
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut [0; 64]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(length) if length > 0 => {}
            _ => return,
        }
    }
}

/// Reads a request, says hello, and waits.
async fn hello(mut stream: TcpStream) {
    let mut request = [0; 512];
    if stream.read(&mut request).await.is_ok() && stream.write_all(&HELLO).await.is_ok() {
        hold(stream).await;
    }
}

async fn accept<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    then: impl Fn(TcpStream) -> F,
) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(then(stream))),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

type Database = Arc<Mutex<Connection>>;

fn database(dir: &Path) -> Database {
    let database = Connection::open(dir.join("floor.db")).expect("a directory");
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE event (id TEXT PRIMARY KEY, body BLOB NOT NULL)",
        )
        .expect("an empty file");
    Arc::new(Mutex::new(database))
}

/// Verifies, deduplicates and stores, one transaction a request: what a careful handler does that
/// nobody tuned.
async fn transaction(
    State(database): State<Database>,
    headers: HeaderMap,
    body: Bytes,
) -> &'static str {
    let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let (time, _) = header.and_then(|header| header.split_once(',')).expect("a signature");
    let at = time.trim_start_matches("t=").parse().expect("a time");
    assert_eq!(header, Some(&*support::sign_at(&body, SECRET, at)), "signed by us");
    let event: serde_json::Value = serde_json::from_slice(&body).expect("an event");
    let id = event["id"].as_str().expect("an id").to_owned();
    let store = move || {
        let database = database.lock().expect("no writer panics");
        let insert = "INSERT INTO event (id, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        let mut insert = database.prepare_cached(insert).expect("it was prepared before");
        insert.execute((&id, &body[..])).expect("the disk writes");
    };
    tokio::task::spawn_blocking(store).await.expect("it does not panic");
    "{}"
}
