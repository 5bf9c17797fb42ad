//! What it takes to have a gateway at all: its file, its memory with nothing to do, its start.

use std::fs;

use super::{Measured, start};
use crate::{
    Scale,
    report::{Item, Unit},
    server::Kind,
};

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "The gateway itself", ..Item::default() };
    let name = Kind::Gateway.name();
    let size = fs::metadata(env!("CARGO_BIN_EXE_tillbell"))?.len();
    item.add(name, "size of the binary", Unit::Bytes, size as f64);
    for _ in 0..scale.rounds {
        let server = start(Kind::Gateway, &mut item).expect("it was built");
        item.add(name, "memory when empty", Unit::Bytes, server.memory());
        let (_again, took) = server.again(true);
        item.add(name, "start to ready", Unit::Seconds, took.as_secs_f64());
    }
    let best = |what| item.best(name, what);
    let (size, memory) = (best("size of the binary"), best("memory when empty"));
    let ready = best("start to ready");
    if !cfg!(debug_assertions) {
        item.figure_at_most("binary, stripped", size, 25e6, Unit::Bytes);
    }
    item.figure_at_most("memory of an empty gateway", memory, 20e6, Unit::Bytes);
    item.figure_at_most("start to ready", ready, 0.15, Unit::Seconds);
    Ok(item)
}
