//! Everybody leaves and comes back, again and again: what it costs to hold them must not grow.

use super::{Measured, settled, start};
use crate::{
    Scale,
    report::{Item, Unit},
    server::Kind,
};

const BACK: [&str; 4] =
    ["first there", "there the second time", "there the third time", "there the fourth time"];
const GONE: [&str; 4] =
    ["first gone", "gone the second time", "gone the third time", "gone the fourth time"];

/// How much it may vary: what an allocator keeps differs from time to time.
const NO_GROWTH: f64 = 1.1;

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "Leaving and coming back", ..Item::default() };
    item.notes
        .push(format!("Memory of the whole process, with {} overlays each time.", scale.crowd));
    let name = Kind::Gateway.name();
    for _ in 0..scale.rounds {
        let mut server = start(Kind::Gateway, &mut item).expect("it was built");
        server.room_for(scale.crowd);
        for (back, gone) in BACK.into_iter().zip(GONE) {
            let held = server.join_all(scale.crowd, 100).await?;
            item.add(name, back, Unit::Bytes, settled(&server));
            drop(held);
            item.add(name, gone, Unit::Bytes, settled(&server));
        }
    }
    let grown = |names: [&'static str; 4]| item.best(name, names[3]) / item.best(name, names[0]);
    let (back, gone) = (grown(BACK), grown(GONE));
    item.at_most("memory with all there the fourth time ÷ the first", back, NO_GROWTH);
    item.at_most("memory with all gone the fourth time ÷ the first", gone, NO_GROWTH);
    Ok(item)
}
