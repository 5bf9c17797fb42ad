//! What people are warned of.

use std::time::Duration;

use image::{Delay, Frame, Rgba, RgbaImage, codecs::gif::GifEncoder};

use super::*;

#[test]
fn a_plain_theme_has_nothing_to_warn_of() {
    warned(&with_sheet(".plate { background: #111; color: #fff; } .chip { color: #333; }"), &[]);
}

#[test]
fn contrast_is_measured_against_the_plate() {
    warned(&with_sheet(".name { color: #555; }"), &["contrast"]);
    warned(&with_sheet(".name { color: #555; background: #fff; }"), &[]);
    warned(
        &with_sheet(".chip { color: #eee; background-color: rgb(255, 255, 255); }"),
        &["contrast"],
    );
    warned(&with_sheet(".card { --mine: #333; } .name { color: var(--mine); }"), &["contrast"]);
    warned(&with_sheet(".name { color: var(--none, #444); }"), &["contrast"]);
    // The plate itself turned light: all of the base's text is hard to read on it.
    warned(&with_sheet(".plate { background: #eee; }"), &["contrast", "contrast", "contrast"]);
    let manifest = |tokens| {
        with_manifest(&format!(r#"{{"name":"mine","title":"x","version":"1","tokens":{tokens}}}"#))
    };
    warned(&manifest(r##"{"muted":"#444444"}"##), &["contrast"]);
    warned(
        &manifest(r##"{"plate":"#ffffff","text":"#000","muted":"#000","accent":"#204060"}"##),
        &[],
    );
}

#[test]
fn plates_are_opaque_and_text_is_large() {
    warned(&with_sheet(".plate { background: rgb(0 0 0 / 0.5); }"), &["opacity"]);
    warned(&with_sheet(".plate { background: #000000aa; }"), &["opacity"]);
    warned(&with_sheet(".plate { background: none; }"), &["opacity"]);
    warned(&with_sheet(".card .plate { opacity: 80%; }"), &["opacity"]);
    warned(&with_sheet(".plate { background: linear-gradient(#000, #0008); }"), &["opacity"]);
    warned(&with_sheet(".message { font-size: 20px; }"), &["small"]);
    warned(
        &with_sheet(".message { font: 600 calc(24 * var(--u)) / 1.2 var(--face); }"),
        &["small"],
    );
    warned(&with_sheet(".card { --say: 20; --name: 60; }"), &["small"]);
    warned(&with_sheet(".message { font-size: calc(28 * var(--u)); }"), &[]);
}

#[test]
fn what_obs_draws_slowly_is_named() {
    for sheet in [
        ".plate { backdrop-filter: blur(4px); }",
        ".plate { mix-blend-mode: screen; }",
        ".tile img { filter: grayscale(1); }",
        ".plate { box-shadow: 0 0 20px #000; }",
        ".plate { box-shadow: 0 0 0 2px #000, 0 2px calc(4 * var(--u)) #000; }",
        ".plate { transition: background-color 1s; }",
        "@keyframes x { to { left: 0; } }",
    ] {
        warned(&with_sheet(sheet), &["costly"]);
    }
    warned(&with_sheet(".plate { box-shadow: 0 0 0 2px #000; transition: opacity 1s; }"), &[]);
    warned(&with_sheet(".plate { animation: card-in 1s infinite; }"), &["endless"]);
}

#[test]
fn keyframes_that_flash_are_named() {
    let frames = "@keyframes x { 0%, 50%, to { opacity: 1; } 25%, 75% { opacity: 0.2; } }";
    let with = |rule: &str| with_sheet(&format!("{frames} .plate {{ {rule} }}"));
    // Two flashes a run.
    warned(&with("animation: x 500ms 4"), &["flash"]);
    warned(&with("animation: x 0.5s both"), &[]);
    warned(
        &with("animation-name: x; animation-duration: 500ms; animation-iteration-count: 3"),
        &["flash"],
    );
    warned(&with("animation: x 1s 4"), &[]);
    warned(
        &with_sheet("@keyframes y { from { opacity: 0; } } .plate { animation: y 100ms; }"),
        &[],
    );
}

/// A GIF of black and white frames in turn, each so long.
fn gif(frames: usize, every_ms: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for n in 0..frames {
        let light = if n % 2 == 0 { 0 } else { 255 };
        let image = RgbaImage::from_pixel(16, 16, Rgba([light, light, light, 255]));
        let delay = Delay::from_saturating_duration(Duration::from_millis(every_ms));
        encoder.encode_frame(Frame::from_parts(image, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    bytes
}

#[test]
fn pictures_that_flash_are_named() {
    warned(&with_asset("assets/x.gif", &gif(20, 50)), &["flash"]);
    warned(&with_asset("assets/x.gif", &gif(6, 500)), &[]);
    // One change there, one back: a loop of it flashes all the same.
    warned(&with_asset("assets/x.gif", &gif(2, 1000)), &[]);
}

#[test]
fn large_and_broken_files_are_named() {
    warned(&with_asset("assets/x.png", &picture(1921, 4)), &["picture"]);
    warned(&with_asset("assets/x.png", b"\x89PNG\r\n\x1a\n"), &["picture"]);
    warned(&with_asset("assets/x.wav", b"RIFF....WAVE"), &["sound"]);
}

#[test]
fn findings_name_file_and_line_and_read_as_a_sentence() {
    let found =
        checked(&with_sheet(".plate {\n  color: #fff;\n}\n\n.name { color: #555; }\n")).findings;
    assert_eq!(codes(&found), [("contrast", Some(5))]);
    let said = found[0].to_string();
    assert!(
        said.starts_with("theme.css, line 5: text #555555 on the plate #16130ff5 is 2.4 to 1; "),
        "{said}"
    );
    let found = checked(&with_sheet(".plate {}\n@import 'x';\nbody { color: red; }")).findings;
    assert_eq!(codes(&found), [("address", Some(2)), ("reach", Some(3))]);
}
