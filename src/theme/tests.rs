//! The lint on whole themes.

mod hostile;
mod sheets;
mod warnings;

use std::io::{Cursor, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Checked, Finding, check};

const MANIFEST: &str = r#"{"name":"mine","title":"Mine","version":"1"}"#;

/// A zip of these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(*path, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A theme with this sheet and a picture and a font.
fn with_sheet(sheet: &str) -> Vec<u8> {
    let files: [(&str, &[u8]); 4] = [
        ("theme.json", MANIFEST.as_bytes()),
        ("theme.css", sheet.as_bytes()),
        ("assets/dot.png", &picture(2, 2)),
        ("assets/face.woff2", b"wOF2...."),
    ];
    zipped(&files)
}

/// A theme with this manifest.
fn with_manifest(manifest: &str) -> Vec<u8> {
    zipped(&[("theme.json", manifest.as_bytes()), ("theme.css", b"")])
}

/// A theme with this asset.
fn with_asset(path: &str, bytes: &[u8]) -> Vec<u8> {
    zipped(&[("theme.json", MANIFEST.as_bytes()), ("theme.css", b""), (path, bytes)])
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    image::RgbaImage::new(width, height).write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// Sheets of a page, in the form of its own.
fn base(name: &str) -> Vec<String> {
    vec![
        ":root { --accent: var(--chosen, #e0a63a); --on-accent: #16130f; --accent-text: #e0a63a; \
         --plate: rgb(22 19 15 / 0.96); --text: #f4efe6; --muted: #d8d0c2; }"
            .into(),
        format!("[data-theme~=\"{name}\"] {{ --radius: 18; }}"),
    ]
}

fn checked(zip: &[u8]) -> Checked {
    check(zip, base)
}

/// The code and line of all that was found.
fn codes(findings: &[Finding]) -> Vec<(&'static str, Option<u32>)> {
    findings.iter().map(|finding| (finding.code, finding.line)).collect()
}

/// Asserts that a theme is refused, and what for.
#[track_caller]
fn refused(zip: &[u8], code: &str) {
    let Checked { manifest, findings } = checked(zip);
    assert!(manifest.is_none(), "{code}: {findings:?}");
    assert!(!findings.is_empty() && findings.iter().all(|one| one.refused), "{findings:?}");
    assert!(findings.iter().any(|one| one.code == code), "{code}: {findings:?}");
}

/// Asserts that a theme is taken, and what of it is warned of.
#[track_caller]
fn warned(zip: &[u8], codes_of: &[&str]) {
    let Checked { manifest, findings } = checked(zip);
    assert!(manifest.is_some(), "{findings:?}");
    let found: Vec<_> = findings.iter().map(|one| one.code).collect();
    assert_eq!(found, codes_of, "{findings:?}");
}
