//! `moderation`: the lists from the command line.

use serde_json::json;

use super::run;
use crate::support::Gateway;

#[test]
fn entries_are_added_tried_and_removed() {
    let gateway = Gateway::start();
    let ended = |line: &str| run(&gateway, &format!("moderation {line}"));
    let added = ended("add --replace badword --replace *foo* --hold doubtful --json").json();
    assert_eq!(
        (&added["replace"], &added["hold"]),
        (&json!(["badword", "*foo*"]), &json!(["doubtful"]))
    );
    let again = ended("add me --replace badword --allow food --json").json();
    assert_eq!((&again["replace"], &again["allow"]), (&added["replace"], &json!(["food"])));
    let shown = ended("show").done();
    assert!(shown.contains("badword, *foo*") && shown.contains("strip"), "{shown}");

    let tried = ended("try --name B4DWORD --message xfoox").done();
    for part in [
        "shown",
        "***",
        r#""B4DWORD" in the name by "badword""#,
        r#""xfoox" in the message by "*foo*""#,
    ] {
        assert!(tried.contains(part), "{part}: {tried}");
    }
    assert!(ended("try --message doubtful").done().contains("held for a person"));
    assert_eq!(ended("try --message food --json").json()["hits"], json!([]));

    let removed = ended("remove --replace badword --hold doubtful --json").json();
    assert_eq!((&removed["replace"], &removed["hold"]), (&json!(["*foo*"]), &json!([])));
    assert!(ended("remove --replace badword").failed(1).contains("moderation show"));
    assert!(ended("add --hide *").failed(1).contains("entry 1 of hide"));
    assert_eq!(ended("add").code, 2, "nothing to add");
    let set = ended("set --links hold --max-message 80 --json").json();
    assert_eq!((&set["links"], &set["max_message"]), (&json!("hold"), &json!(80)));
    assert_eq!(set["replace"], json!(["*foo*"]));
    assert!(ended("set --links never").failed(1).contains("strip, hold or allow"));
}
