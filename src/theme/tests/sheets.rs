//! What pages get of a theme.

use super::*;
use crate::theme::{asset, page_sheet, reach::PARTS};

/// What is served of a sheet, without what every theme ends with.
fn served(zip: &[u8]) -> String {
    let css = page_sheet(zip).unwrap();
    let guard = css.find(".card[data-theme~=\"mine\"] { overflow").unwrap();
    css[..guard].split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn rules_are_kept_to_the_cards_that_wear_the_theme() {
    for (sheet, expected) in [
        (".plate { color: #fff }", ":where(.card)[data-theme~=\"mine\"] .plate { color: #fff; }"),
        (".card { color: #fff }", ".card[data-theme~=\"mine\"] { color: #fff; }"),
        (".card.tip .name{color:#fff}", ".card[data-theme~=\"mine\"].tip .name { color: #fff; }"),
        ("article.card::before{top:0}", "article.card[data-theme~=\"mine\"]::before { top: 0; }"),
        (".leaving > .plate { top: 0 }", ".leaving[data-theme~=\"mine\"] > .plate { top: 0; }"),
        (
            ".plate, .tile img { top: 0 }",
            ":where(.card)[data-theme~=\"mine\"] .plate, :where(.card)[data-theme~=\"mine\"] .tile img:not(:where(.tab)) { top: 0; }",
        ),
        (
            ".card > *::before { top: 0 }",
            ".card[data-theme~=\"mine\"] > *:not(:where(.tab))::before { top: 0; }",
        ),
    ] {
        assert_eq!(served(&with_sheet(sheet)), expected);
    }
}

#[test]
fn what_is_served_was_written_anew() {
    let sheet = "@charset \"utf-8\";";
    refused(&with_sheet(sheet), "syntax");
    let sheet = "/* 1 */ .pl\\61te{background:url( assets/dot.png )/* 2 */;top:0}";
    let expected =
        ":where(.card)[data-theme~=\"mine\"] .plate { background: url(assets/dot.png); top: 0; }";
    assert_eq!(served(&with_sheet(sheet)), expected);
}

#[test]
fn keyframes_are_the_themes_own() {
    let sheet = "@keyframes in { from { opacity: 0 } 50.5%, to { opacity: 1 } }
        .plate { animation: in 1s, card-in 2s; animation-name: in }
        @media (max-aspect-ratio: 1/1) { .plate { animation-name: in } }";
    let css = served(&with_sheet(sheet));
    for expected in [
        "@keyframes mine-in { from { opacity: 0; } 50.5%, to { opacity: 1; } }",
        "{ animation: mine-in 1s, card-in 2s; animation-name: mine-in; }",
        "@media (max-aspect-ratio: 1/1) { :where(.card)[data-theme~=\"mine\"] .plate { animation-name: mine-in; } }",
    ] {
        assert!(css.contains(expected), "{css}");
    }
}

#[test]
fn tokens_and_layout_become_rules() {
    let manifest = r##"{"name":"mine","title":"Mine","version":"1","base":"light",
        "tokens":{"accent":"#204060","plate":"#fffffff2","text":"#111","muted":"#333","radius":4,"font":"Press Start"},
        "layout":{"order":["amount","message","name","items"],"hide":["tile"]}}"##;
    let css = served(&with_manifest(manifest));
    for expected in [
        "--accent: var(--chosen, #204060); --on-accent: var(--chosen-ink, #ffffff); \
         --accent-text: var(--chosen-deep, #204060);",
        "--plate: #fffffff2; --text: #111111; --muted: #333333; --radius: 4; \
         --face: \"Press Start\", system-ui, sans-serif;",
        "[data-theme~=\"mine\"] .words { display: flex; flex-direction: column; order: 1 }",
        "[data-theme~=\"mine\"] .chip { order: 0 }",
        "[data-theme~=\"mine\"] .items { order: 3; display: block; \
         font-size: calc(var(--say) * var(--u)); line-height: 1.4 }",
        "[data-theme~=\"mine\"] .tile { display: none }",
    ] {
        assert!(css.contains(expected), "{css}");
    }
}

#[test]
fn assets_are_served_by_what_they_are() {
    let zip = with_sheet("");
    assert_eq!(asset(&zip, "dot.png"), Some(("image/png", picture(2, 2))));
    assert_eq!(asset(&zip, "face.woff2").unwrap().0, "font/woff2");
    for name in ["", "../theme.json", "none.png", "/assets/dot.png"] {
        assert_eq!(asset(&zip, name), None, "{name}");
    }
}

/// The parts that a theme may name are those that the page makes.
#[test]
fn parts_are_those_of_the_card() {
    let card = include_str!("../../../overlay/card.js");
    let classes =
        |text: &str| -> Option<String> { text.split(['"', '`']).next().map(str::to_owned) };
    let elements = card.split("element(\"").skip(1);
    let elements =
        elements.filter_map(|rest| classes(rest.split_once(", ")?.1.strip_prefix(['"', '`'])?));
    let isolated = card.split("isolated(\"").skip(1).filter_map(classes);
    let added = card.split("classList.add(\"").skip(1).filter_map(classes);
    let all: Vec<String> = elements.chain(isolated).chain(added).collect();
    let made = || all.iter().flat_map(|classes| classes.split(' '));
    let own = ["card", "tab", "long", "${alert.kind}"];
    for class in made().filter(|class| !own.contains(class)) {
        assert!(PARTS.contains(&class), "overlay/card.js makes .{class}");
    }
    for part in PARTS {
        assert!(made().any(|class| class == part), "nothing makes .{part}");
    }
}
