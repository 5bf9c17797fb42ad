//! What must not drift: floors, sizes, and lists that have to agree.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The floors of docs/ARCHITECTURE.md. A module may use its own floor and those before it.
const FLOORS: [&[&str]; 6] = [
    &["id", "time", "money", "position", "close", "connection", "alert", "settings"],
    &[
        "clock",
        "backoff",
        "text",
        "theme",
        "moderation",
        "recall",
        "stripe",
        "rules",
        "board",
        "channel",
        "wire",
        "session",
        "receipt",
    ],
    &["fault", "keys", "metrics", "stripe_api", "store", "single_flight", "directory", "media"],
    &["shop", "hub", "node", "conductor", "intake", "reconcile", "onboarding", "buyer"],
    &["http", "fake_stripe"],
    &["config", "telemetry", "server", "cli"],
];

/// Plain values of the store that the rules of floor 1 take and give; see ARCHITECTURE.md.
const STORE_VALUES: [&str; 7] =
    ["BuyerKey", "Change", "Fact", "HEAD", "Loaded", "Names", "Settlement"];

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

fn sources(dir: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|end| end == "rs") {
                into.push(path);
            }
        }
    }
    let mut all = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(dir), &mut all);
    all.sort();
    all
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The module a source file belongs to: its first step below `src/`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The modules that a text names after `crate::`, with the line, also inside braces.
fn uses(text: &str) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let line = text[..at].matches('\n').count() + 1;
        let rest = &text[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 1;
            let end = list.find(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                depth == 0
            });
            let mut depth = 0;
            for part in list[..end.unwrap()].split_inclusive([',', '{', '}']) {
                let name: String =
                    part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if depth == 0 && !name.is_empty() {
                    found.push((line, name, list.to_owned()));
                }
                depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
            }
        } else {
            let name = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push((line, name, rest.to_owned()));
        }
    }
    found
}

#[test]
fn no_floor_looks_up() {
    let mut wrong = Vec::new();
    for path in sources("src") {
        let of = module(&path);
        let Some(own) = floor(&of) else {
            assert!(["lib", "main"].contains(&&*of), "{of} stands on no floor");
            continue;
        };
        for (line, used, _) in uses(&fs::read_to_string(&path).unwrap()) {
            let Some(theirs) = floor(&used) else { continue };
            if theirs > own && !(own == 1 && used == "store") {
                wrong.push(format!("{}:{line}: {of} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "floors that look up:\n{}", wrong.join("\n"));
}

#[test]
fn rules_take_only_values_of_the_store() {
    for path in sources("src").iter().filter(|path| floor(&module(path)) == Some(1)) {
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("store::") {
            let rest = &text[at + "store::".len()..];
            let names = match rest.strip_prefix('{') {
                Some(list) => list[..list.find('}').unwrap()].to_owned(),
                None => rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(),
            };
            for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                assert!(
                    is_test(path) || STORE_VALUES.contains(&name),
                    "{}: store::{name}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn rules_have_no_clock_and_no_io() {
    let pure = |path: &&PathBuf| floor(&module(path)).is_some_and(|floor| floor <= 1);
    for path in sources("src").iter().filter(pure).filter(|path| !is_test(path)) {
        let text = fs::read_to_string(path).unwrap();
        let mut forbidden = vec!["async fn", "tokio::", "std::fs", "std::net", "std::env"];
        if module(path) != "clock" {
            forbidden.extend(["Instant", "SystemTime"]);
        }
        for word in forbidden {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn files_and_functions_stay_short() {
    for path in sources("src").into_iter().chain(sources("tests/it")) {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // The two contracts are long because they are documentation.
        let contract = path.ends_with("src/store.rs");
        let max = if contract { 2 * FILE_LINES_MAX } else { FILE_LINES_MAX };
        assert!(lines.len() <= max, "{} has {} lines", path.display(), lines.len());
        let mut began: Option<(usize, usize)> = None;
        for (number, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            let begins = code.split_whitespace().take(5).any(|word| word == "fn");
            if begins && began.is_none() && !code.starts_with("//") && !code.ends_with(';') {
                began = Some((number, indent));
            }
            if let Some((start, depth)) = began
                && indent == depth
                && (code == "}" || (number == start && code.ends_with('}')))
            {
                let length = number - start;
                assert!(
                    length <= FUNCTION_LINES_MAX,
                    "{}:{}: {length} lines",
                    path.display(),
                    start + 1
                );
                began = None;
            }
        }
    }
}

#[test]
fn names_of_modules_say_something() {
    let empty = ["utils", "common", "helpers", "manager", "types", "misc"];
    for path in sources("src") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!empty.contains(&&*name) && name != "mod", "{}", path.display());
    }
}

#[test]
fn every_close_code_is_in_the_docs() {
    let docs = read("docs/PROTOCOL.md");
    for reason in tillbell::close::CloseReason::ALL {
        let row = format!("| {} | `{}`", reason.code(), reason.name());
        assert!(docs.contains(&row), "docs/PROTOCOL.md lacks {row:?}");
    }
}

#[test]
fn every_config_key_is_in_the_example() {
    let example = read("deploy/tillbell.example.toml");
    for key in tillbell::config::KEYS {
        let last = key.name.rsplit('.').next().unwrap();
        assert!(example.contains(last), "deploy/tillbell.example.toml lacks {}", key.name);
    }
}

#[test]
fn every_state_and_reason_is_in_the_docs() {
    let docs = read("docs/PROTOCOL.md");
    for state in tillbell::alert::AlertState::ALL {
        assert!(docs.contains(&format!("`{}`", state.name())), "{}", state.name());
    }
}

#[test]
fn nothing_is_left_to_do_in_the_docs() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let texts: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    assert!(!texts.is_empty());
    for path in texts {
        assert!(!fs::read_to_string(&path).unwrap().contains("TODO"), "{}", path.display());
    }
}

/// Whether there is a test of this path, as `cargo test` calls it; of a page, `file: name`.
fn is_a_test(path: &str) -> bool {
    let text = |file: String| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default()
    };
    if let Some((file, name)) = path.split_once(": ") {
        return text(format!("tests/browser/{file}")).contains(&format!("test(\"{name}\""));
    }
    let (module, name) = path.rsplit_once("::").unwrap();
    let module = module.replace("::", "/");
    let texts = ["tests/it", "src"].map(|dir| text(format!("{dir}/{module}.rs")));
    texts.iter().any(|text| {
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        lines.windows(2).any(|pair| {
            let marked = pair[0] == "#[test]" || pair[0].starts_with("#[tokio::test");
            let begins = pair[1].trim_start_matches("async ").starts_with(&format!("fn {name}("));
            // What is asked of every store is a test once for each.
            let of_stores = format!("pub(super) async fn {name}(home: ");
            marked && begins || pair[1].starts_with(&of_stores)
        })
    })
}

/// Each promise of the table stands beside the tests that fail when it is broken.
#[test]
fn every_promise_names_tests_that_exist() {
    let docs = read("docs/RELIABILITY.md");
    let rows = docs.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    let mut promises = 0;
    for row in rows {
        let (_, tests) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        for name in tests.split('`').skip(1).step_by(2) {
            assert!(is_a_test(name), "docs/RELIABILITY.md names {name}, which is no test");
        }
        promises += 1;
    }
    assert!(promises > 50, "{promises}");
}

/// What backs a sentence stands after it: `(test: …)`, `(tests: …)`, `(run: …)`.
#[test]
fn every_test_that_is_named_in_the_docs_exists() {
    let (docs, manifest) = (read("docs/OPERATIONS.md"), read("Cargo.toml"));
    let marks = ["(test:", "(tests:", "(run:"].map(|mark| docs.match_indices(mark));
    let mut named = 0;
    for (at, _) in marks.into_iter().flatten() {
        let backing = docs[at..].split(')').next().unwrap();
        let names: Vec<&str> = backing.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{backing}");
        for name in names {
            let exists = match name.strip_prefix("cargo test --test ") {
                Some(target) => {
                    let target = target.split(' ').next().unwrap();
                    manifest.contains(&format!("[[test]]\nname = \"{target}\""))
                }
                None => is_a_test(name),
            };
            assert!(exists, "docs/OPERATIONS.md names {name}, which is no test");
            named += 1;
        }
    }
    assert!(named > 30, "{named}");
}

/// Every file of a page is named by another file of it, or has a route: none is left over, none is missing.
#[test]
fn every_asset_is_served_and_used() {
    let routes = include_str!("../../src/http/assets.rs");
    for (dir, entry) in
        [("overlay", "index.html"), ("static", "index.html"), ("shop", "receipt.html")]
    {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
        let files: Vec<_> = fs::read_dir(&root)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.is_file())
            .collect();
        let texts: Vec<(PathBuf, String)> = files
            .iter()
            .map(|path| (path.clone(), String::from_utf8_lossy(&fs::read(path).unwrap()).into()))
            .collect();
        for path in &files {
            let name = path.file_name().unwrap().to_string_lossy();
            let named = texts.iter().any(|(other, text)| other != path && text.contains(&*name));
            let by_itself = routes.contains(&format!("\"{name}\""))
                || [entry, "shell.html", "store.html", "connect.html"].contains(&&*name);
            assert!(named || by_itself, "{} is used by nothing", path.display());
        }
    }
}
