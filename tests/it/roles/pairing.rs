//! Docks: the code names one, the secret opens it, and a person decides.

use serde_json::{Value, json};

use super::session::{SESSION, cookie_of};
use crate::support::{Answer, Gateway};

const PAIRINGS: &str = "/api/v1/pairings";
const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0) Chrome/127.0.0.0 OBS/32.2.2";

/// A dock asks for a code.
fn ask(gateway: &Gateway) -> Value {
    let asked = gateway.request("POST", PAIRINGS, &[("user-agent", AGENT)], ());
    assert_eq!(asked.status, 201, "{asked:?}");
    asked.json()
}

/// The dock asks what became of it.
fn claim(gateway: &Gateway, code: &Value, secret: &str) -> Answer {
    let headers = [("content-type", "application/json")];
    let body = json!({ "code": code, "secret": secret }).to_string();
    gateway.request("POST", &format!("{PAIRINGS}/claim"), &headers, body)
}

fn claim_own(gateway: &Gateway, dock: &Value) -> Answer {
    claim(gateway, &dock["code"], dock["secret"].as_str().unwrap())
}

fn at_me(code: &str) -> String {
    format!("/api/v1/streamers/me/pairings/{code}")
}

fn path(dock: &Value) -> String {
    at_me(dock["code"].as_str().unwrap())
}

#[test]
fn a_dock_comes_in_once_as_what_the_owner_chose_and_goes_when_it_is_revoked() {
    let gateway = Gateway::start();
    let dock = ask(&gateway);
    let code = dock["code"].as_str().unwrap();
    assert_eq!(claim_own(&gateway, &dock).status, 202);
    // However it is typed.
    let typed = format!("{}-{}", &code[..4].to_lowercase(), &code[4..]);
    let who = gateway.get(&at_me(&typed)).json();
    let told = (&who["code"], &who["remote"], &who["client"]);
    assert_eq!(told, (&json!(code), &json!("127.0.0.1"), &json!(AGENT)));
    assert!(!who.to_string().contains(dock["secret"].as_str().unwrap()), "{who}");
    let let_in = json!({ "role": "moderator", "name": "Dock in OBS" });
    assert_eq!(gateway.post(&path(&dock), &let_in).status, 204);
    // Decided is decided: nobody else's answer counts any more.
    assert_eq!(gateway.post(&path(&dock), &json!({ "role": "owner" })).status, 404);
    let cookie = cookie_of(&claim_own(&gateway, &dock));
    let session = || gateway.request("GET", SESSION, &[("cookie", &cookie)], ());
    assert_eq!(
        session().json(),
        json!({ "role": "moderator", "streamer": "me", "amounts": false })
    );
    let again = claim_own(&gateway, &dock);
    assert_eq!((again.status, &*again.code()), (401, "code_invalid"));
    let keys = gateway.get("/api/v1/streamers/me/keys").json();
    let key = &keys["data"][0];
    let told = (&key["name"], &key["role"], &key["sessions"]);
    assert_eq!(told, (&json!("Dock in OBS"), &json!("moderator"), &json!(1)));
    let revoke = format!("/api/v1/streamers/me/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(gateway.admin("DELETE", &revoke, None).status, 204);
    assert_eq!(session().status, 401);
}

#[test]
fn the_code_alone_opens_nothing() {
    let gateway = Gateway::start();
    let (dock, other) = (ask(&gateway), ask(&gateway));
    gateway.post(&path(&dock), &json!({ "role": "owner" }));
    for secret in ["", "guess", other["secret"].as_str().unwrap()] {
        let refused = claim(&gateway, &dock["code"], secret);
        assert_eq!((refused.status, &*refused.code()), (401, "code_invalid"), "{secret:?}");
    }
    assert_eq!(claim_own(&gateway, &dock).status, 204, "the guesses have taken nothing away");
    assert_eq!(claim_own(&gateway, &other).status, 202, "another dock still waits");
}

#[test]
fn a_dock_that_is_turned_away_hears_so() {
    let gateway = Gateway::start();
    let dock = ask(&gateway);
    assert_eq!(gateway.admin("DELETE", &path(&dock), None).status, 204);
    assert_eq!(claim_own(&gateway, &dock).status, 401);
    assert_eq!(gateway.post(&path(&dock), &json!({ "role": "viewer" })).status, 404);
}

#[test]
fn a_dock_is_for_people_only() {
    let gateway = Gateway::start();
    let dock = ask(&gateway);
    for role in ["admin", "feed", "action"] {
        let refused = gateway.post(&path(&dock), &json!({ "role": role }));
        assert_eq!((refused.status, &*refused.code()), (422, "role_invalid"), "{role}");
    }
}

#[test]
fn codes_are_asked_for_and_tried_only_so_often() {
    let gateway = Gateway::start();
    let statuses = |turns: usize, turn: &dyn Fn() -> Answer| -> Vec<u16> {
        (0..turns).map(|_| turn().status).collect()
    };
    let asked = statuses(15, &|| gateway.request("POST", PAIRINGS, &[], ()));
    assert_eq!(asked.first(), Some(&201));
    assert_eq!(asked.last(), Some(&429), "{asked:?}");
    let tried = statuses(1, &|| gateway.get(&at_me("22222222")));
    assert_eq!(tried, [429], "one limit for both");
}
