//! What goes wrong on purpose: in answers of the API, and in deliveries.

use serde_json::Value;

use super::{forms::Params, random::Random, refusal::Refusal};

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// An error status, and nothing is done.
    Status(u16),
    /// The call is carried out, and no answer comes.
    Hang,
    /// The call is carried out, and the answer breaks off in the middle.
    Half,
    /// The call is carried out, and the answer is not JSON.
    Garbage,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    /// The next so many calls whose path has this text in it go wrong in this way.
    api: Option<(Fault, usize, String)>,
    duplicate: bool,
    drop: usize,
    delay_ms: i64,
    reorder_ms: u64,
}

impl Faults {
    /// Reads `{api: {fault, count, path}, deliveries: {duplicate, drop, delay_ms, reorder_ms}}`.
    /// What is not named stays as it is.
    pub(super) fn set(&mut self, given: &Value) -> Result<(), Refusal> {
        let given = Params::new(given);
        if let Some(api) = given.part("api") {
            let words = ["429", "500", "503", "hang", "half", "garbage"];
            let fault = match api.word("fault", &words)?.ok_or(Refusal::missing("api[fault]"))? {
                "hang" => Fault::Hang,
                "half" => Fault::Half,
                "garbage" => Fault::Garbage,
                status => Fault::Status(status.parse().expect("one of the words")),
            };
            let count = usize::try_from(api.whole("count")?.unwrap_or(1)).unwrap_or_default();
            self.api = Some((fault, count, api.text("path")?.unwrap_or_default().to_owned()));
        }
        if let Some(deliveries) = given.part("deliveries") {
            if let Some(duplicate) = deliveries.flag("duplicate")? {
                self.duplicate = duplicate;
            }
            if let Some(drop) = deliveries.whole("drop")? {
                self.drop = usize::try_from(drop).unwrap_or_default();
            }
            if let Some(delay_ms) = deliveries.whole("delay_ms")? {
                self.delay_ms = delay_ms.clamp(0, 86_400_000);
            }
            if let Some(reorder_ms) = deliveries.whole("reorder_ms")? {
                self.reorder_ms = u64::try_from(reorder_ms).unwrap_or_default();
            }
        }
        Ok(())
    }

    /// What goes wrong with the answer to this call.
    pub(super) fn strikes(&mut self, path: &str) -> Option<Fault> {
        let (fault, left, within) = self.api.as_mut()?;
        if *left == 0 || !path.contains(within.as_str()) {
            return None;
        }
        *left -= 1;
        Some(*fault)
    }

    /// After how many milliseconds each copy of a delivery is due; none when it is lost.
    pub(super) fn delays(&mut self, random: &mut Random) -> Vec<i64> {
        if self.drop > 0 {
            self.drop -= 1;
            return Vec::new();
        }
        let copies = if self.duplicate { 2 } else { 1 };
        let mut delay = || {
            let apart = random.next().checked_rem(self.reorder_ms).unwrap_or_default();
            self.delay_ms + i64::try_from(apart).unwrap_or_default()
        };
        (0..copies).map(|_| delay()).collect()
    }
}
