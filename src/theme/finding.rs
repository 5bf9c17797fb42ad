//! What a lint says: what it found, where, why that matters, and what to do about it.

use serde::Serialize;

/// What the lint looks for. Each has a code that stays, and its reason and its remedy in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The zip itself.
    Zip,
    /// Where a file lies, what it is called.
    Path,
    /// How large and how many.
    Size,
    /// What kind of file it is.
    Kind,
    /// What theme.json says.
    Manifest,
    /// What cannot be read as CSS.
    Syntax,
    /// Addresses.
    Address,
    /// What a rule reaches.
    Reach,
    /// Text that no buyer wrote.
    Content,
    /// Declarations that would leave the card.
    Escape,
    /// Text that is hard to read on its plate.
    Contrast,
    /// A plate one sees the game through.
    Opacity,
    /// Text that is too small.
    Small,
    /// What OBS draws slowly or wrongly.
    Costly,
    /// What moves all the time.
    Endless,
    /// What flashes.
    Flash,
    /// Pictures that are larger than they need be.
    Picture,
    /// Sounds that are longer than an alert's.
    Sound,
}

/// Code, whether the theme is refused for it, why, and what to do.
type Meaning = (&'static str, bool, &'static str, &'static str);

impl Check {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Zip,
        Self::Path,
        Self::Size,
        Self::Kind,
        Self::Manifest,
        Self::Syntax,
        Self::Address,
        Self::Reach,
        Self::Content,
        Self::Escape,
        Self::Contrast,
        Self::Opacity,
        Self::Small,
        Self::Costly,
        Self::Endless,
        Self::Flash,
        Self::Picture,
        Self::Sound,
    ];

    #[rustfmt::skip]
    const fn meaning(self) -> Meaning {
        match self {
            Self::Zip => ("zip", true,
                "a theme is a plain zip that any program can unpack",
                "zip the folder anew, with deflate and without a password"),
            Self::Path => ("path", true,
                "a theme is theme.json, theme.css and files in assets/, and nothing of it may lie elsewhere",
                "put it into assets/, with a name of letters, digits, dots, dashes and underscores"),
            Self::Size => ("size", true,
                "pages load a theme before a stream, over whatever line there is",
                "at most 64 files, 4 MiB zipped and 16 MiB unpacked"),
            Self::Kind => ("kind", true,
                "a theme has no markup and no script: OBS would run it unsandboxed",
                "use png, jpeg, webp, gif, woff2, wav, mp3 or ogg, named by what it is"),
            Self::Manifest => ("manifest", true,
                "theme.json says what the theme is",
                "correct it; docs/THEMES.md lists its fields"),
            Self::Syntax => ("syntax", true,
                "what cannot be read cannot be checked, and the browser in OBS would drop it",
                "write plain rules, @media, @keyframes and @font-face, without nesting"),
            Self::Address => ("address", true,
                "a page loads nothing from elsewhere, so nobody learns who streams",
                "put the file into assets/ and write url(\"assets/…\")"),
            Self::Reach => ("reach", true,
                "a theme draws the card and nothing around it; the TEST tab and panic are not its own",
                "name parts of the card only: docs/THEMES.md lists them"),
            Self::Content => ("content", true,
                "text on a card is always of a sale, so that none can be faked",
                "leave content empty, or use a picture or a sign without letters and digits"),
            Self::Escape => ("escape", true,
                "it would leave the card, or win over what keeps viewers safe",
                "leave it out"),
            Self::Contrast => ("contrast", false,
                "viewers read it in seconds, on phones, behind video compression",
                "take a lighter or a darker colour: 4.5 to 1 at least, 7 to 1 is better"),
            Self::Opacity => ("opacity", false,
                "text is only as readable as what is behind it, and behind it is a game",
                "make the plate at least 90 % opaque"),
            Self::Small => ("small", false,
                "at 360p it is 9 pixels high",
                "at least 28 pixels on a canvas of 1920×1080"),
            Self::Costly => ("costly", false,
                "OBS draws pages without the graphics card's help and blends them in linear light",
                "move with transform and opacity only, and leave blurs and blending out"),
            Self::Endless => ("endless", false,
                "what never rests takes the game's frames and the viewers' eyes",
                "let it run once or a few times"),
            Self::Flash => ("flash", false,
                "more than three flashes a second can harm people with photosensitive epilepsy",
                "fade slower, or change the brightness by less than a tenth"),
            Self::Picture => ("picture", false,
                "it is decoded before the alert starts",
                "at most 1920×1080 and 2 MiB"),
            Self::Sound => ("sound", false,
                "an alert's sound ends before people want it to",
                "at most 5 seconds and 1 MiB"),
        }
    }

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.meaning().0
    }

    /// Whether a theme is refused for it.
    #[must_use]
    pub const fn refuses(self) -> bool {
        self.meaning().1
    }

    /// That it found `what` in a file, at a line counted from 1.
    pub(super) fn found(self, file: &str, line: Option<u32>, what: impl Into<String>) -> Finding {
        let (code, refused, why, fix) = self.meaning();
        Finding { code, refused, file: file.into(), line, what: what.into(), why, fix }
    }
}

/// One thing the lint found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of which check.
    pub code: &'static str,
    /// Whether the theme is refused for it.
    pub refused: bool,
    /// In which file of the theme; empty for the zip itself.
    pub file: String,
    /// In which line of it, from 1, if it is a text.
    pub line: Option<u32>,
    /// What was found.
    pub what: String,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}
