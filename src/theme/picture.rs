//! Pictures of a theme: their size, and whether what moves in them flashes.

use std::io::Cursor;

use image::{
    AnimationDecoder as _, Frames, ImageDecoder as _, ImageReader, Limits,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use super::{
    finding::{Check, Finding},
    flash::{FLASHES_MAX, Watch},
    kind::FileKind,
};

/// Largest file that is not warned of, in bytes.
const BYTES_MAX: usize = 2 << 20;

/// Largest picture that is not warned of: the canvas.
const WIDTH_MAX: u32 = 1920;
const HEIGHT_MAX: u32 = 1080;

/// Most pixels of one frame, so that a small file cannot ask for much memory.
const PIXELS_MAX: u64 = 16_000_000;

/// Most memory that decoding may take, in bytes: two frames of [`PIXELS_MAX`].
const MEMORY_MAX: u64 = 128 << 20;

/// Most pixels of all frames that are looked at: ten seconds of 60 frames of 360×360.
const WATCHED_MAX: u64 = 80_000_000;

/// What to warn of in a picture.
pub(super) fn check(path: &str, bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if bytes.len() > BYTES_MAX {
        let what = format!("it has {} KiB", bytes.len() / 1024);
        findings.push(Check::Picture.found(path, None, what));
    }
    let Some((width, height)) = size(bytes) else {
        findings.push(Check::Picture.found(path, None, "it cannot be read"));
        return findings;
    };
    if width > WIDTH_MAX || height > HEIGHT_MAX {
        findings.push(Check::Picture.found(path, None, format!("it is {width}×{height}")));
    }
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return findings;
    }
    let Some(frames) = frames(bytes) else { return findings };
    let (flashes, whole) = watch(frames, (width, height));
    if flashes > FLASHES_MAX {
        let what = format!("it flashes {flashes} times within a second");
        findings.push(Check::Flash.found(path, None, what));
    } else if !whole {
        let what = "it moves for so long that only its beginning was looked at";
        findings.push(Check::Flash.found(path, None, what));
    }
    findings
}

fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    reader.into_dimensions().ok()
}

/// The frames of a picture that moves.
fn frames(bytes: &[u8]) -> Option<Frames<'_>> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_MAX);
    let bytes_of = Cursor::new(bytes);
    match FileKind::of(bytes)? {
        FileKind::Gif => {
            let mut decoder = GifDecoder::new(bytes_of).ok()?;
            decoder.set_limits(limits).ok()?;
            Some(decoder.into_frames())
        }
        FileKind::Webp => {
            let mut decoder = WebPDecoder::new(bytes_of).ok()?;
            decoder.set_limits(limits).ok()?;
            decoder.has_animation().then(|| decoder.into_frames())
        }
        FileKind::Png => {
            let decoder = PngDecoder::with_limits(bytes_of, limits).ok()?;
            decoder.is_apng().ok()?.then(|| decoder.apng().ok())?.map(|png| png.into_frames())
        }
        _ => None,
    }
}

/// Most flashes within a second, and whether all frames were looked at. What repeats is seen twice, since
/// its last frame meets its first.
fn watch(frames: Frames<'_>, (width, height): (u32, u32)) -> (usize, bool) {
    let pixels = (u64::from(width) * u64::from(height)).max(1);
    let most = usize::try_from(WATCHED_MAX / pixels).unwrap_or(usize::MAX).max(2);
    let mut watch = Watch::default();
    let mut first: Vec<(Vec<u8>, u64)> = Vec::new();
    for (seen, frame) in frames.enumerate() {
        // What cannot be decoded, a browser does not show either.
        let Ok(frame) = frame else { break };
        if seen == most {
            return (watch.flashes(), false);
        }
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        // Browsers show what asks for less than 20 ms for 100 ms; the faster reading is the safer one.
        let shown_ms = u64::from(numerator / denominator.max(1)).max(10);
        let rgba = frame.into_buffer();
        watch.see(rgba.dimensions(), &rgba, shown_ms);
        if first.len() < 2 {
            first.push((rgba.into_raw(), shown_ms));
        }
    }
    for (rgba, shown_ms) in &first {
        watch.see((width, height), rgba, *shown_ms);
    }
    (watch.flashes(), true)
}
