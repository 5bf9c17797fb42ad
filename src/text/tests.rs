use proptest::prelude::*;

use super::*;

fn name(raw: &str) -> String {
    clean(raw, NAME_GRAPHEMES)
}

#[test]
fn ordinary_text_of_any_script_is_unchanged() {
    for text in [
        "mika",
        "Zoë O'Neill-García",
        "Nguyễn Thị Ánh",
        "Nguye\u{302}\u{303}n",
        "山田\u{3000}太郎",
        "葛\u{E0100}城",
        "김철수",
        "Ελένη",
        "Владимир",
        "محمّد",
        "می\u{200C}خواهم",
        "עִבְרִית",
        "क्\u{200D}ष हिन्दी ड़ों",
        "ශ්\u{200D}රී ලංකා",
        "น้ำใจ",
        "མཁས་གྲུབ བསྒྲུབས",
        "ကြွေ့",
        "👩🏿\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👨🏿",
        "👨\u{200D}👩\u{200D}👧\u{200D}👦",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        "🇩🇪 1\u{FE0F}\u{20E3} ❤\u{FE0F}",
        "<b>&amp;</b> \"'`",
        "a\\b/c {x} ${y}",
    ] {
        assert_eq!(name(text), text);
    }
}

#[test]
fn one_line_with_single_spaces() {
    assert_eq!(name("  a\r\n\tb \u{A0}\u{2028} c\u{0}d\u{7f}\u{85}  "), "a b c d");
    assert_eq!(name(" \n\t\u{2800}\u{3164} "), "");
}

#[test]
fn nothing_invisible_nor_turned_round() {
    assert_eq!(name("\u{202E}abc\u{202C}\u{2066}d\u{2069}\u{200F}"), "abcd");
    assert_eq!(name("\u{FEFF}a\u{200B}d\u{2060}m\u{AD}i\u{200D}n\u{200C}s"), "admins");
    assert_eq!(name("x\u{E0041}\u{E0042}"), "x", "tags hide text anywhere but behind a flag");
    assert_eq!(name("👩\u{200D}"), "👩");
    assert_eq!(name("\u{301}a"), "a", "a mark without a base");
}

#[test]
fn zalgo_keeps_two_marks() {
    let zalgo = format!("a{}b", "\u{300}\u{316}\u{489}".repeat(30));
    assert_eq!(name(&zalgo), "a\u{300}\u{316}b");
    assert_eq!(name(&format!("ก{}", "\u{E47}".repeat(50))).chars().count(), 1 + SCRIPT_MARKS);
}

#[test]
fn cut_between_graphemes_and_bounded_in_bytes() {
    assert_eq!(clean("ab👨\u{200D}👩\u{200D}👧cd", 3), "ab👨\u{200D}👩\u{200D}👧");
    assert_eq!(name(&"x".repeat(100_000)), "x".repeat(50));
    let family = name(&"👩\u{200D}".repeat(10_000));
    assert!(family.chars().count() <= GRAPHEME_CHARS, "one grapheme may not be 10,000 people");
    assert_eq!(clean("anything", 0), "");
}

proptest! {
    #[test]
    fn cleaning_twice_changes_nothing(raw in any::<String>(), max in 0_usize..60) {
        let once = clean(&raw, max);
        prop_assert_eq!(clean(&once, max), once.clone());
        prop_assert!(once.graphemes(true).count() <= max);
    }

    #[test]
    fn cleaning_nasty_text_twice_changes_nothing(
        raw in "[a é\u{300}\u{316}\u{20E3}\u{E47}\u{200B}\u{200C}\u{200D}\u{FE0F}👩🏴🏿🇩❤\u{E0062}\u{E007F}\u{3000}\u{2800}\u{6CC}\u{915}\u{94D}\u{202E}\u{600}\u{1100}\u{1161}\n]{0,80}",
        max in 0_usize..12,
    ) {
        let once = clean(&raw, max);
        prop_assert_eq!(clean(&once, max), once.clone());
        prop_assert!(once.graphemes(true).count() <= max);
        prop_assert!(!once.starts_with(is_space) && !once.ends_with(is_space));
    }
}
