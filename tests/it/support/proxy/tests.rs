//! The proxy does what it is asked to.

use std::time::{Duration, Instant};

use redis::{Connection, ErrorKind, RedisResult};

use super::Proxy;
use crate::support::RedisServer;

/// Longer than an answer takes, short enough to wait for in vain.
const SOON: Duration = Duration::from_millis(300);

fn connect(proxy: &Proxy) -> RedisResult<Connection> {
    let client = redis::Client::open(proxy.url()).unwrap();
    let connection = client.get_connection_with_timeout(SOON)?;
    connection.set_read_timeout(Some(SOON))?;
    Ok(connection)
}

fn ping(connection: &mut Connection) -> RedisResult<String> {
    redis::cmd("PING").query(connection)
}

#[test]
fn what_is_cut_is_gone_until_it_is_restored() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port);
    let mut connection = connect(&proxy).unwrap();
    assert_eq!(ping(&mut connection).unwrap(), "PONG");
    proxy.cut();
    assert!(ping(&mut connection).unwrap_err().is_connection_dropped());
    assert!(connect(&proxy).err().unwrap().is_connection_refusal());
    proxy.restore();
    assert!(ping(&mut connection).is_err());
    assert_eq!(ping(&mut connect(&proxy).unwrap()).unwrap(), "PONG");
}

#[test]
fn a_half_open_link_is_silent_for_ever() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port);
    let mut connection = connect(&proxy).unwrap();
    proxy.half_open();
    assert!(ping(&mut connection).unwrap_err().is_timeout());
    assert!(connect(&proxy).is_err(), "a new one is silent too");
    proxy.restore();
    assert_eq!(ping(&mut connect(&proxy).unwrap()).unwrap(), "PONG");
}

#[test]
fn what_is_delayed_or_throttled_comes_later() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port);
    let mut connection = connect(&proxy).unwrap();
    connection.set_read_timeout(None).unwrap();
    let mut time = |least: Duration| {
        let start = Instant::now();
        let echoed: String =
            redis::cmd("ECHO").arg("x".repeat(512)).query(&mut connection).unwrap();
        assert_eq!(echoed.len(), 512);
        assert!(start.elapsed() >= least, "{:?}", start.elapsed());
    };
    proxy.delay(Duration::from_millis(40));
    time(Duration::from_millis(80));
    proxy.restore();
    proxy.throttle(10_000);
    time(Duration::from_millis(100));
}

#[test]
fn messages_are_lost_or_doubled_and_answers_pass() {
    let server = RedisServer::start();
    let proxy = Proxy::before(server.port);
    let mut connection = connect(&proxy).unwrap();
    let mut subscriber = connection.as_pubsub();
    subscriber.subscribe("bells").unwrap();
    let publish = |text: &str| assert_eq!(server.command::<u32>(&["PUBLISH", "bells", text]), 1);
    proxy.drop_pushes();
    publish("lost");
    // Answers pass, and come after what was published before.
    subscriber.subscribe("more").unwrap();
    proxy.restore();
    proxy.double_pushes();
    publish("twice");
    let mut next = || subscriber.get_message().unwrap().get_payload::<String>().unwrap();
    assert_eq!([next(), next()], ["twice", "twice"]);
    proxy.restore();
    publish("once");
    assert_eq!(next(), "once");
    let silence = subscriber.get_message().unwrap_err();
    assert!(silence.is_timeout() && silence.kind() == ErrorKind::Io);
}
