use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_000_000);
const HOUR: Duration = Duration::from_hours(1);

fn checkout(n: u128) -> CheckoutId {
    CheckoutId::from_u128(n)
}

fn of(left: u32) -> Stock {
    Stock { left, holds: Vec::new() }
}

#[test]
fn two_cannot_hold_the_last_one() {
    let mut stock = of(1);
    assert!(stock.hold(checkout(1), 1, NOW + HOUR, NOW));
    assert!(!stock.hold(checkout(2), 1, NOW + HOUR, NOW));
    assert_eq!((stock.left, stock.free(NOW)), (1, 0));
    assert!(stock.hear(checkout(1), Payment::Paid));
    assert_eq!((stock.left, stock.free(NOW)), (0, 0));
}

#[test]
fn a_payment_counts_once_and_is_the_last_word() {
    let mut stock = of(5);
    assert!(stock.hold(checkout(1), 2, NOW + HOUR, NOW));
    assert!(stock.hear(checkout(1), Payment::Paid));
    for again in [Payment::Paid, Payment::Over, Payment::Awaited] {
        assert!(!stock.hear(checkout(1), again));
    }
    assert_eq!(stock.left, 3);
}

#[test]
fn what_lapses_is_free_and_still_remembered() {
    let mut stock = of(1);
    assert!(stock.hold(checkout(1), 1, NOW + HOUR, NOW));
    let later = NOW + HOUR;
    assert_eq!(stock.free(later), 1);
    // Told late: the piece is gone.
    assert!(stock.hear(checkout(1), Payment::Paid));
    assert_eq!(stock.free(later), 0);
    // Long after, nobody knows any more.
    let mut stock = of(2);
    assert!(stock.hold(checkout(1), 1, NOW + HOUR, NOW));
    assert!(stock.hold(checkout(2), 1, later + REMEMBERED * 2, later + REMEMBERED));
    assert!(!stock.hear(checkout(1), Payment::Paid));
}

#[test]
fn a_bank_may_take_its_time() {
    let mut stock = of(1);
    assert!(stock.hold(checkout(1), 1, NOW + HOUR, NOW));
    assert!(stock.hear(checkout(1), Payment::Awaited));
    assert_eq!(stock.free(NOW + HOUR * 1000), 0);
    assert!(stock.hear(checkout(1), Payment::Over));
    assert_eq!((stock.left, stock.free(NOW)), (1, 1));
}

#[test]
fn holds_have_an_end() {
    let mut stock = of(10_000);
    let most = u128::try_from(HOLDS_MAX).unwrap();
    for n in 0..most {
        assert!(stock.hold(checkout(n), 1, NOW + HOUR, NOW));
    }
    assert!(!stock.hold(checkout(most), 1, NOW + HOUR, NOW), "all of them live");
    assert!(
        stock.hold(checkout(most), 1, NOW + HOUR * 3, NOW + HOUR),
        "the oldest lapsed one goes"
    );
    assert_eq!(stock.holds.len(), HOLDS_MAX);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Hold(u128, u32),
    Hear(u128, Payment),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let payment = prop::sample::select(vec![Payment::Paid, Payment::Awaited, Payment::Over]);
    prop_oneof![
        (0_u128..12, 1_u32..4).prop_map(|(n, quantity)| Step::Hold(n, quantity)),
        (0_u128..12, payment).prop_map(|(n, payment)| Step::Hear(n, payment)),
        (0_u64..5000).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Without lapses never more is promised than there was; whatever comes, in any order and number.
    #[test]
    fn nothing_is_promised_twice(steps in prop::collection::vec(step(), 0..60)) {
        let (mut stock, mut now) = (of(7), NOW);
        let mut paid = 0_u32;
        let mut used = std::collections::BTreeSet::new();
        for step in steps {
            match step {
                Step::Hold(n, quantity) if used.insert(n) => {
                    let free = stock.free(now);
                    let held = stock.hold(checkout(n), quantity, now + HOUR * 1000, now);
                    prop_assert_eq!(held, quantity <= free);
                }
                Step::Hold(..) => {}
                Step::Hear(n, payment) => {
                    let before = stock.left;
                    stock.hear(checkout(n), payment);
                    paid += before - stock.left;
                }
                Step::Wait(seconds) => now = now + Duration::from_secs(seconds),
            }
            let promised: u32 = stock.holds.iter().map(|hold| hold.quantity).sum();
            prop_assert!(paid + promised <= 7 && stock.left == 7 - paid);
            prop_assert_eq!(stock.free(now), stock.left - promised);
        }
    }
}
