//! What nobody may upload.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::theme::{FILES_MAX, ZIP_MAX, asset, page_sheet};

#[test]
fn what_is_no_theme_is_refused() {
    refused(b"", "zip");
    refused(b"PK\x03\x04", "zip");
    refused(&vec![0; ZIP_MAX + 1], "size");
    refused(&zipped(&[]), "path");
    refused(&zipped(&[("theme.json", MANIFEST.as_bytes())]), "path");
    refused(&zipped(&[("mine/theme.json", b"{}"), ("mine/theme.css", b"")]), "path");
}

#[test]
fn paths_stay_within() {
    for path in [
        "../theme.css",
        "/etc/passwd",
        "assets/../../x.png",
        "assets\\x.png",
        "assets/.hidden.png",
        "assets/a b.png",
        "C:/x.png",
        "index.html",
        "assets/é.png",
        &format!("assets/{}.png", "a".repeat(100)),
    ] {
        refused(&with_asset(path, &picture(1, 1)), "path");
    }
    assert!(checked(&with_asset("assets/deep/er/x.png", &picture(1, 1))).manifest.is_some());
}

#[test]
fn links_and_locks_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("assets/x.png", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    refused(&zip.finish().unwrap().into_inner(), "path");
    // Bit 0 of the flags of a file: it is encrypted.
    let mut locked = with_sheet("");
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = locked.windows(4).position(|bytes| bytes == signature).unwrap();
        locked[at + flags] |= 1;
    }
    refused(&locked, "zip");
}

#[test]
fn bombs_do_not_go_off() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for n in 0..20 {
        zip.start_file(format!("assets/{n}.png"), deflated).unwrap();
        zip.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 100_000);
    refused(&bomb, "size");
    let names: Vec<String> = (0..=FILES_MAX).map(|n| format!("assets/{n}.png")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    refused(&zipped(&many), "size");
}

#[test]
fn files_are_what_they_are_called() {
    for (path, bytes) in [
        ("assets/x.png", &b"<html><script>alert(1)</script>"[..]),
        ("assets/x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("assets/x.js", b"alert(1)"),
        ("assets/x.png", b"\xff\xd8\xff\xe0"),
        ("assets/x.html", &picture(1, 1)),
        ("assets/x", &picture(1, 1)),
    ] {
        refused(&with_asset(path, bytes), "kind");
    }
}

#[test]
fn manifests_are_read_strictly() {
    for manifest in [
        "",
        "[]",
        r#"{"name":"mine"}"#,
        r#"{"name":"Mine","title":"x","version":"1"}"#,
        r#"{"name":"clean","title":"x","version":"1"}"#,
        r#"{"name":"mine","title":"","version":"1"}"#,
        r#"{"name":"mine","title":"x\n","version":"1"}"#,
        r#"{"name":"mine","title":"x","version":"1","script":"x"}"#,
        r#"{"name":"mine","title":"x","version":"1","base":"other"}"#,
        r#"{"name":"mine","title":"x","version":"1","tokens":{"accent":"red;}"}}"#,
        r#"{"name":"mine","title":"x","version":"1","tokens":{"radius":61}}"#,
        r#"{"name":"mine","title":"x","version":"1","tokens":{"font":"a\"; }"}}"#,
        r#"{"name":"mine","title":"x","version":"1","layout":{"hide":["tab"]}}"#,
        r#"{"name":"mine","title":"x","version":"1","sounds":{"bell":"assets/none.wav"}}"#,
    ] {
        refused(&with_manifest(manifest), "manifest");
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    for (sheet, code) in [
        ("@import 'x.css';", "address"),
        ("@IMPORT url(x.css);", "address"),
        ("@im\\port 'x.css';", "address"),
        (".plate { background: url(https://example.com/x.png) }", "address"),
        (".plate { background: url(//example.com/x.png) }", "address"),
        (".plate { background: u\\72l('https://example.com') }", "address"),
        (".plate { background: url('javascript:alert(1)') }", "address"),
        (".plate { background: url('data:image/png;base64,AAAA') }", "address"),
        (".plate { background: url(assets/none.png) }", "address"),
        (".plate { background: url(assets/face.woff2) }", "address"),
        (".plate { background: url(assets/dot.png?x) }", "address"),
        (".plate { --x: url(https://example.com) }", "address"),
        (".plate { background: image-set('https://example.com/x.png' 1x) }", "address"),
        (".plate { background: url(var(--x)) }", "syntax"),
        ("@font-face { font-family: x; src: url(https://example.com/x.woff2) }", "address"),
        ("@media (min-width: 1px) { .plate { background: url(//x) } }", "address"),
        ("@keyframes x { to { background: url(//x) } }", "address"),
        ("@namespace url(http://example.com);", "syntax"),
        ("@supports (color: red) { .plate { color: red } }", "syntax"),
    ] {
        refused(&with_sheet(sheet), code);
    }
}

#[test]
fn a_theme_reaches_its_card_only() {
    for selector in [
        "html",
        "body .card",
        ":root",
        "#stage",
        "[data-panic] .card",
        "*:hover",
        ".tab",
        ".card > .tab",
        ".plate:not(.tab)",
        ":is(.tab, .plate)",
        ".unknown",
        "> .plate",
        ".plate:has(img)",
        "&.x",
        "",
        ".plate, body",
        "input",
        ".card[data-theme]",
        "::-webkit-scrollbar",
    ] {
        let sheet = format!(".plate {{ color: #fff }} {selector} {{ color: #fff }}");
        let Checked { manifest, findings } = checked(&with_sheet(&sheet));
        assert!(manifest.is_none(), "{selector}");
        assert!(findings.iter().any(|one| ["reach", "syntax"].contains(&one.code)), "{findings:?}");
    }
}

#[test]
fn nothing_is_faked_and_nothing_escapes() {
    for (declared, code) in [
        ("content: 'mika bought a hoodie'", "content"),
        ("content: '5'", "content"),
        ("content: '\\31'", "content"),
        ("content: attr(class)", "content"),
        ("content: counter(x)", "content"),
        ("content: var(--x)", "content"),
        ("list-style: 'mika bought a hoodie' inside", "content"),
        ("list-style-type: var(--x)", "content"),
        ("-webkit-text-emphasis-style: 'x'", "content"),
        ("position: fixed", "escape"),
        ("position: FIXED", "escape"),
        ("position: var(--x)", "escape"),
        ("color: #fff !important", "escape"),
        ("color: #fff ! important", "escape"),
        ("all: unset", "escape"),
        ("--u: 0", "escape"),
        ("--sky: transparent", "escape"),
    ] {
        refused(&with_sheet(&format!(".plate::before {{ {declared} }}")), code);
    }
    warned(&with_sheet(".plate::before { content: '★ '; } .tile::after { content: ''; }"), &[]);
    warned(&with_sheet(".line { list-style: '– ' url(assets/dot.png); }"), &[]);
}

#[test]
fn what_cannot_be_read_is_refused() {
    for sheet in [
        ".plate { color: red",
        ".plate { color: 'x\n' }",
        ".plate { color }",
        ".plate { .name { color: red } }",
        ".plate",
        "}",
        ".plate { background: url( }",
        "@keyframes { to { opacity: 0 } }",
        "@keyframes x { later { opacity: 0 } }",
        "@media print;",
        "/* never ends",
    ] {
        let Checked { manifest, findings } = checked(&with_sheet(sheet));
        // What a browser reads as closed at the end is written closed.
        let closed = page_sheet(&with_sheet(sheet)).is_none_or(|css| balanced(&css));
        assert!(closed, "{sheet}");
        assert!(
            manifest.is_none() || sheet.ends_with("red") || sheet.ends_with("ends"),
            "{findings:?}"
        );
    }
    let deep = format!(".plate {{ width: {}1{} }}", "calc(".repeat(500), ")".repeat(500));
    refused(&with_sheet(&deep), "syntax");
}

fn balanced(css: &str) -> bool {
    css.matches('{').count() == css.matches('}').count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is uploaded, it is refused or taken, and what is served of it was checked.
    #[test]
    fn no_zip_breaks_the_lint(at in 0usize..2000, byte: u8, cut in 0usize..3000) {
        let mut zip = with_sheet(".plate { background: #111 url(assets/dot.png); }");
        let at = at % zip.len();
        zip[at] = byte;
        zip.truncate(zip.len() - cut.min(zip.len()) * usize::from(cut < 500));
        let Checked { manifest, findings } = checked(&zip);
        prop_assert_eq!(manifest.is_some(), page_sheet(&zip).is_some());
        prop_assert!(manifest.is_some() || !findings.is_empty());
        let _ = asset(&zip, "dot.png");
    }

    /// Whatever a sheet says, what is served of it names only cards that wear the theme.
    #[test]
    fn no_sheet_escapes(parts in proptest::collection::vec(
        prop::sample::select(vec![
            ".plate", ".card", "*", " ", "{", "}", ":", ";", "color", "url(", ")", "'", "\"", "\\", "/*", "*/",
            "@media", "@keyframes", "x", ",", "#fff", "!important", "body", "(", "[", "]", "<!--", "-->", "\n",
        ]), 0..40,
    )) {
        if let Some(css) = page_sheet(&with_sheet(&parts.concat())) {
            prop_assert!(balanced(&css), "{}", css);
            prop_assert!(!css.contains("body"));
            for line in css.lines().filter(|line| line.ends_with('{') && line.contains('.')) {
                prop_assert!(line.contains("[data-theme~=\"mine\"]"), "{}", css);
            }
        }
    }
}
