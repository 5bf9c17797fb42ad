use std::collections::BTreeSet;

use super::stage::*;
use crate::{
    channel::{Input, NewSale, What},
    id::AlertId,
    store::{BuyerKey, Names},
};

fn key(name: &str) -> BuyerKey {
    BuyerKey(name.into())
}

fn sell(stage: &mut Stage, name: &str) -> AlertId {
    let created = stage.model.now;
    let sale =
        NewSale { buyer: Some(key(name)), buyer_email: Some(key("mail")), ..sale(1000, created) };
    stage.tell(&[], What::Sale(sale))
}

fn orders(stage: &Stage, name: &str) -> u32 {
    let names = Names { buyers: vec![key(name)], ..Names::default() };
    stage.model.load(&names).buyers[0]
}

#[test]
fn what_is_erased_plays_as_someones_and_counts_in_the_totals() {
    let mut stage = Stage::new();
    let (first, other) = (sell(&mut stage, "b"), sell(&mut stage, "c"));
    assert_eq!(stage.alert(first).buyer_keys, [key("b"), key("mail")]);
    stage.done(Input::EraseBuyer(vec![first, AlertId::from_u128(404)]));
    let alert = stage.alert(first);
    assert_eq!((alert.buyer.name.as_str(), alert.buyer.anonymous), ("Someone", true));
    assert_eq!((alert.message.clone(), alert.buyer_keys.len()), (None, 2), "it can still be found");
    assert_eq!(stage.alert(other).buyer.name, "mika");
    assert_eq!(stage.total(), (2000, 2));
    assert!(!stage.changes(Input::EraseBuyer(vec![first])), "the same again changes nothing");
    stage.register(page(1));
    stage.done(Input::Tick);
    assert_eq!(stage.playing(), Some(first));
}

#[test]
fn a_buyer_who_is_forgotten_begins_anew() {
    let mut stage = Stage::new();
    let (first, kept) = (sell(&mut stage, "b"), sell(&mut stage, "c"));
    sell(&mut stage, "b");
    let sale = NewSale { buyer: Some(key("b")), ..sale(1000, stage.model.now) };
    let again = stage.event(&[], What::Sale(sale));
    let minted = again.alert;
    stage.apply_all(vec![
        Input::ForgetBuyer(vec![key("unknown")], vec![first]),
        Input::Event(again),
    ]);
    assert!(stage.alert(first).buyer_keys.is_empty());
    assert_eq!(stage.alert(minted).buyer.order_count, 1);
    assert_eq!((orders(&stage, "b"), orders(&stage, "c")), (1, 1));
    stage.done(Input::ForgetBuyer(vec![key("c")], vec![]));
    assert_eq!((orders(&stage, "c"), stage.alert(kept).buyer_keys.len()), (0, 2));
}

#[test]
fn entries_lose_the_name_where_it_is_of_an_erased_alert_or_member() {
    let mut stage = Stage::new();
    let (one, other) = (sell(&mut stage, "b"), sell(&mut stage, "c"));
    let mut entry = stage.model.entries[0].clone();
    let member = |id: AlertId| serde_json::json!({ "id": id, "buyer": { "name": "mika", "anonymous": false }, "message": null });
    entry.data["alert"]["members"] = serde_json::json!([member(one), member(other)]);
    let none = BTreeSet::from([AlertId::from_u128(404)]);
    assert!(!entry.tells_of(&none) && !entry.clone().erase_buyer(&none));
    let of = BTreeSet::from([one]);
    assert!(entry.tells_of(&of) && entry.erase_buyer(&of));
    let alert = &entry.data["alert"];
    assert_eq!((&alert["buyer"]["name"], &alert["message"]), (&"Someone".into(), &().into()));
    assert_eq!(alert["amount"]["minor"], 1000);
    assert_eq!(alert["members"][0]["buyer"]["anonymous"], true);
    assert_eq!(alert["members"][1]["buyer"]["name"], "mika", "of another buyer");
    assert!(!entry.erase_buyer(&of), "there is nothing left to take out");
}
