//! The description of the API says what the router does: each route, each method, both ways.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Gateway;

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

fn description() -> Value {
    serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap()
}

/// The routes of one function of the router's source, as `METHOD path`.
fn routes(source: &str, prefix: &str) -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for route in source.split(".route(").skip(1) {
        let route = route.split(".nest(").next().unwrap();
        let path = route.split('"').nth(1).unwrap();
        let handlers = route.split_once("\",").unwrap().1;
        for method in METHODS {
            let is_there = handlers.match_indices(&format!("{method}(")).any(|(at, _)| {
                !handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
            });
            if is_there {
                routes.insert(format!("{method} {prefix}{}", path.trim_end_matches('/')));
            }
        }
    }
    routes
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let source = include_str!("../../../src/http.rs");
    let (_, api) = source.split_once("\nfn api()").unwrap();
    let (api, of_streamer) = api.split_once("\nfn of_streamer()").unwrap();
    let mut served = routes(api, "");
    served.extend(routes(of_streamer, "/streamers/{s}"));
    assert!(served.len() > 40, "the source is not read as it is written: {served:#?}");
    let description = description();
    let described = description["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let methods = METHODS.into_iter().filter(|method| item.get(*method).is_some());
        methods.map(move |method| format!("{method} {path}"))
    });
    assert_eq!(served, described.collect());
}

#[test]
fn every_reference_leads_somewhere_and_every_path_names_its_parameters() {
    let description = description();
    let mut open = vec![&description];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(to)) = members.get("$ref") {
                    let pointer = to.strip_prefix('#').unwrap();
                    assert!(description.pointer(pointer).is_some(), "{to} leads nowhere");
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    for (path, item) in description["paths"].as_object().unwrap() {
        let named = path.split('{').skip(1).map(|part| part.split('}').next().unwrap());
        let given: Vec<&str> = item["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| match one["$ref"].as_str() {
                Some(to) => to.rsplit('/').next().unwrap(),
                None => one["name"].as_str().unwrap(),
            })
            .collect();
        assert_eq!(named.collect::<Vec<_>>(), given, "{path}");
    }
}

#[test]
fn the_gateway_hands_it_out_and_answers_as_it_says() {
    let gateway = Gateway::start();
    let served = gateway.get("/api/v1/openapi.json");
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json(), description());
    let schemas = &description()["components"]["schemas"];
    let of = |schema: &str| -> BTreeSet<String> {
        let schema = &schemas[schema];
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        let parts = parts.iter().map(|part| match part["$ref"].as_str() {
            Some(to) => &schemas[to.rsplit('/').next().unwrap()]["properties"],
            None => &part["properties"],
        });
        parts.flat_map(|members| members.as_object().unwrap().keys().cloned()).collect()
    };
    gateway.post("/api/v1/streamers/me/test-alerts", &serde_json::json!({}));
    let _page = gateway.page();
    for (path, pointer, schema) in [
        ("status", "", "Status"),
        ("session", "", "Session"),
        ("streamers/me", "", "Streamer"),
        ("streamers/me/overlays/main", "", "Overlay"),
        ("streamers/me/queue", "", "Queue"),
        ("streamers/me/log", "/data/0", "Entry"),
        ("streamers/me/alerts", "/data/0", "Alert"),
        ("connections", "/data/0", "Connection"),
    ] {
        let mut shown = Value::Null;
        crate::support::wait_for(path, || {
            let answer = gateway.get(&format!("/api/v1/{path}")).json();
            shown = answer.pointer(pointer).cloned()?;
            Some(())
        });
        let shown: BTreeSet<String> = shown.as_object().unwrap().keys().cloned().collect();
        assert_eq!(shown, of(schema), "{path}");
    }
}
