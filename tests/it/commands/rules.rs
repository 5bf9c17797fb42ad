//! `rules`: set, shown and tried.

use serde_json::{Value, json};

use super::{command, pipe, run};
use crate::support::Gateway;

#[test]
fn rules_are_set_from_json_shown_and_tried() {
    let gateway = Gateway::start();
    let rules = json!([
        { "name": "Small", "when": { "amount": { "currency": "usd", "max": 999 } }, "then": { "silent": true } },
        { "when": { "product": "hood*" }, "then": { "theme": "neon" } },
    ]);
    pipe(command(&gateway, "rules set"), &rules.to_string()).done();
    let shown = run(&gateway, "rules show").done();
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), rules, "{shown}");
    pipe(command(&gateway, "rules set me"), &shown).done();
    let tried = run(&gateway, "rules try --amount 5.00 --item Hoodie").done();
    for said in [
        "wins     rule 1",
        "outcome  recorded, not shown",
        "1 Small  yes",
        "2        yes   rule 1 comes first",
    ] {
        assert!(tried.contains(said), "{said}: {tried}");
    }
    let tried = run(&gateway, "rules try --amount 25 --item Mug --json").json();
    assert_eq!((&tried["rule"], &tried["outcome"]), (&Value::Null, &"queued".into()));
    let told = run(&gateway, "streamer show").done();
    assert!(told.contains("2 rules (tillbell rules show)"), "{told}");
    let file = gateway.data.path().join("rules.json");
    std::fs::write(&file, r#"[{"then":{"sound":"horn"}}]"#).unwrap();
    let set = run(&gateway, &format!("rules set --file {}", file.display()));
    assert!(set.failed(1).contains("rule 1, then.sound: unknown variant `horn`"));
    assert!(pipe(command(&gateway, "rules set"), "nonsense").failed(2).contains("no JSON"));
    let set = run(&gateway, "streamer set me buyer_limit=3 --json").json();
    assert_eq!(set["buyer_limit"], 3);
}
