//! The sheet that pages get: the theme's tokens and layout, its own rules kept to its cards, and last what
//! no theme may take away.

use std::fmt::Write as _;

use super::{
    colour::Colour,
    css::{self, Declaration, Item, Kind, Node, Rule},
    manifest::{Layout, Manifest, Slot, Tokens},
    reach,
};
use crate::alert::Theme;

/// Plates lighter than this take the dark shade of the streamer's accent.
const LIGHT: f64 = 0.4;

/// Themes of ours whose plate is light.
const LIGHT_BASES: [&str; 2] = ["light", "receipt"];

/// Themes of ours that list what was bought.
const LISTING_BASES: [&str; 1] = ["receipt"];

/// How the list looks where the base has none: as large as the message.
const SHOWN: &str = "; display: block; font-size: calc(var(--say) * var(--u)); line-height: 1.4";

/// The TEST and REPLAY tab stays seen, and the calm switch calm, whatever a theme declares around them; the
/// page's own sheet sees to the rest. `@` is the theme's card.
const GUARD: &str = "\
@ { overflow: visible !important; visibility: visible !important; clip-path: none !important; \
-webkit-mask: none !important; contain: none !important; content-visibility: visible !important; }
@ > .tab { z-index: 2147483647 !important; visibility: visible !important; text-indent: 0 !important; \
font-family: system-ui, sans-serif !important; -webkit-text-security: none !important; \
-webkit-text-stroke: 0 !important; -webkit-text-fill-color: currentColor !important; }
[data-calm] @::before, [data-calm] @::after { animation: none !important; }
";

/// Writes it.
pub(super) fn write(manifest: &Manifest, items: &[Item]) -> String {
    let theme = &manifest.name;
    let mut sheet = tokens(manifest);
    write_layout(manifest, &mut sheet);
    for item in items {
        match item {
            Item::Rule(rule) => write_rule(theme, rule, items, &mut sheet),
            Item::Media(condition, rules) => {
                sheet.push_str("@media ");
                css::write(condition, &mut sheet);
                sheet.push_str(" {\n");
                rules.iter().for_each(|rule| write_rule(theme, rule, items, &mut sheet));
                sheet.push_str("}\n");
            }
            Item::Keyframes(name, steps) => {
                let _ = writeln!(sheet, "@keyframes {} {{", keyframes(theme, name));
                for step in steps {
                    let selectors: Vec<String> =
                        step.selectors.iter().map(|one| css::text(one)).collect();
                    write_block(&selectors.join(", "), &step.declarations, &mut sheet);
                }
                sheet.push_str("}\n");
            }
            Item::FontFace(declared) => write_block("@font-face", declared, &mut sheet),
        }
    }
    sheet.push_str(&GUARD.replace('@', &format!(".card[data-theme~=\"{theme}\"]")));
    sheet
}

fn write_block(head: &str, declarations: &[Declaration], to: &mut String) {
    let _ = writeln!(to, "{head} {{");
    css::write_declarations(declarations, to);
    to.push_str("}\n");
}

fn write_rule(theme: &Theme, rule: &Rule, items: &[Item], to: &mut String) {
    let mut head = String::new();
    for (at, selector) in rule.selectors.iter().enumerate() {
        head.push_str(if at > 0 { ", " } else { "" });
        reach::write_within(theme, selector, &mut head);
    }
    let own = |declaration: &Declaration| renamed(theme, declaration, items);
    let declarations: Vec<Declaration> = rule.declarations.iter().map(own).collect();
    write_block(&head, &declarations, to);
}

/// Keyframes are of the whole page, so each theme's have its name before theirs.
fn keyframes(theme: &Theme, name: &str) -> String {
    let mut escaped = String::new();
    let _ = cssparser::serialize_identifier(&format!("{theme}-{name}"), &mut escaped);
    escaped
}

/// A declaration whose animations are the theme's own, if there are such.
fn renamed(theme: &Theme, declaration: &Declaration, items: &[Item]) -> Declaration {
    let mut declaration = declaration.clone();
    if !declaration.name.ends_with("animation") && !declaration.name.ends_with("animation-name") {
        return declaration;
    }
    let is_own = |word: &str| {
        items.iter().any(|item| matches!(item, Item::Keyframes(name, _) if name == word))
    };
    for node in &mut declaration.value {
        if let Kind::Ident(word) = &node.kind
            && is_own(word)
        {
            *node = Node::word_of(keyframes(theme, word), node.line);
        }
    }
    declaration
}

/// The tokens that a theme sets, as a rule of the whole card.
pub(super) fn tokens(manifest: &Manifest) -> String {
    let Tokens { accent, plate, text, muted, radius, font } = &manifest.tokens;
    let light = match plate {
        Some(plate) => plate.luminance() > LIGHT,
        None => LIGHT_BASES.contains(&manifest.base.as_str()),
    };
    let mut all = Vec::new();
    if let Some(accent) = accent {
        // The streamer's accent, if one is set, goes before the theme's.
        let shade = if light { "--chosen-deep" } else { "--chosen-pale" };
        all.push(("--accent", format!("var(--chosen, {accent})")));
        all.push(("--on-accent", format!("var(--chosen-ink, {})", ink_on(*accent))));
        all.push(("--accent-text", format!("var({shade}, {accent})")));
    }
    let colours = [("--plate", plate), ("--text", text), ("--muted", muted)];
    all.extend(colours.into_iter().filter_map(|(name, c)| Some((name, c.as_ref()?.to_string()))));
    all.extend(radius.map(|radius| ("--radius", radius.to_string())));
    all.extend(font.as_ref().map(|font| ("--face", format!("\"{font}\", system-ui, sans-serif"))));
    if all.is_empty() {
        return String::new();
    }
    let body: String = all.iter().map(|(name, value)| format!("  {name}: {value};\n")).collect();
    format!(".card[data-theme~=\"{}\"] {{\n{body}}}\n", manifest.name)
}

/// Black or white, whichever is read better on it.
pub(super) fn ink_on(colour: Colour) -> Colour {
    let [black, white] = [[0; 3], [u8::MAX; 3]].map(|rgb| Colour { rgb, alpha: u8::MAX });
    if colour.contrast(black) >= colour.contrast(white) { black } else { white }
}

fn write_layout(manifest: &Manifest, to: &mut String) {
    let Manifest { name, base, layout: Layout { order, hide }, .. } = manifest;
    // As heavy as the rules of the base, and of the theme, which come before and after.
    let mut rule = |part: &str, declared: String| {
        let _ = writeln!(to, "[data-theme~=\"{name}\"] {part} {{ {declared} }}");
    };
    let in_words = |slot: &&Slot| !matches!(slot, Slot::Tile | Slot::Amount);
    if order.iter().any(|slot| in_words(&slot)) {
        let first = order.iter().position(|slot| in_words(&slot)).unwrap_or_default();
        // What is not named keeps its place after those that are.
        rule(".words > *", format!("order: {}", order.len()));
        rule(".words", format!("display: flex; flex-direction: column; order: {first}"));
    }
    for (at, slot) in order.iter().enumerate() {
        let shown = match slot {
            // Most themes hide the list and do not say how it looks; who gives it a place wants it.
            Slot::Items if !LISTING_BASES.contains(&base.as_str()) => SHOWN,
            _ => "",
        };
        rule(slot.part(), format!("order: {at}{shown}"));
    }
    for slot in hide {
        rule(slot.part(), "display: none".into());
    }
}

impl Slot {
    /// What of the card it is.
    const fn part(self) -> &'static str {
        match self {
            Self::Tile => ".tile",
            Self::Name => ":is(.name, .headline)",
            Self::Deed => ".deed",
            Self::Items => ".items",
            Self::Amount => ".chip",
            Self::Message => ".message",
        }
    }
}
