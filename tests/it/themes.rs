//! Streamers' own themes: added, listed, served, exported and removed; and what is refused.

use std::{
    io::{Cursor, Write as _},
    path::Path,
    process::{Command, Output},
};

use rusqlite::Connection;
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::support::{Answer, Gateway, Setup, tillbell};

const ME: &str = "/api/v1/streamers/me";
const THEMES: &str = "/api/v1/streamers/me/themes";

/// A theme of this name with one rule.
fn theme(name: &str, css: &str) -> Vec<u8> {
    let manifest = json!({ "name": name, "title": "A theme", "version": "1", "base": "light" });
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in [("theme.json", manifest.to_string().as_str()), ("theme.css", css)] {
        zip.start_file(path, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn add(gateway: &Gateway, query: &str, zip: &[u8]) -> Answer {
    let bearer = format!("Bearer {}", gateway.admin_token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/zip")];
    gateway.request("POST", &format!("{THEMES}{query}"), &headers, zip)
}

fn names(gateway: &Gateway) -> Vec<String> {
    let listed = gateway.get(THEMES).json();
    let all = listed["data"].as_array().unwrap().iter();
    all.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

fn set(gateway: &Gateway, settings: &Value) -> Answer {
    gateway.admin("PATCH", ME, Some(settings))
}

fn run(gateway: &Gateway, words: &[&str]) -> Output {
    let mut command: Command = tillbell();
    command.args(words).arg("--data").arg(gateway.data.path()).output().unwrap()
}

#[test]
fn a_theme_is_added_listed_exported_and_removed() {
    let gateway = Gateway::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/theme");
    let added = run(&gateway, &["theme", "add", folder.to_str().unwrap()]);
    assert!(added.status.success(), "{added:?}");
    assert_eq!(names(&gateway), ["corner-shop"]);
    let (one, two) = (gateway.data.path().join("1.zip"), gateway.data.path().join("2.zip"));
    let (first, second) = (one.to_str().unwrap(), two.to_str().unwrap());
    assert!(run(&gateway, &["theme", "export", "corner-shop", first]).status.success());
    set(&gateway, &json!({ "theme": "corner-shop" }));
    let sounds = gateway.page().welcome["settings"]["sounds"].clone();
    assert_eq!(gateway.get(THEMES).json()["data"][0]["sounds"], sounds["corner-shop"]);
    let bell = sounds["corner-shop"]["bell"].as_str().unwrap();
    let bell = gateway.request("GET", bell, &[], ());
    assert_eq!((bell.status, bell.header("content-type")), (200, "audio/wav"));
    let zip = std::fs::read(&one).unwrap();
    assert!(!run(&gateway, &["theme", "export", "corner-shop", first]).status.success());
    assert_eq!(std::fs::read(&one).unwrap(), zip, "what is there is not touched");
    // To another gateway, and back.
    let other = Gateway::start();
    assert!(run(&other, &["theme", "add", first]).status.success());
    assert!(run(&other, &["theme", "export", "corner-shop", second]).status.success());
    assert_eq!(std::fs::read(&two).unwrap(), zip);
    let hash = |gateway: &Gateway| gateway.get(THEMES).json()["data"][0]["hash"].clone();
    assert_eq!(hash(&gateway), hash(&other));
    assert!(run(&other, &["theme", "remove", "corner-shop"]).status.success());
    assert_eq!(names(&other), [""; 0]);
    assert_eq!(other.get(&format!("{THEMES}/corner-shop")).status, 404);
}

#[test]
fn pages_are_told_where_the_sheet_is() {
    let gateway = Gateway::start();
    let added = add(&gateway, "", &theme("mine", ".plate { background: #fff }"));
    assert_eq!(added.status, 201, "{added:?}");
    let url = added.json()["theme"]["url"].as_str().unwrap().to_owned();
    let mut page = gateway.page();
    assert_eq!(page.welcome["settings"]["sheets"], json!({}));
    assert_eq!(set(&gateway, &json!({ "theme": "mine" })).status, 200);
    let told = page.expect("settings");
    let sheet = json!({ "url": url, "base": "light" });
    assert_eq!(told["settings"]["sheets"], json!({ "mine": sheet }));
    let served = gateway.request("GET", &url, &[], ());
    assert_eq!((served.status, served.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(served.header("x-content-type-options"), "nosniff");
    assert!(served.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(served.text.contains("[data-theme~=\"mine\"] .plate {"), "{}", served.text);
    let tag = served.header("etag").to_owned();
    assert_eq!(gateway.request("GET", &url, &[("if-none-match", &tag)], ()).status, 304);
    // Another version: pages are told, and nobody finds the old one any more.
    let again = add(&gateway, "", &theme("mine", ".plate { background: #eee }"));
    assert_eq!(again.status, 200, "{again:?}");
    let told = page.expect("settings");
    assert_eq!(told["settings"]["sheets"]["mine"]["url"], again.json()["theme"]["url"]);
    assert_eq!(gateway.request("GET", &url, &[], ()).status, 404);
    assert_eq!(gateway.page().welcome["settings"]["sheets"], told["settings"]["sheets"]);
}

#[test]
fn nothing_else_is_served_as_a_theme() {
    let gateway = Gateway::start();
    let added = add(&gateway, "", &theme("mine", "")).json();
    let hash = added["theme"]["hash"].as_str().unwrap();
    for path in [
        "/themes/x/theme.css".into(),
        format!("/themes/{}/theme.css", "0".repeat(64)),
        format!("/themes/{hash}/theme.json"),
        format!("/themes/{hash}/assets/../theme.json"),
        format!("/themes/{hash}/assets/%2e%2e/theme.json"),
        format!("/themes/{hash}/assets/none.png"),
        format!("/media/{hash}"),
    ] {
        assert_eq!(gateway.request("GET", &path, &[], ()).status, 404, "{path}");
    }
}

#[test]
fn a_theme_in_use_stays_and_one_that_is_not_there_is_not_set() {
    let gateway = Gateway::start();
    let unknown = set(&gateway, &json!({ "theme": "mine" }));
    assert_eq!((unknown.status, unknown.code()), (422, "setting_invalid".into()));
    add(&gateway, "", &theme("mine", ""));
    add(&gateway, "", &theme("other", ""));
    let rules = |theme| json!({ "rules": [{ "then": { "theme": theme } }] });
    let unknown = set(&gateway, &rules("third")).text;
    for said in ["rule 1, then.theme", "there is no theme third", "drop, mine, other"] {
        assert!(unknown.contains(said), "{unknown}");
    }
    assert_eq!(set(&gateway, &json!({ "theme": "mine" })).status, 200);
    assert_eq!(set(&gateway, &rules("other")).status, 200);
    for (name, user) in [("mine", "the setting theme asks"), ("other", "rule 1 asks")] {
        let kept = gateway.admin("DELETE", &format!("{THEMES}/{name}"), None);
        assert_eq!((kept.status, kept.code()), (409, "theme_in_use".into()));
        assert!(kept.text.contains(user), "{kept:?}");
    }
    set(&gateway, &json!({ "theme": "clean", "rules": [] }));
    for name in ["mine", "other"] {
        assert_eq!(gateway.admin("DELETE", &format!("{THEMES}/{name}"), None).status, 204);
        assert_eq!(gateway.admin("DELETE", &format!("{THEMES}/{name}"), None).status, 404);
    }
    let made = gateway.post("/api/v1/streamers", &json!({ "id": "new", "theme": "mine" }));
    assert_eq!((made.status, made.code()), (422, "setting_invalid".into()));
}

#[test]
fn a_theme_that_is_gone_keeps_nobody_from_changing_something_else() {
    let mut gateway = Gateway::start();
    add(&gateway, "", &theme("mine", ""));
    assert_eq!(set(&gateway, &json!({ "theme": "mine" })).status, 200);
    gateway.kill();
    let store = Connection::open(gateway.data.path().join("tillbell.db")).unwrap();
    assert_eq!(store.execute("DELETE FROM documents WHERE kind = 'theme'", []).unwrap(), 1);
    drop(store);
    let gateway =
        Gateway::start_with(Setup { data: Some(gateway.data.clone()), ..Setup::default() });
    assert_eq!(set(&gateway, &json!({ "volume": 30 })).status, 200);
    assert_eq!(set(&gateway, &json!({ "rules": [] })).status, 422);
    assert_eq!(set(&gateway, &json!({ "theme": "clean" })).status, 200);
}

#[test]
fn what_is_refused_is_told_with_file_and_line_and_kept_nowhere() {
    let gateway = Gateway::start();
    let bad = theme("mine", ".plate { top: 0 }\n.tab { display: none }\n.name { color: #888 }");
    let refused = add(&gateway, "", &bad);
    assert_eq!((refused.status, refused.code()), (422, "theme_refused".into()));
    let found = &refused.json()["findings"][0];
    assert_eq!(
        (&found["code"], &found["file"], &found["line"]),
        (&json!("reach"), &json!("theme.css"), &json!(2))
    );
    let tried = add(&gateway, "?try=true", &bad);
    assert_eq!((tried.status, &tried.json()["refused"]), (200, &json!(true)));
    let warned = theme("mine", ".name { color: #ddd }");
    let tried = add(&gateway, "?try=true", &warned).json();
    assert_eq!((&tried["refused"], &tried["manifest"]["name"]), (&json!(false), &json!("mine")));
    // On the plate of `light`, which it stands on.
    assert_eq!(tried["findings"][0]["code"], "contrast", "{tried}");
    let large = add(&gateway, "", &vec![0; (4 << 20) + 1]);
    // A client that is still sending may see the connection end before it reads the answer.
    assert!(large.status == 0 || large.code() == "body_too_large", "{large:?}");
    assert_eq!(add(&gateway, "", b"").code(), "theme_refused");
    assert_eq!(names(&gateway), [""; 0]);
}

#[test]
fn a_streamer_has_sixteen_themes_at_most_also_on_redis() {
    let redis = crate::support::RedisServer::start();
    let gateway = Gateway::start_with(Setup { redis: Some(redis.url()), ..Setup::default() });
    for n in 0..16 {
        assert_eq!(add(&gateway, "", &theme(&format!("t{n}"), "")).status, 201);
    }
    let full = add(&gateway, "", &theme("t16", ""));
    assert_eq!((full.status, full.code()), (409, "too_many".into()));
    assert_eq!(add(&gateway, "", &theme("t15", ".plate { top: 0 }")).status, 200);
    let first = gateway.get(THEMES).json()["data"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(gateway.request("GET", &first, &[], ()).status, 200);
    assert_eq!(gateway.admin("DELETE", &format!("{THEMES}/t0"), None).status, 204);
    assert_eq!(gateway.request("GET", &first, &[], ()).status, 404);
}
