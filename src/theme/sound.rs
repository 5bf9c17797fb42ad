//! Sounds of a theme: how large and how long they are, by their headers.

use super::{
    finding::{Check, Finding},
    kind::FileKind,
};

/// Longest sound that is not warned of, in milliseconds.
const LENGTH_MAX_MS: u64 = 5000;

/// Largest file that is not warned of, in bytes.
const BYTES_MAX: usize = 1 << 20;

/// What to warn of in a sound.
pub(super) fn check(path: &str, bytes: &[u8]) -> Option<Finding> {
    if bytes.len() > BYTES_MAX {
        let what = format!("it has {} KiB", bytes.len() / 1024);
        return Some(Check::Sound.found(path, None, what));
    }
    let length = match FileKind::of(bytes)? {
        FileKind::Wav => wav(bytes),
        FileKind::Mp3 => mp3(bytes),
        FileKind::Ogg => ogg(bytes),
        _ => return None,
    };
    let what = match length {
        None => "its length cannot be read".into(),
        Some(ms) if ms > LENGTH_MAX_MS => format!("it is {}.{} s long", ms / 1000, ms / 100 % 10),
        Some(_) => return None,
    };
    Some(Check::Sound.found(path, None, what))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// By the bytes a second of its format, and the size of its data.
fn wav(bytes: &[u8]) -> Option<u64> {
    let (mut at, mut rate) = (12, None);
    loop {
        let (name, size) = (bytes.get(at..at + 4)?, u32_at(bytes, at + 4)?);
        match name {
            b"fmt " => rate = Some(u64::from(u32_at(bytes, at + 16)?)),
            b"data" => return (u64::from(size) * 1000).checked_div(rate?),
            _ => {}
        }
        // Chunks are of even length.
        at = at.checked_add(8)?.checked_add(usize::try_from(size).ok()?.next_multiple_of(2))?;
    }
}

/// By the bit rate of its first frame: right for a constant one, an estimate for others.
fn mp3(bytes: &[u8]) -> Option<u64> {
    /// Of layer III, in kbit/s: MPEG 1, then 2 and 2.5.
    const RATES: [[u64; 15]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let tag = match bytes {
        // Four bytes of seven bits.
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            10 + [a, b, c, d].into_iter().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f))
        }
        _ => 0,
    };
    let audio = bytes.get(tag..)?;
    let header = audio.windows(4).find(|w| w[0] == 0xff && w[1] & 0b1110_0110 == 0b1110_0010)?;
    let newest = header[1] & 0b0001_1000 == 0b0001_1000;
    let rate = *RATES[usize::from(!newest)].get(usize::from(header[2] >> 4))?;
    (audio.len() as u64 * 8).checked_div(rate)
}

/// By the place of its last page, and the samples a second of its first: Vorbis says so, Opus has 48,000.
fn ogg(bytes: &[u8]) -> Option<u64> {
    let last = bytes.windows(4).rposition(|w| w == b"OggS")?;
    let samples = u64::from_le_bytes(bytes.get(last + 6..last + 14)?.try_into().ok()?);
    let head = &bytes[..bytes.len().min(256)];
    let vorbis = head.windows(7).position(|w| w == b"\x01vorbis");
    let rate = match vorbis {
        Some(at) => u64::from(u32_at(bytes, at + 12)?),
        None => head.windows(8).any(|w| w == b"OpusHead").then_some(48_000)?,
    };
    samples.checked_mul(1000)?.checked_div(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav_of(rate: u32, data: u32) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        bytes.extend(8000u32.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend(b"\x02\0\x10\0data");
        bytes.extend(data.to_le_bytes());
        bytes
    }

    #[test]
    fn lengths_are_read() {
        assert_eq!(wav(&wav_of(16_000, 24_000)), Some(1500));
        assert_eq!(wav(&wav_of(0, 24_000)), None);
        let mut mp3_of = b"ID3\x04\0\0\0\0\0\x02xx\xff\xfb\x90\0".to_vec();
        mp3_of.resize(12 + 16_000, 0);
        assert_eq!(mp3(&mp3_of), Some(1000));
        let mut ogg_of = b"OggS\0\x02........................\x01vorbis\0\0\0\0\x02".to_vec();
        ogg_of.extend(44_100u32.to_le_bytes());
        ogg_of.extend(b"OggS\0\x04");
        ogg_of.extend(88_200u64.to_le_bytes());
        assert_eq!(ogg(&ogg_of), Some(2000));
    }

    #[test]
    fn what_is_cut_off_has_no_length() {
        let whole = wav_of(16_000, 24_000);
        assert!((0..whole.len()).all(|end| wav(&whole[..end]).is_none()));
    }
}
