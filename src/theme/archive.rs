//! A theme's zip, read within limits: whatever it claims, no more than [`UNPACKED_MAX`] bytes come out.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use zip::{CompressionMethod, ZipArchive, read::ZipFile};

use super::finding::{Check, Finding};

/// Most bytes of the zip: what one blob of the store holds.
pub const ZIP_MAX: usize = 4 << 20;

/// Most bytes of all files together.
pub const UNPACKED_MAX: u64 = 16 << 20;

/// Most files.
pub const FILES_MAX: usize = 64;

/// Longest path.
const PATH_MAX: usize = 100;

/// What must be there beside the assets.
pub(super) const MANIFEST: &str = "theme.json";
pub(super) const SHEET: &str = "theme.css";

/// Where the assets are.
const ASSETS: &str = "assets/";

/// The files of a theme, by path.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

type Zip<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Unpacks a theme.
///
/// # Errors
/// Everything that is wrong with the zip, its paths and its sizes.
pub(super) fn unpack(zip: &[u8]) -> Result<Files, Vec<Finding>> {
    let mut zip = open(zip).map_err(|finding| vec![finding])?;
    let (mut files, mut findings, mut left) = (Files::new(), Vec::new(), UNPACKED_MAX);
    for at in 0..zip.len() {
        match unpack_one(&mut zip, at, &mut left) {
            Ok(Some((path, bytes))) => _ = files.insert(path, bytes),
            Ok(None) => {}
            Err(finding) => findings.push(finding),
        }
        if left == 0 {
            let what = "it unpacks to more than 16 MiB";
            return Err(vec![Check::Size.found("", None, what)]);
        }
    }
    for needed in [MANIFEST, SHEET] {
        if findings.is_empty() && !files.contains_key(needed) {
            let what = format!("{needed} is missing; it lies at the top of the zip, in no folder");
            findings.push(Check::Path.found(needed, None, what));
        }
    }
    if findings.is_empty() { Ok(files) } else { Err(findings) }
}

/// One file of a theme that was checked before; `None` if there is none of that path.
pub(super) fn read(zip: &[u8], path: &str) -> Option<Vec<u8>> {
    let mut zip = open(zip).ok()?;
    let at = zip.index_for_name(path)?;
    let (_, bytes) = unpack_one(&mut zip, at, &mut { UNPACKED_MAX }).ok()??;
    Some(bytes)
}

fn open(zip: &[u8]) -> Result<Zip<'_>, Finding> {
    if zip.len() > ZIP_MAX {
        return Err(Check::Size.found("", None, "the zip is larger than 4 MiB"));
    }
    let opened = ZipArchive::new(Cursor::new(zip));
    let opened = opened.map_err(|_| Check::Zip.found("", None, "it is no zip that can be read"))?;
    if opened.len() > FILES_MAX {
        let what = format!("it holds {} files", opened.len());
        return Err(Check::Size.found("", None, what));
    }
    Ok(opened)
}

/// A file with its path; `None` for a folder. What it unpacks to is taken from `left`.
fn unpack_one(
    zip: &mut Zip<'_>,
    at: usize,
    left: &mut u64,
) -> Result<Option<(String, Vec<u8>)>, Finding> {
    let unreadable = |path: &str| Check::Zip.found(path, None, "it cannot be unpacked");
    let raw = zip.by_index_raw(at).map_err(|_| unreadable(""))?;
    let name = raw.name().map(std::borrow::Cow::into_owned);
    let path = name.map_err(|_| unreadable(""))?;
    check(&raw, &path)?;
    if raw.is_dir() {
        return Ok(None);
    }
    drop(raw);
    let file = zip.by_index(at).map_err(|_| unreadable(&path))?;
    let mut bytes = Vec::new();
    // By what comes out, not by what the zip says comes out.
    let unpacked = file.take(*left).read_to_end(&mut bytes);
    unpacked.map_err(|_| unreadable(&path))?;
    *left -= bytes.len() as u64;
    Ok(Some((path, bytes)))
}

fn check<R: std::io::Read + ?Sized>(file: &ZipFile<'_, R>, path: &str) -> Result<(), Finding> {
    let shown: String = path.chars().take(PATH_MAX).collect();
    let refuse = |check: Check, what: &str| Err(check.found(&shown, None, what));
    if file.encrypted() {
        return refuse(Check::Zip, "it is locked with a password");
    }
    if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return refuse(Check::Zip, "it is compressed with something else than deflate");
    }
    if file.is_symlink() {
        return refuse(Check::Path, "it is a link, no file");
    }
    let is_folder = file.is_dir() && path == ASSETS;
    if is_folder || is_path(path) {
        return Ok(());
    }
    refuse(Check::Path, "a theme has no place for a file of that path")
}

/// Whether a theme may have a file of this path.
pub(super) fn is_path(path: &str) -> bool {
    let Some(name) = path.strip_prefix(ASSETS) else { return [MANIFEST, SHEET].contains(&path) };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let parts = || name.split('/');
    path.len() <= PATH_MAX
        && parts().all(|part| !part.starts_with('.') && !part.is_empty())
        && name.bytes().all(|b| plain(b) || b == b'/')
}
