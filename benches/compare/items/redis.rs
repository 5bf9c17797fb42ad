//! Webhooks of a gateway whose store is Redis, beside `redis-benchmark` with the very script and
//! arguments that the gateway sent: it is overheard once, and repeated with other ids.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::Command,
    sync::Arc,
};

use super::Measured;
use crate::{
    Scale,
    load::{connect, hammer, percentile},
    report::{Item, Unit},
    sales::sale,
    server::{Kind, Server},
    support::{PATIENCE, RedisServer, Setup},
};

const BENCHMARK: &str = "redis-benchmark, the same script";
const RATE: &str = "rate, 64 at once";

/// Calls of `redis-benchmark` in a round.
const CALLS: u32 = 30_000;

/// A deadline that the script does not reach, in milliseconds.
const NEVER: &[u8] = b"9999999999999";

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "Webhooks with Redis, `always`", ..Item::default() };
    let made = if scale.quick { 5_000 } else { 100_000 };
    let requests: Arc<[_]> = (1..made).map(|n| sale(0, n)).collect();
    for _ in 0..scale.rounds {
        let redis = RedisServer::start();
        let setup = Setup { redis: Some(redis.url()), ..Setup::default() };
        let server = Server::gateway(setup);
        let overheard = overhear(&redis, &server).await?;
        let work = hammer(server.port, Arc::clone(&requests), 64, scale.phase);
        let (mut times, elapsed) = work.await?;
        let rate = times.len() as f64 / elapsed.as_secs_f64();
        item.add(Kind::Gateway.name(), RATE, Unit::PerSecond, rate);
        item.add(Kind::Gateway.name(), "p99", Unit::Seconds, percentile(&mut times, 990));
        drop(server);
        let calls = if scale.quick { CALLS / 10 } else { CALLS };
        item.add(BENCHMARK, RATE, Unit::PerSecond, repeat(&redis, &overheard, calls)?);
    }
    let ratio = item.best(Kind::Gateway.name(), RATE) / item.best(BENCHMARK, RATE);
    item.at_least("webhooks with Redis ÷ redis-benchmark", ratio, 0.8);
    Ok(item)
}

/// The port at the end of its address.
fn port(redis: &RedisServer) -> u16 {
    let url = redis.url();
    url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address with a port")
}

/// The call that stores an event, of one sale that is sold for this.
async fn overhear(redis: &RedisServer, server: &Server) -> io::Result<Vec<Vec<u8>>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port(redis)))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"MONITOR\r\n")?;
    let mut lines = BufReader::new(stream).lines();
    lines.next().transpose()?;
    connect(server.port).await?.ask(&sale(0, 0)).await?;
    for line in lines {
        let words = words(&line?);
        let stores = |word: &Vec<u8>| String::from_utf8_lossy(word).contains("}:event:evt_");
        if words.first().is_some_and(|word| word == b"EVALSHA") && words.iter().any(stores) {
            return Ok(words);
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// The words of a line of MONITOR, which stand in quotes.
fn words(line: &str) -> Vec<Vec<u8>> {
    let (mut words, mut word, mut inside) = (Vec::new(), Vec::new(), false);
    let mut rest = line.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' if inside => words.push(std::mem::take(&mut word)),
            b'\\' if inside => word.push(escaped(&mut rest)),
            byte if inside => word.push(byte),
            _ => {}
        }
        inside ^= byte == b'"';
    }
    words
}

fn escaped(rest: &mut impl Iterator<Item = u8>) -> u8 {
    let mut next = || rest.next().unwrap_or_default();
    match next() {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        b'x' => {
            let digits = [next(), next()];
            let digits = std::str::from_utf8(&digits).unwrap_or_default();
            u8::from_str_radix(digits, 16).unwrap_or_default()
        }
        other => other,
    }
}

/// How many such calls a second Redis answers, of 64 clients that do nothing else.
fn repeat(redis: &RedisServer, call: &[Vec<u8>], calls: u32) -> io::Result<f64> {
    // The body stays as it is: Redis does not look into it.
    let id = format!("evt_{:024}", 0);
    let other = format!("evt_{:012}__rand_int__", 0);
    let mut command = Command::new("redis-benchmark");
    command.args(["-p", &port(redis).to_string(), "-c", "64", "-n", &calls.to_string()]);
    command.args(["-r", "1000000000", "--csv"]);
    for (n, word) in call.iter().enumerate() {
        let keys = String::from_utf8_lossy(&call[2]).parse::<usize>().map_err(io::Error::other)?;
        let word = if n == keys + 3 { NEVER } else { word };
        command.arg(String::from_utf8_lossy(word).replace(&id, &other));
    }
    let before: u64 = redis.command(&["DBSIZE"]);
    let output = command.output()?;
    let stored = redis.command::<u64>(&["DBSIZE"]) - before;
    assert!(stored > u64::from(calls), "of {calls} calls only {stored} keys are there");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Seven columns: what was called, which may hold anything, the rate, and six times.
    let rate = text.trim_end().rsplit("\",\"").nth(6).and_then(|rate| rate.parse().ok());
    rate.ok_or_else(|| io::Error::other(format!("redis-benchmark said: {text}")))
}
