//! What the custom properties of a card come to: the page's, the base's, the theme's, in this order.

use std::collections::BTreeMap;

use super::{
    colour::Colour,
    css::{self, Declaration, Item, Kind, Node},
    reach::CARD,
};

/// How often a variable may lead to another.
const DEPTH_MAX: u8 = 8;

/// Values of custom properties.
#[derive(Debug, Default)]
pub(super) struct Palette(BTreeMap<String, Vec<Node>>);

impl Palette {
    /// Takes what sheets declare for the whole card.
    pub(super) fn take(&mut self, sheet: &str) {
        // Sheets of the page may have what a theme may not; what cannot be read tells no colours.
        let (items, _) = css::parse(sheet.as_bytes());
        self.take_items(&items);
    }

    /// The same of a sheet that was read.
    pub(super) fn take_items(&mut self, items: &[Item]) {
        for item in items {
            let Item::Rule(rule) = item else { continue };
            if rule.selectors.iter().any(|selector| is_whole(selector)) {
                rule.declarations.iter().for_each(|declared| self.declare(declared));
            }
        }
    }

    fn declare(&mut self, Declaration { name, value, .. }: &Declaration) {
        if name.starts_with("--") {
            self.0.insert(name.clone(), value.clone());
        }
    }

    /// The colour of a custom property, if it is one.
    pub(super) fn colour(&self, name: &str) -> Option<Colour> {
        self.colours(self.0.get(name)?).first().copied()
    }

    /// The colours in a value, those of gradients too.
    pub(super) fn colours(&self, value: &[Node]) -> Vec<Colour> {
        self.within(value, DEPTH_MAX)
    }

    fn within(&self, value: &[Node], depth: u8) -> Vec<Colour> {
        if depth == 0 {
            return Vec::new();
        }
        let each = value.iter().flat_map(|node| match &node.kind {
            Kind::Hash(digits) => Colour::of_hex(digits).into_iter().collect(),
            Kind::Ident(word) => Colour::named(word).into_iter().collect(),
            Kind::Function(name) if name == "rgb" || name == "rgba" => {
                rgb(&node.inside).into_iter().collect()
            }
            Kind::Function(name) if name == "var" => self.variable(&node.inside, depth - 1),
            Kind::Function(_) => self.within(&node.inside, depth - 1),
            _ => Vec::new(),
        });
        each.collect()
    }

    /// What `var(…)` comes to: the property, else what stands after the comma.
    fn variable(&self, inside: &[Node], depth: u8) -> Vec<Colour> {
        let name = inside.iter().find_map(|node| match &node.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        });
        let value = name.and_then(|name| self.0.get(name));
        let otherwise = || inside.split(|node| node.is(',')).nth(1).unwrap_or_default();
        self.within(value.map_or_else(otherwise, Vec::as_slice), depth)
    }
}

/// Whether a selector is of the page or of the whole card, whatever it wears.
fn is_whole(selector: &[Node]) -> bool {
    let text = css::text(selector);
    let class = text.strip_prefix('.').is_some_and(|class| CARD.contains(&class));
    class
        || text == ":root"
        || text.starts_with("[data-theme~=") && text.ends_with("\"]")
        || text.starts_with(".card[data-theme~=") && text.ends_with("\"]")
}

/// `rgb(22 19 15 / 0.96)`, `rgba(22, 19, 15, 96%)`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 255")]
fn rgb(inside: &[Node]) -> Option<Colour> {
    let numbers = inside.iter().filter_map(|node| match &node.kind {
        Kind::Number(value, unit) => Some((*value, unit == "%")),
        _ => None,
    });
    let numbers: Vec<(f32, bool)> = numbers.collect();
    let (rgb, alpha) = numbers.split_at_checked(3)?;
    let byte = |(value, percent): (f32, bool), whole: f32| {
        (value * if percent { 2.55 } else { 255.0 / whole }).clamp(0.0, 255.0).round() as u8
    };
    let alpha = alpha.first().map_or(u8::MAX, |given| byte(*given, 1.0));
    Some(Colour { rgb: [byte(rgb[0], 255.0), byte(rgb[1], 255.0), byte(rgb[2], 255.0)], alpha })
}
