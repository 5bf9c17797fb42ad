//! The goal at hand: which sales count towards it, and what the log tells of it. Like the totals it
//! follows every refund; unlike them it begins at nothing when it is set.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Channel, EntryType};
use crate::{
    money::{Money, WireMoney},
    position::Position,
    settings::Goal,
};

/// How far a goal has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is sold towards.
    pub goal: Goal,
    /// Which goal it is: the position of the entry that told of it first.
    pub since: Position,
    /// What counts so far: minor units of the target's currency, or orders. Of sales that were taken in
    /// since it was set, without what went back.
    pub done: i64,
    /// Whether it was reached, also if money went back since.
    pub reached: bool,
}

impl Progress {
    /// Adds a sale, or takes back what a refund took. Another currency than the target's adds nothing.
    pub(super) fn add(&mut self, amount: Money, orders: i64) {
        let counts = match self.goal.target.currency() {
            None => orders,
            Some(currency) if currency == amount.currency => amount.minor,
            Some(_) => 0,
        };
        self.done = self.done.saturating_add(counts);
    }

    fn is_met(&self) -> bool {
        self.done >= self.goal.target.number()
    }

    /// How much of the target is done, in whole percent: never rounded up, and above 100 beyond it.
    #[must_use]
    pub fn percent(&self) -> i64 {
        self.done.max(0).saturating_mul(100) / self.goal.target.number().max(1)
    }

    /// The form in entries, frames and the API.
    #[must_use]
    pub fn wire(&self) -> WireGoal<'_> {
        let target = self.goal.target;
        let money = |minor, currency| Money { minor, currency }.wire();
        let number = target.number();
        let (amount, orders) = match target.currency() {
            Some(currency) => {
                let [target, done] = [number, self.done].map(|minor| money(minor, currency));
                (Some(Share { target, done }), None)
            }
            None => (None, Some(Share { target: number, done: self.done })),
        };
        let (title, percent, reached) = (&*self.goal.title, self.percent(), self.reached);
        WireGoal { title, percent, reached, amount, orders }
    }
}

/// A goal on the wire. It has either `amount` or `orders`; of who may not see amounts, `amount` is null.
#[derive(Clone, Debug, Serialize)]
pub struct WireGoal<'a> {
    title: &'a str,
    percent: i64,
    reached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Share<WireMoney>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orders: Option<Share<i64>>,
}

/// How much of how much.
#[derive(Clone, Debug, Serialize)]
struct Share<T> {
    target: T,
    done: T,
}

impl Channel<'_> {
    /// Takes over the goal that the streamer has set, unless these settings are older than those that
    /// set the one at hand. The same title in the same unit goes on with another target; anything else
    /// begins anew.
    pub(super) fn heed_goal(&mut self) {
        let set = self.settings.goal.as_ref();
        let at_hand = self.state.goal.as_ref().map(|progress| &progress.goal);
        if set == at_hand || self.settings.version < self.state.goal_as_of {
            return;
        }
        self.state.goal_as_of = self.settings.version;
        let since = Position { offset: self.state.offset + 1, ..self.state.position() };
        let before = self.state.goal.take();
        self.state.goal = set.map(|goal| match before {
            Some(before) if goal.continues(&before.goal) => {
                let mut progress = Progress { goal: goal.clone(), ..before };
                progress.reached &= progress.is_met();
                progress
            }
            _ => Progress { goal: goal.clone(), since, done: 0, reached: false },
        });
        self.log_goal();
    }

    /// What counts towards the goal now.
    pub(super) fn goal_done(&self) -> Option<i64> {
        self.state.goal.as_ref().map(|progress| progress.done)
    }

    /// Tells how far the goal has come, if that is not as `before`.
    pub(super) fn tell_goal(&mut self, before: Option<i64>) {
        if self.goal_done() != before {
            self.log_goal();
        }
    }

    fn log_goal(&mut self) {
        let wire =
            |channel: &Self| json!({ "goal": channel.state.goal.as_ref().map(Progress::wire) });
        self.log(EntryType::GoalProgress, false, false, wire(self));
        let Some(progress) = self.state.goal.as_mut().filter(|goal| goal.is_met()) else { return };
        if !std::mem::replace(&mut progress.reached, true) {
            self.log(EntryType::GoalReached, false, false, wire(self));
        }
    }
}
