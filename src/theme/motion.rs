//! What moves in a sheet: properties that cost a repaint, motion without an end, and flashes.

use super::{
    archive::SHEET,
    css::{self, Declaration, Item, Kind, Node, Rule},
    finding::{Check, Finding},
};

/// What moves without a repaint, and what says when.
const LIGHT: [&str; 4] = ["transform", "opacity", "animation-timing-function", "visibility"];

/// Most flashes within a second (WCAG 2.2, 2.3.1).
const FLASHES_MAX: f32 = 3.0;

/// The least change of opacity that can be a flash.
const CHANGE_MIN: f32 = 0.1;

/// What to warn of.
pub(super) fn check(items: &[Item]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for item in items {
        match item {
            Item::Rule(rule) => moved(rule, items, &mut findings),
            Item::Media(_, rules) => {
                rules.iter().for_each(|rule| moved(rule, items, &mut findings))
            }
            Item::Keyframes(_, steps) => findings.extend(steps.iter().flat_map(heavy)),
            Item::FontFace(_) => {}
        }
    }
    findings
}

fn heavy(step: &Rule) -> impl Iterator<Item = Finding> + '_ {
    let heavy = |one: &&Declaration| !LIGHT.contains(&one.name.as_str());
    step.declarations.iter().filter(heavy).map(|one| {
        Check::Costly.found(SHEET, Some(one.line), format!("keyframes move {}", one.name))
    })
}

fn moved(rule: &Rule, items: &[Item], findings: &mut Vec<Finding>) {
    for Declaration { name, value, line } in &rule.declarations {
        let mut found = |check: Check, what: String| {
            findings.push(check.found(SHEET, Some(*line), what));
        };
        match name.trim_start_matches("-webkit-") {
            "transition" | "transition-property" => {
                let words = value.split(|node| node.is(',')).filter_map(|one| one.first()?.word());
                let still = |word: &String| {
                    ["none", "inherit", "initial", "unset"].contains(&word.as_str())
                };
                let heavy = |word: &String| !LIGHT.contains(&word.as_str()) && !still(word);
                words
                    .filter(heavy)
                    .for_each(|word| found(Check::Costly, format!("a transition of {word}")));
            }
            "animation" | "animation-iteration-count" if is_endless(value) => {
                found(Check::Endless, format!("{name}: {}", css::text(value)));
            }
            _ => {}
        }
    }
    for run in runs(rule) {
        let steps = items.iter().find_map(|item| match item {
            Item::Keyframes(name, steps) if *name == run.name => Some(steps),
            _ => None,
        });
        let rate = steps.map_or(0.0, |steps| flashes_a_second(steps, &run));
        if rate > FLASHES_MAX {
            let what = format!("{} flashes {rate:.0} times a second", run.name);
            findings.push(Check::Flash.found(SHEET, Some(run.line), what));
        }
    }
}

fn is_endless(value: &[Node]) -> bool {
    value.iter().any(|node| node.word().as_deref() == Some("infinite"))
}

/// An animation of a rule: which keyframes, how long one run takes, how many there are.
struct Run {
    name: String,
    seconds: f32,
    times: f32,
    line: u32,
}

/// The animations of a rule, by the shorthand or by the longhands.
fn runs(rule: &Rule) -> Vec<Run> {
    let of = |wanted: &str| rule.declarations.iter().rfind(|one| one.name == wanted);
    let mut runs: Vec<Run> = Vec::new();
    if let Some(shorthand) = of("animation") {
        for one in shorthand.value.split(|node| node.is(',')) {
            let seconds = one.iter().find_map(seconds).unwrap_or(0.0);
            let times = one.iter().find_map(times).unwrap_or(1.0);
            let words = one.iter().filter_map(|node| match &node.kind {
                Kind::Ident(word) => Some(word.clone()),
                _ => None,
            });
            // Any of the words may be the name.
            runs.extend(words.map(|name| Run { name, seconds, times, line: shorthand.line }));
        }
    }
    if let Some(names) = of("animation-name") {
        let first = |name: &str, read: fn(&Node) -> Option<f32>| {
            of(name).and_then(|one| one.value.iter().find_map(read))
        };
        let seconds = first("animation-duration", seconds).unwrap_or(0.0);
        let times = first("animation-iteration-count", times).unwrap_or(1.0);
        let words = names.value.iter().filter_map(|node| match &node.kind {
            Kind::Ident(word) => Some(word.clone()),
            _ => None,
        });
        runs.extend(words.map(|name| Run { name, seconds, times, line: names.line }));
    }
    runs
}

fn seconds(node: &Node) -> Option<f32> {
    match &node.kind {
        Kind::Number(value, unit) if unit == "s" => Some(*value),
        Kind::Number(value, unit) if unit == "ms" => Some(value / 1000.0),
        _ => None,
    }
}

fn times(node: &Node) -> Option<f32> {
    match &node.kind {
        Kind::Number(value, unit) if unit.is_empty() => Some(*value),
        Kind::Ident(word) if word.eq_ignore_ascii_case("infinite") => Some(f32::INFINITY),
        _ => None,
    }
}

/// How often a second the opacity goes down and up again, at the worst.
fn flashes_a_second(steps: &[Rule], run: &Run) -> f32 {
    let mut stops: Vec<(f32, f32)> = steps.iter().flat_map(stops_of).collect();
    // What is not said of an end is as without the animation: seen.
    for end in [0.0, 100.0] {
        if !stops.iter().any(|(at, _)| *at == end) && !stops.is_empty() {
            stops.push((end, 1.0));
        }
    }
    stops.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut turns = 0.0;
    let mut risen: Option<bool> = None;
    let mut last: Option<f32> = None;
    let again = if run.times > 1.0 { stops.first().copied() } else { None };
    for (_, opacity) in stops.into_iter().chain(again) {
        let change = last.map_or(0.0, |last| opacity - last);
        if change.abs() >= CHANGE_MIN || last.is_none() {
            if last.is_some() && risen != Some(change > 0.0) {
                turns += 1.0;
                risen = Some(change > 0.0);
            }
            last = Some(opacity);
        }
    }
    if run.seconds <= 0.0 {
        return 0.0;
    }
    // Down and up is one flash. What is over in less than a second has no more than all its flashes.
    let all = turns / 2.0 * run.times;
    (turns / 2.0 / run.seconds).min(all)
}

/// Where in a run a step is, from 0 to 100, with its opacity.
fn stops_of(step: &Rule) -> Vec<(f32, f32)> {
    let opacity = step.declarations.iter().rfind(|one| one.name == "opacity");
    let hidden = step.declarations.iter().rfind(|one| one.name == "visibility");
    let number = |one: &Declaration| match one.value.as_slice() {
        [Node { kind: Kind::Number(value, unit), .. }] if unit == "%" => Some(value / 100.0),
        [Node { kind: Kind::Number(value, _), .. }] => Some(*value),
        _ => None,
    };
    let seen = |one: &Declaration| match one.value.first().and_then(Node::word)?.as_str() {
        "visible" => Some(1.0),
        "hidden" => Some(0.0),
        _ => None,
    };
    let Some(shown) = opacity.and_then(number).or_else(|| hidden.and_then(seen)) else {
        return Vec::new();
    };
    let at = step.selectors.iter().filter_map(|selector| match selector.as_slice() {
        [Node { kind: Kind::Number(value, _), .. }] => Some(*value),
        [node] => Some(if node.word()? == "from" { 0.0 } else { 100.0 }),
        _ => None,
    });
    at.map(|at| (at, shown)).collect()
}
