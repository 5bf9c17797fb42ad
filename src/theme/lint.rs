//! What a theme is refused for: everything that could load, run, fake or leave the card.

use super::{
    archive::{Files, SHEET},
    css::{self, Declaration, Item, Kind, Node, Rule},
    finding::{Check, Finding},
    kind::FileKind,
    reach,
};

/// Functions that take an address beside `url()`, or have no place in a theme.
const FUNCTIONS: [&str; 11] = [
    "image-set",
    "-webkit-image-set",
    "image",
    "cross-fade",
    "-webkit-cross-fade",
    "element",
    "-moz-element",
    "paint",
    "src",
    "expression",
    "env",
];

/// Properties that would undo what keeps viewers safe: those that stand for all others, those that run
/// something, what the tab is drawn with, and how long the page lets a card leave.
const PROPERTIES: [&str; 9] =
    ["all", "behavior", "-moz-binding", "--u", "--scale", "--hair", "--out", "--sky", "--on-sky"];

/// Properties beside `content` that can bring a text of their own, without `-webkit-`.
const TEXTS: [&str; 6] = [
    "list-style",
    "list-style-type",
    "quotes",
    "hyphenate-character",
    "text-emphasis",
    "text-emphasis-style",
];

/// What is wrong with a sheet that was read.
pub(super) fn check(items: &[Item], files: &Files) -> Vec<Finding> {
    let mut findings = Vec::new();
    for item in items {
        match item {
            Item::Rule(rule) => check_rule(rule, files, &mut findings),
            Item::Media(_, rules) => {
                rules.iter().for_each(|rule| check_rule(rule, files, &mut findings));
            }
            Item::Keyframes(_, steps) => steps.iter().for_each(|step| {
                findings.extend(check_step(step));
                check_all(&step.declarations, files, &mut findings);
            }),
            Item::FontFace(declared) => check_all(declared, files, &mut findings),
        }
    }
    findings
}

fn check_rule(rule: &Rule, files: &Files, findings: &mut Vec<Finding>) {
    findings.extend(reach::check(rule));
    check_all(&rule.declarations, files, findings);
}

fn check_step(step: &Rule) -> Option<Finding> {
    let is_step = |selector: &Vec<Node>| match selector.as_slice() {
        [Node { kind: Kind::Number(_, unit), .. }] => unit == "%",
        [node] => node.word().is_some_and(|word| word == "from" || word == "to"),
        _ => false,
    };
    let what = "a step of keyframes is from, to or a percentage";
    let wrong = !step.selectors.iter().all(is_step);
    wrong.then(|| Check::Syntax.found(SHEET, Some(step.line), what))
}

fn check_all(declarations: &[Declaration], files: &Files, findings: &mut Vec<Finding>) {
    for declaration in declarations {
        let Declaration { name, value, line } = declaration;
        let mut found = |check: Check, what: String| {
            findings.push(check.found(SHEET, Some(*line), what));
        };
        if PROPERTIES.contains(&name.as_str()) {
            found(Check::Escape, format!("{name} is not a theme's to set"));
        }
        if css::all(value).iter().any(|node| node.is('!')) {
            found(Check::Escape, format!("{name} has an exclamation mark"));
        }
        match name.as_str() {
            "position" if !is_position(value) => {
                found(Check::Escape, format!("position: {}", css::text(value)));
            }
            "content" if !is_content(value) => {
                found(Check::Content, format!("content: {}", css::text(value)));
            }
            other => {
                let plain = other.strip_prefix("-webkit-").unwrap_or(other);
                if TEXTS.contains(&plain) && says_something(value) {
                    found(Check::Content, format!("{name}: {}", css::text(value)));
                }
            }
        }
        let of_font = name == "src";
        for what in addresses(value).into_iter().filter_map(|one| wrong(one, of_font, files)) {
            found(Check::Address, what);
        }
    }
}

fn is_position(value: &[Node]) -> bool {
    let places = ["static", "relative", "absolute"];
    matches!(value, [node] if node.word().is_some_and(|word| places.contains(&word.as_str())))
}

/// Signs and pictures only: a letter or a digit could be read as something that was bought.
fn is_content(value: &[Node]) -> bool {
    value.iter().all(|node| match &node.kind {
        Kind::Text(text) => !text.chars().any(char::is_alphanumeric),
        Kind::Ident(word) => ["none", "normal"].contains(&word.to_ascii_lowercase().as_str()),
        Kind::Function(name) => name == "url",
        Kind::Url(_) | Kind::Space => true,
        _ => false,
    })
}

/// Whether a letter or a digit is in it, or could be.
fn says_something(value: &[Node]) -> bool {
    value.iter().any(|node| match &node.kind {
        Kind::Text(text) => text.chars().any(char::is_alphanumeric),
        Kind::Function(name) => name == "var" || name == "symbols",
        _ => false,
    })
}

/// An address in a value, or a function that is none of a theme's.
enum Address<'a> {
    Of(&'a str),
    Function(&'a str),
}

fn addresses(value: &[Node]) -> Vec<Address<'_>> {
    let each = css::all(value).into_iter().filter_map(|node| match &node.kind {
        Kind::Url(address) => Some(Address::Of(address)),
        Kind::Function(name) if name == "url" => match node.inside.as_slice() {
            [Node { kind: Kind::Text(address), .. }] => Some(Address::Of(address)),
            _ => Some(Address::Function(name)),
        },
        Kind::Function(name) if FUNCTIONS.contains(&name.as_str()) => Some(Address::Function(name)),
        _ => None,
    });
    each.collect()
}

fn wrong(address: Address<'_>, of_font: bool, files: &Files) -> Option<String> {
    let path = match address {
        Address::Function(name) => return Some(format!("{name}() is none of a theme's")),
        Address::Of(path) => path,
    };
    let shown: String = path.chars().take(80).collect();
    let Some(bytes) = files.get(path).filter(|_| path.starts_with("assets/")) else {
        return Some(format!("url(\"{shown}\") is no file of this theme"));
    };
    let wanted = |kind: FileKind| if of_font { kind.is_font() } else { kind.is_picture() };
    let fits = FileKind::of(bytes).is_some_and(wanted);
    let needed = if of_font { "a font" } else { "a picture" };
    (!fits).then(|| format!("url(\"{shown}\") must be {needed}"))
}
