//! Long records, packed: a page holds several, and less is written. Most of what they are is the same
//! in all of them, field names above all, so that stands in a dictionary beside this file.

use std::borrow::Cow;

use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};

/// Field names and usual values of what Stripe sends and of our own records. Stored records need it
/// as it is: another one gets another mark.
const DICTIONARY: &[u8] = include_bytes!("packed/dictionary");

/// What a packed record begins with. JSON never does: what begins otherwise is as it was before
/// records were packed.
const MARK: u8 = 1;

pub(super) fn pack(plain: &[u8]) -> Vec<u8> {
    let mut packed = vec![MARK];
    packed.extend(compress_prepend_size_with_dict(plain, DICTIONARY));
    packed
}

/// The record; `None` if it is none that this version wrote. One that the disk changed must be found by
/// its sum before: its length could be anything.
pub(super) fn unpack(stored: &[u8]) -> Option<Cow<'_, [u8]>> {
    match stored {
        [MARK, packed @ ..] => {
            decompress_size_prepended_with_dict(packed, DICTIONARY).ok().map(Cow::Owned)
        }
        plain => Some(Cow::Borrowed(plain)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(plain in prop::collection::vec(any::<u8>(), 0..5_000)) {
            let packed = pack(&plain);
            let unpacked = unpack(&packed);
            prop_assert_eq!(unpacked.as_deref(), Some(&plain[..]));
        }
    }

    #[test]
    fn the_dictionary_is_the_one_that_stored_records_need() {
        assert_eq!(
            crc32fast::hash(DICTIONARY),
            0x7ad5_05b3,
            "a change of it needs a mark of its own"
        );
        assert_eq!(unpack(b"{\"of\":\"before\"}").as_deref(), Some(&b"{\"of\":\"before\"}"[..]));
    }
}
