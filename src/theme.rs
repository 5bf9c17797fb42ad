//! Themes of a streamer's own: a zip of theme.json, theme.css and assets. What is refused, what is warned
//! of, and what pages get of it. No markup and no script: OBS runs pages unsandboxed.

mod archive;
mod colour;
mod css;
mod finding;
mod flash;
mod kind;
mod lint;
mod manifest;
mod motion;
mod palette;
mod picture;
mod reach;
mod sheet;
mod sight;
mod sound;

use std::fmt;

use archive::{Files, MANIFEST, SHEET};
use kind::FileKind;

pub use archive::{FILES_MAX, UNPACKED_MAX, ZIP_MAX};
pub use finding::{Check, Finding};
pub use manifest::{Layout, Manifest, Slot, Sounds, Tokens};

/// What came of checking a zip.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The theme, unless it is refused.
    pub manifest: Option<Manifest>,
    /// What was found: why it is refused, else what people are warned of.
    pub findings: Vec<Finding>,
}

/// Checks a zip. `base` gives the sheets of the page by name, tokens first, for the colours that the theme
/// does not set. May take some seconds for large moving pictures.
#[must_use]
pub fn check(zip: &[u8], base: impl Fn(&str) -> Vec<String>) -> Checked {
    match read(zip) {
        Ok((manifest, items, files)) => {
            let mut findings = sight::check(&manifest, &items, &base(manifest.base.as_str()));
            findings.extend(motion::check(&items));
            for (path, bytes) in &files {
                match FileKind::of(bytes) {
                    Some(kind) if kind.is_picture() => findings.extend(picture::check(path, bytes)),
                    Some(kind) if kind.is_sound() => findings.extend(sound::check(path, bytes)),
                    _ => {}
                }
            }
            sort(&mut findings);
            Checked { manifest: Some(manifest), findings }
        }
        Err(findings) => Checked { manifest: None, findings },
    }
}

/// As people read: file by file, line by line.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
}

type Parts = (Manifest, Vec<css::Item>, Files);

/// A theme's parts, if it is not refused.
fn read(zip: &[u8]) -> Result<Parts, Vec<Finding>> {
    let files = archive::unpack(zip)?;
    let mut findings: Vec<Finding> = files.iter().filter_map(|(p, b)| wrong_kind(p, b)).collect();
    let manifest = Manifest::read(&files[MANIFEST]);
    let (items, wrong) = css::parse(&files[SHEET]);
    findings.extend(wrong);
    findings.extend(lint::check(&items, &files));
    match &manifest {
        Ok(manifest) => findings.extend(no_sounds(manifest, &files)),
        Err(wrong) => findings.push(wrong.clone()),
    }
    match manifest {
        Ok(manifest) if findings.is_empty() => Ok((manifest, items, files)),
        _ => {
            sort(&mut findings);
            Err(findings)
        }
    }
}

fn wrong_kind(path: &str, bytes: &[u8]) -> Option<Finding> {
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let asset = ![MANIFEST, SHEET].contains(&path);
    let what = match FileKind::of(bytes) {
        Some(kind) if kind.endings().contains(&ending.as_str()) => return None,
        Some(kind) => format!("it is {}, and its name says .{ending}", kind.content_type()),
        None => "it is no kind of file that a theme has".into(),
    };
    asset.then(|| Check::Kind.found(path, None, what))
}

fn no_sounds(manifest: &Manifest, files: &Files) -> Vec<Finding> {
    let kind = |path| files.get(path).and_then(|bytes: &Vec<u8>| FileKind::of(bytes));
    let missing = manifest.sounds.iter().filter(|(_, p)| !kind(*p).is_some_and(FileKind::is_sound));
    let what = |name| format!("the sound {name} names no wav, mp3 or ogg in assets/");
    missing.map(|(name, _)| Check::Manifest.found(MANIFEST, None, what(name))).collect()
}

/// The sheet that pages get of a theme, if the zip holds one.
#[must_use]
pub fn page_sheet(zip: &[u8]) -> Option<String> {
    let (manifest, items, _) = read(zip).ok()?;
    Some(sheet::write(&manifest, &items))
}

/// A file of a theme's assets with its type, if the zip holds it.
#[must_use]
pub fn asset(zip: &[u8], name: &str) -> Option<(&'static str, Vec<u8>)> {
    let bytes = archive::read(zip, &format!("assets/{name}"))?;
    Some((FileKind::of(&bytes)?.content_type(), bytes))
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what, why, fix, .. } = self;
        let place = match (file.as_str(), line) {
            ("", _) => "the zip".into(),
            (file, Some(line)) => format!("{file}, line {line}"),
            (file, None) => file.to_owned(),
        };
        write!(f, "{place}: {what}; {why}; {fix}")
    }
}

#[cfg(test)]
mod tests;
