//! What a selector of a theme may name, and how it is kept to the cards that wear the theme.

use super::{
    archive::SHEET,
    css::{self, Kind, Node, Rule},
    finding::{Check, Finding},
};
use crate::alert::Theme;

/// The classes of the card itself: what it is, and that it leaves.
pub(super) const CARD: [&str; 8] =
    ["card", "leaving", "sale", "subscription", "renewal", "tip", "combo", "digest"];

/// The classes of what is in it; `overlay/card.js` makes them.
pub(super) const PARTS: [&str; 22] = [
    "plate", "tile", "bell", "monogram", "words", "shop", "name", "buyer", "headline", "filled",
    "deed", "verb", "item", "times", "more", "items", "line", "rest", "message", "member", "goods",
    "chip",
];

/// A message that is so long that it is set smaller.
const LONG: &str = "long";

/// Pseudo-classes and elements that every browser of OBS's since 28 knows, and that say nothing of the
/// page around the card.
const PSEUDO: [&str; 17] = [
    "first-child",
    "last-child",
    "only-child",
    "nth-child",
    "nth-last-child",
    "first-of-type",
    "last-of-type",
    "nth-of-type",
    "empty",
    "not",
    "is",
    "where",
    "lang",
    "dir",
    "before",
    "after",
    "first-letter",
];

/// Elements of the card.
const ELEMENTS: [&str; 8] = ["article", "div", "p", "span", "bdi", "ul", "li", "img"];

/// What is wrong with the selectors of a rule.
pub(super) fn check(rule: &Rule) -> Vec<Finding> {
    let mut findings = Vec::new();
    for selector in &rule.selectors {
        let begins = selector.first().is_some_and(|node| !is_combinator(node));
        if let Err(what) = if begins { check_nodes(selector) } else { Err("is none".into()) } {
            let what = format!("the selector “{}” {what}", css::text(selector));
            findings.push(Check::Reach.found(SHEET, Some(rule.line), what));
        }
    }
    findings
}

fn check_nodes(nodes: &[Node]) -> Result<(), String> {
    let mut before: Option<&Node> = None;
    for node in nodes {
        match &node.kind {
            Kind::Ident(word) | Kind::Function(word) if before.is_some_and(|b| b.is(':')) => {
                if !PSEUDO.contains(&word.to_ascii_lowercase().as_str()) {
                    return Err(format!("asks for :{word}"));
                }
                // What counts children has no selector in it.
                if ["not", "is", "where"].contains(&word.as_str()) {
                    check_nodes(&node.inside)?;
                }
            }
            Kind::Ident(word) if before.is_some_and(|b| b.is('.')) => class(word)?,
            Kind::Ident(word) => element(word)?,
            Kind::Sign('.' | ':' | '>' | '+' | '~' | '*' | ',') | Kind::Space => {}
            Kind::Hash(word) => return Err(format!("names #{word}, which is not of the card")),
            Kind::Block('[') => return Err("asks for an attribute".into()),
            _ => return Err("cannot be read".into()),
        }
        before = Some(node);
    }
    Ok(())
}

fn class(word: &str) -> Result<(), String> {
    match word {
        "tab" => Err("names the tab, which says TEST and REPLAY".into()),
        LONG => Ok(()),
        _ if CARD.contains(&word) || PARTS.contains(&word) => Ok(()),
        _ => Err(format!("names .{word}, and the card has no such part")),
    }
}

fn element(word: &str) -> Result<(), String> {
    if ELEMENTS.contains(&word.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    Err(format!("names {word}, which is not of the card"))
}

fn is_combinator(node: &Node) -> bool {
    node.kind == Kind::Space || ['>', '+', '~'].into_iter().any(|sign| node.is(sign))
}

/// The classes a selector names outside of brackets, with the compound they stand in, counted from 0.
pub(super) fn classes(selector: &[Node]) -> Vec<(usize, &str)> {
    let (mut compound, mut classes) = (0, Vec::new());
    for (at, node) in selector.iter().enumerate() {
        compound += usize::from(is_combinator(node));
        if let (Kind::Ident(word), true) = (&node.kind, at > 0 && selector[at - 1].is('.')) {
            classes.push((compound, word.as_str()));
        }
    }
    classes
}

/// Writes a selector so that it is only of cards that wear the theme, or in them, and never of the tab.
pub(super) fn write_within(theme: &Theme, selector: &[Node], to: &mut String) {
    let scope = format!("[data-theme~=\"{theme}\"]");
    let first = selector.iter().position(is_combinator).unwrap_or(selector.len());
    let of_card = |at: &usize| {
        let named =
            matches!(&selector[*at].kind, Kind::Ident(word) if CARD.contains(&word.as_str()));
        named && *at > 0 && selector[at - 1].is('.')
    };
    let rest = match (0..first).find(of_card) {
        Some(at) => {
            css::write(&selector[..=at], to);
            to.push_str(&scope);
            &selector[at + 1..]
        }
        None => {
            // Pages beside the alerts wear the theme too, for its colours; they have no card. It weighs nothing.
            to.push_str(":where(.card)");
            to.push_str(&scope);
            to.push(' ');
            selector
        }
    };
    let last = rest.iter().rposition(is_combinator).map_or(0, |at| at + 1);
    // A class is that of a part, so it is not the tab. Anything else could be.
    if rest.len() < selector.len() && last == 0 || rest[last..].iter().any(|node| node.is('.')) {
        return css::write(rest, to);
    }
    let pseudo =
        |at: &usize| rest[*at].is(':') && rest.get(at + 1).is_some_and(|next| next.is(':'));
    let end = (last..rest.len()).find(pseudo).unwrap_or(rest.len());
    css::write(&rest[..end], to);
    to.push_str(":not(:where(.tab))");
    css::write(&rest[end..], to);
}
