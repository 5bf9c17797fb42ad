//! Numbers that only look random: the same seed gives the same ids, secrets and faults.

/// Sebastiano Vigna's `SplitMix64`.
#[derive(Debug)]
pub(super) struct Random(u64);

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// So many letters and digits.
    pub(super) fn letters(&mut self, count: usize) -> String {
        let mut letter = || {
            let at = usize::try_from(self.next() % 62).expect("below 62");
            char::from(LETTERS[at])
        };
        (0..count).map(|_| letter()).collect()
    }
}
