use proptest::prelude::*;

use super::*;
use crate::alert::{HeldBecause, Item};

const NOW: Timestamp = Timestamp::from_secs(1_767_323_045);
const DAY: Duration = Duration::from_hours(24);

fn usd(minor: i64) -> Money {
    Money { minor, currency: Currency::USD }
}

/// A shown sale of so many cents, so many hours ago.
fn sale(number: u128, name: &str, minor: i64, hours_ago: u64) -> Alert {
    Alert {
        id: AlertId::from_u128(number),
        event: "evt_1".parse().unwrap(),
        kind: AlertKind::Sale,
        test: false,
        created: NOW - Duration::from_hours(hours_ago),
        late: false,
        members: Vec::new(),
        buyer: Buyer { name: name.into(), anonymous: false, ..Buyer::someone() },
        buyer_keys: Vec::new(),
        amount: Some(usd(minor)),
        items: vec![item("Hoodie", 2), item("Mug", 1)],
        message: None,
        message_withheld: false,
        look: None,
        state: AlertState::Shown,
        reason: Some(Reason::Finished),
        refunded: false,
        held_for: None,
        spot: None,
        entered: NOW,
        showing: 1,
        counted: 0,
        duration_ms: 6_000,
        proof: None,
        steps: Vec::new(),
    }
}

fn item(name: &str, quantity: u32) -> Item {
    Item { name: name.into(), variant: None, quantity, image: None }
}

fn anonymous(sale: Alert) -> Alert {
    Alert { buyer: Buyer::someone(), ..sale }
}

fn keyed(key: &str, sale: Alert) -> Alert {
    Alert { buyer_keys: vec![BuyerKey(key.into())], ..sale }
}

fn board(alerts: &[Alert]) -> Board {
    Board::of(alerts, Currency::USD, DAY, NOW)
}

fn names(board: &Board) -> Vec<&str> {
    board.latest.iter().map(|bought| &*bought.name).collect()
}

fn top(board: &Board) -> Vec<(&str, u64, &str)> {
    let amount = |buyer: &TopBuyer| buyer.amount.as_ref().map_or(0, |amount| amount.minor);
    assert!(board.top.is_sorted_by(|a, b| amount(a) >= amount(b)));
    let text = |buyer: &'_ TopBuyer| buyer.amount.as_ref().unwrap().text.clone().leak() as &str;
    board.top.iter().map(|buyer| (&*buyer.name, buyer.orders, text(buyer))).collect()
}

#[test]
fn only_what_was_sold_counts() {
    let one = || sale(1, "mika", 1000, 1);
    let not_sold = [
        Alert { test: true, ..one() },
        Alert { refunded: true, ..one() },
        Alert { kind: AlertKind::Combo, ..one() },
        Alert { kind: AlertKind::Digest, ..one() },
        Alert { reason: Some(Reason::Duplicate), state: AlertState::Skipped, ..one() },
    ];
    let empty = board(&not_sold);
    assert_eq!(empty.sold, Sold::default());
    assert!(empty.latest.is_empty() && empty.top.is_empty() && empty.by_hour.is_empty());
    assert_eq!(board(&[one()]).sold, Sold { orders: 1, items: 3 });
}

#[test]
fn viewers_are_not_told_of_what_was_taken_from_them() {
    let one = |number| sale(number, "mika", 1000, 1);
    let kept_back = [
        Alert { state: AlertState::Held, held_for: Some(HeldBecause::Words), ..one(1) },
        Alert { state: AlertState::Rejected, reason: Some(Reason::Rejected), ..one(2) },
        Alert { state: AlertState::Silent, reason: Some(Reason::Rule), ..one(3) },
        Alert { state: AlertState::Skipped, reason: Some(Reason::Panic), ..one(4) },
        Alert { state: AlertState::Skipped, reason: Some(Reason::Skipped), ..one(5) },
    ];
    let board = board(&kept_back);
    assert_eq!(board.sold.orders, 5, "they were sold all the same");
    assert!(board.latest.is_empty() && board.top.is_empty());
}

#[test]
fn a_while_ends_and_the_latest_stay() {
    let board = board(&[sale(1, "new", 100, 1), sale(2, "old", 900, 25)]);
    assert_eq!((board.sold.orders, names(&board)), (1, vec!["new", "old"]));
    assert_eq!(top(&board), [("new", 1, "$1.00")]);
}

#[test]
fn buyers_are_ranked_by_who_they_are_in_one_currency() {
    let euro = Money { minor: 99_900, currency: "eur".parse().unwrap() };
    let board = board(&[
        keyed("a", sale(9, "mika (new name)", 500, 1)),
        keyed("a", sale(8, "mika", 600, 2)),
        keyed("b", sale(7, "mika", 700, 3)),
        keyed("a", anonymous(sale(6, "", 5000, 3))),
        anonymous(sale(5, "", 9000, 3)),
        keyed("c", Alert { amount: Some(euro), ..sale(4, "euro", 0, 3) }),
        sale(3, "nobody's key", 50, 3),
    ]);
    let expected =
        [("mika (new name)", 2, "$11.00"), ("mika", 1, "$7.00"), ("nobody's key", 1, "$0.50")];
    assert_eq!(top(&board), expected);
    assert!(board.latest.iter().filter(|bought| bought.anonymous).all(|b| b.name == "Someone"));
}

#[test]
fn hours_and_products_are_summed() {
    let euro = Money { minor: 300, currency: "eur".parse().unwrap() };
    let tip = Alert { items: Vec::new(), kind: AlertKind::Tip, ..sale(3, "c", 200, 2) };
    let board =
        board(&[sale(1, "a", 100, 0), Alert { amount: Some(euro), ..sale(2, "b", 0, 2) }, tip]);
    let hours: Vec<_> = board
        .by_hour
        .iter()
        .map(|hour| {
            let amounts = hour.amounts.as_ref().unwrap();
            (hour.hour.to_string(), hour.orders, amounts.iter().map(|a| &*a.text).collect())
        })
        .collect::<Vec<(String, u64, Vec<&str>)>>();
    let expected = [
        ("2026-01-02T01:00:00.000Z".to_owned(), 2, vec!["€3.00", "$2.00"]),
        ("2026-01-02T03:00:00.000Z".to_owned(), 1, vec!["$1.00"]),
    ];
    assert_eq!(hours, expected);
    let product = |name: &str, quantity| Product { name: name.into(), quantity };
    assert_eq!(board.best_sellers, [product("Hoodie", 4), product("Mug", 2)]);
    let first = &board.latest[0];
    assert_eq!((first.item.as_deref(), first.quantity, first.more), (Some("Hoodie"), 2, 1));
}

#[test]
fn amounts_can_be_taken_out() {
    let mut board = board(&[sale(1, "a", 100, 0)]);
    board.hide_amounts();
    let text = serde_json::to_string(&board).unwrap();
    assert!(!text.contains("minor") && text.contains("\"name\":\"a\""), "{text}");
}

proptest! {
    #[test]
    fn parts_add_up_and_stay_small(
        sales in prop::collection::vec((0..40_u64, 0..9_u8, 1..9999_i64, any::<[bool; 3]>()), 0..60),
    ) {
        let alerts: Vec<Alert> = sales.iter().enumerate().map(|(n, &(ago, who, minor, [test, refunded, hidden]))| {
            let sale = sale(n as u128, &format!("buyer {who}"), minor, ago);
            let sale = if hidden { anonymous(sale) } else { sale };
            Alert { test, refunded, ..sale }
        }).collect();
        let board = board(&alerts);
        let counts = |alert: &&Alert| !alert.test && !alert.refunded && alert.created > NOW - DAY;
        let paid: i64 = alerts.iter().filter(counts).map(|alert| alert.amount.unwrap().minor).sum();
        prop_assert_eq!(board.sold.orders, alerts.iter().filter(counts).count() as u64);
        prop_assert_eq!(board.by_hour.iter().map(|hour| hour.orders).sum::<u64>(), board.sold.orders);
        let hours = board.by_hour.iter().flat_map(|hour| hour.amounts.iter().flatten());
        prop_assert_eq!(hours.map(|amount| amount.minor).sum::<i64>(), paid);
        let tops: i64 = board.top.iter().map(|buyer| buyer.amount.as_ref().unwrap().minor).sum();
        prop_assert!(tops <= paid && board.top.len() <= TOP && board.latest.len() <= LATEST);
        prop_assert!(top(&board).iter().all(|(name, ..)| *name != Buyer::SOMEONE));
    }
}
