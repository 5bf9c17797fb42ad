//! Drawing a picture anew: what comes out has none of the bytes that came in.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits,
    codecs::jpeg::JpegEncoder,
};

use super::MediaError;

/// Most pixels of a picture that comes in: a phone's photo has 12 million.
const PIXELS_MAX: u64 = 16_000_000;

/// Most memory that one may take while it is read, in bytes: 16 million pixels of 4.
const MEMORY_MAX: u64 = 64 << 20;

/// The larger side of what comes out, in pixels: the card's tile on a 4K canvas.
const SIDE: u32 = 360;

/// Of 100; below it, lettering on a product frays.
const JPEG_QUALITY: u8 = 85;

/// The type of a picture made here, from its first bytes; `None` for anything else.
#[must_use]
pub fn content_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        _ => None,
    }
}

/// Reads a PNG, JPEG, WebP or GIF (its first frame) and draws it small: as PNG if one can see through
/// it, else as JPEG.
pub(super) fn redraw(bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    let picture = read(bytes).map_err(|error| match error {
        ImageError::Limits(_) => MediaError::TooLarge,
        _ => MediaError::Unreadable,
    })?;
    let larger = picture.width().max(picture.height()) > SIDE;
    let small = if larger { picture.thumbnail(SIDE, SIDE) } else { picture };
    let mut drawn = Cursor::new(Vec::new());
    let colours = small.to_rgba8();
    let written = if colours.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        let encoder = JpegEncoder::new_with_quality(&mut drawn, JPEG_QUALITY);
        small.to_rgb8().write_with_encoder(encoder)
    } else {
        colours.write_to(&mut drawn, ImageFormat::Png)
    };
    written.map_err(|_| MediaError::Unreadable)?;
    Ok(drawn.into_inner())
}

fn read(bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        let kind = image::error::LimitErrorKind::DimensionError;
        return Err(ImageError::Limits(image::error::LimitError::from_kind(kind)));
    }
    // Phones lay photos on their side and say so.
    let turned = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(turned);
    Ok(picture)
}
