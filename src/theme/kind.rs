//! What a file is, by its first bytes: its name may say anything.

/// The kinds of asset that a theme may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Png,
    Jpeg,
    Webp,
    Gif,
    Woff2,
    Wav,
    Mp3,
    Ogg,
}

impl FileKind {
    /// Of a file that begins so; `None` for what a theme may not have.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'w', b'O', b'F', b'2', ..] => Self::Woff2,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Self::Wav,
            [b'I', b'D', b'3', ..] => Self::Mp3,
            // A frame of MPEG 1 or 2, layer III.
            [0xff, second, ..] if second & 0b1110_0110 == 0b1110_0010 => Self::Mp3,
            [b'O', b'g', b'g', b'S', ..] => Self::Ogg,
            _ => return None,
        })
    }

    /// How its files are named.
    pub(super) const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Webp => &["webp"],
            Self::Gif => &["gif"],
            Self::Woff2 => &["woff2"],
            Self::Wav => &["wav"],
            Self::Mp3 => &["mp3"],
            Self::Ogg => &["ogg"],
        }
    }

    /// As what it is served.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Woff2 => "font/woff2",
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
        }
    }

    pub(super) const fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Webp | Self::Gif)
    }

    pub(super) const fn is_font(self) -> bool {
        matches!(self, Self::Woff2)
    }

    pub(super) const fn is_sound(self) -> bool {
        matches!(self, Self::Wav | Self::Mp3 | Self::Ogg)
    }
}
