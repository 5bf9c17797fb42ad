//! Whether a card can be read: contrast, opacity, size; and what OBS would draw slowly.

use super::{
    archive::{MANIFEST, SHEET},
    colour::Colour,
    css::{self, Declaration, Item, Kind, Node, Rule},
    finding::{Check, Finding},
    manifest::Manifest,
    palette::Palette,
    reach, sheet,
};

/// WCAG 2.2 AA (1.4.3), for text of any size.
const CONTRAST_MIN: f64 = 4.5;

/// How opaque a plate is at least, in percent.
const OPAQUE_MIN: u32 = 90;

/// The smallest text, in pixels of a canvas of 1920×1080.
const TEXT_MIN: f32 = 28.0;

/// Custom properties of the page that are sizes of text.
const SIZES: [&str; 4] = ["--name", "--deed", "--say", "--price"];

/// Parts that have a ground of their own, which the base decides.
const GROUNDED: [&str; 4] = ["chip", "tile", "monogram", "shop"];

/// What to warn of in a sheet, seen over the sheets of its base.
pub(super) fn check(manifest: &Manifest, items: &[Item], base: &[String]) -> Vec<Finding> {
    let mut palette = Palette::default();
    base.iter().for_each(|sheet| palette.take(sheet));
    palette.take(&sheet::tokens(manifest));
    palette.take_items(items);
    let rules = || {
        items.iter().flat_map(|item| match item {
            Item::Rule(rule) => std::slice::from_ref(rule),
            Item::Media(_, rules) => rules,
            _ => &[],
        })
    };
    let own_plate =
        rules().filter(|rule| is_of(rule, "plate")).find_map(|rule| ground(rule, &palette));
    let plate = own_plate.or_else(|| palette.colour("--plate"));
    let mut findings = tokens(&palette, plate);
    for rule in rules() {
        colours(rule, &palette, plate, &mut findings);
        for declared in &rule.declarations {
            findings.extend(small(declared));
            findings.extend(costly(declared));
        }
    }
    findings
}

/// What the tokens come to, whoever set them.
fn tokens(palette: &Palette, plate: Option<Colour>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let texts = [("text", "--text"), ("muted", "--muted"), ("accent as text", "--accent-text")];
    let of = |property| palette.colour(property);
    for (name, property) in texts {
        if let (Some(text), Some(plate)) = (of(property), plate) {
            findings.extend(
                contrast(name, text, "the plate", plate).map(|what| (Check::Contrast, what)),
            );
        }
    }
    if let (Some(text), Some(ground)) = (of("--on-accent"), of("--accent")) {
        let what = contrast("text", text, "the accent", ground);
        findings.extend(what.map(|what| (Check::Contrast, what)));
    }
    if let Some(plate) = of("--plate").filter(|plate| plate.percent() < OPAQUE_MIN) {
        findings.push((Check::Opacity, format!("the plate is {} % opaque", plate.percent())));
    }
    findings.into_iter().map(|(check, what)| check.found(MANIFEST, None, what)).collect()
}

fn contrast(name: &str, text: Colour, on: &str, ground: Colour) -> Option<String> {
    let ratio = text.contrast(ground);
    // Cut, not rounded: 4.49 is not 4.5.
    let shown = (ratio * 10.0).floor() / 10.0;
    (ratio < CONTRAST_MIN).then(|| format!("{name} {text} on {on} {ground} is {shown} to 1"))
}

/// Whether a rule is of this part.
fn is_of(rule: &Rule, part: &str) -> bool {
    rule.selectors.iter().any(|selector| {
        let last = reach::classes(selector);
        let end = last.last().map_or(0, |(compound, _)| *compound);
        last.iter().any(|(compound, class)| *compound == end && *class == part)
    })
}

/// The colour a rule puts behind its text: of several, as in a gradient, the one seen through most.
fn ground(rule: &Rule, palette: &Palette) -> Option<Colour> {
    let grounds = rule.declarations.iter().filter(|one| is_ground(one));
    grounds.flat_map(|one| palette.colours(&one.value)).min_by_key(|colour| colour.alpha)
}

fn is_ground(Declaration { name, .. }: &Declaration) -> bool {
    ["background", "background-color", "background-image"].contains(&name.as_str())
}

fn colours(rule: &Rule, palette: &Palette, plate: Option<Colour>, findings: &mut Vec<Finding>) {
    let own = ground(rule, palette);
    let whole = is_of(rule, "plate") || is_of(rule, "card");
    let grounded = GROUNDED.iter().any(|part| is_of(rule, part));
    let behind = own.or(if grounded { None } else { plate });
    for Declaration { name, value, line } in &rule.declarations {
        let mut found = |check: Check, what| findings.push(check.found(SHEET, Some(*line), what));
        match (name.as_str(), behind) {
            ("color", Some(behind)) => {
                let on = if own.is_some() { "its ground" } else { "the plate" };
                let text = palette.colours(value).first().copied();
                if let Some(what) = text.and_then(|text| contrast("text", text, on, behind)) {
                    found(Check::Contrast, what);
                }
            }
            ("background" | "background-color", _) if is_of(rule, "plate") => {
                let none =
                    matches!(value.as_slice(), [node] if node.word().as_deref() == Some("none"));
                let through = own.map_or(100, Colour::percent);
                if none || through < OPAQUE_MIN {
                    let through = if none { 0 } else { through };
                    found(Check::Opacity, format!("the plate is {through} % opaque"));
                }
            }
            ("opacity", _) if whole => {
                if let Some(percent) = fraction(value).filter(|percent| *percent < 90.0) {
                    found(Check::Opacity, format!("the plate is {percent:.0} % opaque"));
                }
            }
            _ => {}
        }
    }
}

/// A number or percentage, as a percentage.
fn fraction(value: &[Node]) -> Option<f32> {
    match value {
        [Node { kind: Kind::Number(value, unit), .. }] if unit == "%" => Some(*value),
        [Node { kind: Kind::Number(value, _), .. }] => Some(value * 100.0),
        _ => None,
    }
}

/// Text below [`TEXT_MIN`], where its size can be told.
fn small(Declaration { name, value, line }: &Declaration) -> Option<Finding> {
    let sized = SIZES.contains(&name.as_str());
    if !sized && name != "font-size" && name != "font" {
        return None;
    }
    let pixels = value.iter().find_map(|node| match &node.kind {
        Kind::Number(value, unit) => match unit.as_str() {
            "px" => Some(*value),
            "vh" => Some(value * 10.8),
            "vw" => Some(value * 19.2),
            "" if sized => Some(*value),
            _ => None,
        },
        // calc(24 * var(--u)), the unit of a canvas of 1920×1080.
        Kind::Function(calc) if calc == "calc" => product(&node.inside),
        _ => None,
    })?;
    let what = format!("{name} is {pixels} pixels");
    (pixels < TEXT_MIN).then(|| Check::Small.found(SHEET, Some(*line), what))
}

/// The one number of a product with `--u`.
fn product(inside: &[Node]) -> Option<f32> {
    let all = css::all(inside);
    let of_unit = all.iter().any(|node| node.kind == Kind::Ident("--u".into()));
    let mut numbers = all.iter().filter_map(|node| match node.kind {
        Kind::Number(value, _) => Some(value),
        _ => None,
    });
    let (first, more) = (numbers.next(), numbers.next());
    first.filter(|_| of_unit && more.is_none())
}

/// What is blurred or blended.
fn costly(Declaration { name, value, line }: &Declaration) -> Option<Finding> {
    let word = if let [node] = value.as_slice() { node.word() } else { None };
    let rests = word.is_some_and(|word| ["none", "normal", "auto"].contains(&word.as_str()));
    let costs = match name.trim_start_matches("-webkit-") {
        "filter" | "backdrop-filter" | "mix-blend-mode" | "background-blend-mode" => !rests,
        "box-shadow" | "text-shadow" => value.split(|node| node.is(',')).any(is_soft),
        _ => false,
    };
    costs.then(|| Check::Costly.found(SHEET, Some(*line), format!("{name}: {}", css::text(value))))
}

/// Whether a shadow's third length, its blur, is there.
fn is_soft(shadow: &[Node]) -> bool {
    let lengths = shadow.iter().filter(|node| match &node.kind {
        Kind::Number(..) => true,
        Kind::Function(name) => ["calc", "max", "min", "var"].contains(&name.as_str()),
        _ => false,
    });
    let blur = lengths.clone().nth(2);
    blur.is_some_and(|node| !matches!(node.kind, Kind::Number(value, _) if value == 0.0))
}
