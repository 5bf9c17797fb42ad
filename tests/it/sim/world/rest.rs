//! How a history ends, and what must be true of it then.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tillbell::{
    alert::{Alert, AlertKind, AlertState},
    channel::Input,
    id::EventId,
    money::Currency,
    store::Settlement,
};

use super::{super::page::Page, Character, World};
use crate::support::Random;

impl World {
    /// Faults stop, somebody resumes, and time passes until nothing is left to do.
    pub(crate) fn come_to_rest(&mut self) {
        self.random = Random::of_step(self.seed, u64::MAX);
        self.slow = false;
        let stay = self.random.chance(50);
        for page in 0..self.pages.len() {
            if !stay || self.pages[page].character != Character::Honest {
                self.cut(page);
            } else if self.pages[page].connection.is_none() {
                self.connect(page);
            }
        }
        self.work();
        self.nodes[0].hand_in(Input::Resume);
        for _ in 0..3_000 {
            self.unanswered().into_iter().for_each(|event| self.tell(event));
            for event in self.unsettled() {
                self.nodes[0].hand_in(Input::Event(event));
            }
            self.work();
            if self.is_at_rest() {
                return;
            }
            let drawings = self.pages.iter().filter_map(Page::drawing_ends);
            let mail = self.mail.keys().map(|(at, _)| *at);
            let next =
                drawings.chain(mail).min().unwrap_or(self.model.now + Duration::from_secs(1));
            let length = next.since(self.model.now).min(Duration::from_secs(1));
            self.pass(length.max(Duration::from_millis(1)));
        }
        let open: Vec<_> = self.model.alerts.values().filter(|a| !a.state.is_end()).collect();
        panic!("it never comes to rest: {:?}\n{open:#?}", self.model.state);
    }

    /// Every node looks, and does all it has to.
    fn work(&mut self) {
        for node in 0..self.nodes.len() {
            self.nodes[node].hand_in(Input::Tick);
            while !self.nodes[node].is_idle() {
                self.go_on(node);
            }
        }
        self.remember_drawings();
    }

    fn is_at_rest(&self) -> bool {
        let over = |alert: &Alert| alert.state.is_end() && alert.spot.is_none();
        self.unsettled().is_empty()
            && self.unanswered().is_empty()
            && self.model.alerts.values().all(over)
            && self.model.state.playing().is_none()
            && self.mail.is_empty()
    }

    /// The kinds of card that were shown to their end.
    pub(crate) fn cards(&self) -> BTreeSet<&'static str> {
        let shown = self.model.alerts.values().filter(|alert| alert.state == AlertState::Shown);
        let card = |alert: &Alert| match alert.kind {
            AlertKind::Combo => "combo",
            AlertKind::Digest => "digest",
            _ => "one",
        };
        shown.map(card).collect()
    }

    /// One alert a purchase, totals that add up, and nothing shown that nobody drew.
    pub(crate) fn check_what_became_of_it(&self) {
        let of = |id: &EventId| self.events.iter().find(|e| e.id == *id).map(|e| e.ids[0].clone());
        for event in &self.answered {
            assert!(
                self.model.settled.contains_key(event),
                "answered 200, and no outcome: {event}"
            );
        }
        let mut made = BTreeMap::new();
        for (event, outcome) in &self.model.settled {
            match outcome {
                Settlement::Alert(alert) => {
                    assert!(self.model.alerts.contains_key(alert));
                    let purchase = of(event).expect("it was told");
                    assert_eq!(made.insert(purchase, alert), None, "two alerts of one purchase");
                }
                Settlement::DuplicateOf(alert) => assert!(self.model.alerts.contains_key(alert)),
                _ => {}
            }
        }
        let carriers = self.model.alerts.values().filter(|alert| !alert.members.is_empty());
        let carriers: Vec<&Alert> = carriers.collect();
        assert_eq!(made.len() + carriers.len(), self.model.alerts.len());
        let carried: Vec<_> = carriers.iter().flat_map(|carrier| &carrier.members).collect();
        let unique: BTreeSet<_> = carried.iter().collect();
        assert_eq!(unique.len(), carried.len(), "a sale is in one carrier at most");
        let claims = self.model.purchases.values().filter_map(|purchase| purchase.sale);
        let counted = claims.filter(|claim| !claim.test);
        let sum: i64 = counted.map(|claim| claim.amount.unwrap().minor - claim.returned).sum();
        assert_eq!(self.model.totals.get(&Currency::USD).map_or(0, |total| total.0), sum);
        if self.pages.iter().all(|page| page.character != Character::Liar) {
            for alert in self.model.alerts.values().filter(|a| a.state == AlertState::Shown) {
                let with_carrier =
                    |id| carriers.iter().any(|c| c.id == id && c.members.contains(&alert.id));
                let drawn = self.drawn.iter().any(|(id, _)| *id == alert.id || with_carrier(*id));
                assert!(drawn, "shown, and nobody drew it: {alert:?}");
            }
        }
    }
}
