use proptest::prelude::*;

use super::*;
use crate::settings::ENTRIES_MAX;

mod texts;

fn words(entries: &[&str]) -> Vec<String> {
    entries.iter().map(ToString::to_string).collect()
}

fn replacing(entries: &[&str]) -> Filter {
    Filter::new(&Moderation { replace: words(entries), ..Moderation::default() })
}

/// What is shown of a message.
#[track_caller]
fn shown(filter: &Filter, message: &str) -> String {
    let moderated = filter.message(message);
    assert!(!moderated.held, "{message:?} is held");
    moderated.text.unwrap_or_default()
}

#[test]
fn a_hit_is_replaced_where_it_is_and_nothing_else_changes() {
    let filter = replacing(&["badword", "two words", "end*", "*mid*", "🖕"]);
    for (written, expected) in [
        ("a badword here", "a *** here"),
        ("BADWORD!", "***!"),
        ("(b.a.d.w.o.r.d)", "(***)"),
        ("Zoë says b4dw0rd, naïve 👩\u{200D}👧 ", "Zoë says ***, naïve 👩\u{200D}👧"),
        ("two words, two   words, two-words", "***, ***, ***"),
        ("ending, bend, the ends", "***, bend, the ***"),
        ("amidst mid tamid x", "*** *** *** x"),
        ("hey 🖕🏽you🖕", "hey ***you***"),
        ("badwordbadword badword badword", "badwordbadword *** ***"),
        ("ｂａｄｗｏｒｄ x", "*** x"),
    ] {
        assert_eq!(shown(&filter, written), expected, "{written:?}");
    }
}

#[test]
fn the_strongest_list_decides() {
    let filter = Filter::new(&Moderation {
        hide: words(&["worst"]),
        hold: words(&["doubtful"]),
        replace: words(&["bad"]),
        ..Moderation::default()
    });
    let verdict = |text: &str| {
        let Moderated { text, held, .. } = filter.message(text);
        (text.unwrap_or_default(), held)
    };
    assert_eq!(verdict("a bad day"), ("a *** day".into(), false));
    // A person sees and approves what was written.
    let doubtful = "a bad, doubtful day at x.com";
    assert_eq!(verdict(doubtful), (doubtful.into(), true));
    assert_eq!(verdict("a bad, doubtful, worst day"), (String::new(), false));
    assert_eq!(filter.name("worst").text, None);
}

#[test]
fn it_tells_what_was_found() {
    let filter = replacing(&["bad*"]);
    let hits = filter.message("B4DWORD at example.com").hits;
    let link = Hit { list: Found::Link, entry: None, text: "example.com".into() };
    let word = Hit { list: Found::Replace, entry: Some("bad*".into()), text: "B4DWORD".into() };
    assert_eq!(hits, [word, link]);
}

#[test]
fn what_is_allowed_is_no_hit() {
    let filter = Filter::new(&Moderation {
        replace: words(&["*ass*", "bad"]),
        allow: words(&["class*", "bad gateway", "tillbell.dev"]),
        ..Moderation::default()
    });
    for (written, expected) in [
        ("first class", "first class"),
        ("classes and CL4SSES", "classes and CL4SSES"),
        ("sassy", "***"),
        ("502 bad gateway", "502 bad gateway"),
        ("bad gate", "*** gate"),
        ("see tillbell.dev or x.dev", "see tillbell.dev or"),
    ] {
        assert_eq!(shown(&filter, written), expected, "{written:?}");
    }
}

#[test]
fn links_are_stripped_held_or_allowed() {
    let filter = |links| Filter::new(&Moderation { links, ..Moderation::default() });
    for (written, stripped) in texts::LINKS {
        assert_eq!(shown(&filter(Links::Strip), written), *stripped, "{written:?}");
        let cleaned = clean(written, 300);
        assert_eq!(shown(&filter(Links::Allow), written), cleaned);
        let held = filter(Links::Hold).message(written);
        assert_eq!((held.text.as_deref(), held.held), (Some(&*cleaned), true));
    }
    for text in texts::NO_LINKS {
        assert_eq!(shown(&filter(Links::Strip), text), *text);
    }
}

#[test]
fn what_comes_together_when_something_is_taken_out_is_found_too() {
    let filter = replacing(&["bad word", "*x*"]);
    assert_eq!(shown(&filter, "bad https://a.b/c word"), "***");
    assert_eq!(shown(&filter, "bad https://a.b/c wo.com word"), "***");
}

#[test]
fn evasions_are_found() {
    assert!(texts::EVASIONS.len() >= 60);
    let shows = |(entry, written): &&(&str, &str)| {
        let text = shown(&replacing(&[entry]), written);
        !text.contains(STARS) || text.chars().count() > 12
    };
    let missed: Vec<_> = texts::EVASIONS.iter().filter(shows).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn innocent_texts_come_out_as_they_went_in() {
    let filter = replacing(texts::LISTED);
    let hits: Vec<_> = texts::INNOCENT.iter().flat_map(|text| filter.message(text).hits).collect();
    assert_eq!(hits, []);
    for text in texts::INNOCENT {
        assert_eq!(shown(&filter, text), *text);
    }
}

#[test]
fn entries_that_say_nothing_find_nothing() {
    let filter = replacing(&["\u{200D}", "**", ""]);
    assert_eq!(shown(&filter, "anything * at all"), "anything * at all");
}

#[test]
fn names_and_messages_have_lengths_of_their_own() {
    let settings = Moderation { max_name: 3, max_message: 0, ..Moderation::default() };
    let filter = Filter::new(&settings);
    assert_eq!(
        filter.name("👨\u{200D}👩\u{200D}👧bcd").text.as_deref(),
        Some("👨\u{200D}👩\u{200D}👧bc")
    );
    assert_eq!(filter.message("hello").text, None);
    let settings = Moderation { max_message: 8, replace: words(&["badword", "bad"]), ..settings };
    let filter = Filter::new(&settings);
    assert_eq!(shown(&filter, "a badword"), "a ***", "half a word is not cut out of the search");
    assert_eq!(shown(&filter, "some badness"), "some ***", "nor one that the cut makes");
}

/// The cost is a product of lengths, never more: counted, so that no clock has to be trusted.
#[test]
fn a_search_takes_no_more_steps_than_text_times_entry() {
    let entry = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b*";
    let entries = [entry, "aaaaaaaaaaaaaaaaaaaaaaaaab", "a b a b a b", "a* *a* *b"];
    for text in ["a".repeat(10_000), "a ".repeat(5_000), "a.b!1".repeat(2_000)] {
        let folded = Folded::of(&text);
        for entry in entries {
            let before = folded.looked.get();
            let _found = Pattern::of(entry).unwrap().find(&folded);
            let steps = folded.looked.get() - before;
            let most = folded.letters.len() * (entry.chars().count() + 1);
            assert!(steps <= most, "{entry:?}: {steps} steps, {most} at most");
        }
    }
}

#[test]
fn full_lists_cost_an_innocent_text_next_to_nothing() {
    let folded = Folded::of(&"perfectly ordinary words ".repeat(400));
    for n in 0..ENTRIES_MAX {
        let _found = Pattern::of(&format!("zq{n}bad")).unwrap().find(&folded);
    }
    // One step for each word, each gap and each entry: whether it begins there.
    assert!(folded.looked.get() <= 2_400 * ENTRIES_MAX, "{}", folded.looked.get());
}

fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[abdABDäß@4!1.,' *\u{200D}\u{301}\u{430}🖕w:/]{0,60}",
        "((b|a|d|bad|BAD|b4d| |\\.|http://|www\\.|x\\.com|\\(dot\\)|\\*|🇧🇦|ＢＡＤ)){0,30}",
    ]
}

proptest! {
    #[test]
    fn moderating_twice_changes_nothing_and_leaves_nothing(raw in nasty()) {
        let filter = replacing(&["bad", "*dab*", "a b", "b*d", "🖕"]);
        let once = filter.message(&raw).text.unwrap_or_default();
        prop_assert!(filter.find(&once).is_empty(), "{once:?}");
        prop_assert_eq!(filter.message(&once).text.unwrap_or_default(), once);
    }

    #[test]
    fn a_text_without_a_hit_is_only_cleaned(raw in nasty()) {
        let filter = replacing(&["bad", "*dab*"]);
        let moderated = filter.message(&raw);
        if moderated.hits.is_empty() {
            prop_assert_eq!(moderated.text.unwrap_or_default(), clean(&raw, 300));
        }
    }

    #[test]
    fn any_entry_may_meet_any_text(entry in nasty(), text in nasty()) {
        let filter = replacing(&[&entry]);
        let moderated = filter.message(&text);
        prop_assert!(filter.find(&moderated.text.unwrap_or_default()).is_empty());
    }

    #[test]
    fn a_word_is_found_wherever_it_stands(before in "[ .,!é山]{0,5}", after in "[ .,!é山]{0,5}") {
        let text = format!("{before} badword {after}");
        prop_assert!(!replacing(&["badword"]).message(&text).hits.is_empty());
    }
}
