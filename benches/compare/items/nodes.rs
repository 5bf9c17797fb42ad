//! Three nodes that share one Redis, beside one that has it to itself: what a connection costs.

use std::{io, time::Instant};

use futures_util::future::try_join_all;

use super::{Measured, settled};
use crate::{
    Scale,
    load::connect,
    peers,
    process::used,
    report::{Item, Unit},
    server::{Held, Server},
    support::{RedisServer, Setup},
};

const ONE: &str = "one node";
const THREE: &str = "three nodes";
const MEMORY: &str = "memory for each";
const RATE: &str = "welcomed";
const NODES: &str = "CPU to welcome each, of the nodes";
const REDIS: &str = "CPU to welcome each, of Redis";

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "Three nodes on one Redis", ..Item::default() };
    if peers::found(&["redis-server"]).is_none() {
        item.notes.push("redis-server is not installed here.".into());
        return Ok(item);
    }
    item.notes.push(format!(
        "{} overlays on each node. All nodes, Redis and the load share this machine's cores, so how \
         fast three are together tells nothing. What a connection costs tells how many machines of \
         their own would hold: three times as many, divided by what sharing adds to the cost.",
        scale.many / 3
    ));
    for _ in 0..scale.rounds {
        round(ONE, 1, scale, &mut item).await?;
        round(THREE, 3, scale, &mut item).await?;
    }
    let more = |what| 3.0 * item.best(ONE, what) / item.best(THREE, what);
    let (memory, cpu) = (more(MEMORY), more(NODES));
    item.at_least("connections of three nodes ÷ of one, by memory", memory, 2.0);
    item.at_least("connections of three nodes ÷ of one, by CPU", cpu, 2.0);
    Ok(item)
}

async fn round(who: &'static str, nodes: usize, scale: Scale, item: &mut Item) -> io::Result<()> {
    let redis = RedisServer::start();
    let setup = || Setup { redis: Some(redis.url()), ..Setup::default() };
    let each = scale.many / 3;
    let mut first = Server::gateway(setup());
    first.room_for(each * nodes);
    let mut cluster = vec![first];
    for _ in 1..nodes {
        cluster.push(cluster[0].beside(setup()));
    }
    let pid = process_id(&redis);
    let memory = || cluster.iter().map(settled).sum::<f64>();
    let cpu = || cluster.iter().map(|node| node.used().cpu).sum::<f64>();
    let (empty, at_first, redis_at_first) = (memory(), cpu(), used(&[pid]).cpu);
    let begun = Instant::now();
    let mut held =
        try_join_all(cluster.iter().map(|node| node.join_all(each, 100 / nodes))).await?;
    let elapsed = begun.elapsed().as_secs_f64();
    let count = (each * nodes) as f64;
    item.add(who, RATE, Unit::PerSecond, count / elapsed);
    item.add(who, NODES, Unit::Seconds, (cpu() - at_first) / count);
    item.add(who, REDIS, Unit::Seconds, (used(&[pid]).cpu - redis_at_first) / count);
    item.add(who, MEMORY, Unit::Bytes, (memory() - empty) / count);
    let last = held.last_mut().and_then(|held| held.last_mut()).expect("there are some");
    reaches(&cluster[0], last).await
}

/// That they are one cluster: a message given to the first node arrives at the last.
async fn reaches(node: &Server, held: &mut Held) -> io::Result<()> {
    connect(node.port).await?.ask(&node.message_to(held)).await?;
    held.wire.soon("message").await.map(drop)
}

fn process_id(redis: &RedisServer) -> u32 {
    let info: String = redis.command(&["INFO", "server"]);
    let line = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    line.and_then(|pid| pid.trim().parse().ok()).expect("each server says it")
}
