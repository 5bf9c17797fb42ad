//! Sales, as many as are asked for, through accept, load and commit; and what they take of Redis'
//! memory while they are young, and when they are old.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tillbell::{
    alert::{Alert, AlertKind, AlertState, Buyer, Item, Proof},
    channel::{Claim, Entry, EntryType, Purchase, State},
    id::{AlertId, ConnectionId, EventId, NodeId, OverlayId, StreamerId},
    money::{Currency, Money},
    store::{
        Accepted, BuyerKey, Change, Committed, Cutoffs, Door, Fact, Names, NewEvent, Settlement,
        Store,
        redis::{Durability, Options, RedisStore},
    },
    stripe::sale::{IdKind, PurchaseId},
    time::Timestamp,
};
use tokio::task::JoinSet;

use crate::support::RedisServer;

/// Most bytes of memory a sale may take with all that belongs to it, while it is young: its event of
/// 2.8 KB, alert, purchase, four entries, routes. Measured: 10,000 to 10,950.
const SALE_MAX: u64 = 11 * 1024;

/// Most bytes that may stay of a sale that is old. An event's id alone would take more; what is less
/// is the buffers of connections.
const LEFT_MAX: u64 = 32;

/// What a payment link's session looks like.
const BODY: &str =
    include_str!("../fixtures/stripe/2023-10-16_checkout.session.completed_payment_link.json");

/// Streamers, each with one sale at a time.
const STREAMERS: u32 = 20;

/// What a round took of Redis' memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    /// For each of its sales while they were young.
    pub per_sale: u64,
    /// For everything that was there when they were gone.
    pub left: u64,
}

/// Sells in rounds; all is old at the end of each. The same buyers come to all of them: their counts
/// stay for ever. Prints the figures as they come.
pub(crate) async fn rounds(rounds: u32, sales: u32) -> Vec<Round> {
    // What is on disk is not asked here, and takes time.
    let server = RedisServer::with("appendonly no");
    let node = NodeId::from_u128(1);
    let options = Options { url: server.url().into(), node, durability: Durability::None };
    let store = RedisStore::open(options).await.unwrap();
    let mut done = Vec::new();
    let mut before = memory(&server);
    for number in 0..rounds {
        sell_many(&store, number * sales, sales).await;
        let sold = memory(&server);
        expire(&*store).await;
        let left = memory(&server);
        let per_sale = sold.saturating_sub(before) / u64::from(sales);
        println!("{sales} sales: {per_sale} bytes each; {left} bytes are left");
        done.push(Round { per_sale, left });
        before = left;
    }
    done
}

/// What is wrong with the rounds, if anything is. The first shows what an empty store takes.
pub(crate) fn problem(rounds: &[Round], sales: u32) -> Option<String> {
    let most = rounds.iter().map(|round| round.per_sale).max()?;
    if most > SALE_MAX {
        return Some(format!("a sale takes {most} bytes, more than {SALE_MAX}"));
    }
    let (first, last) = (rounds.first()?, rounds.last()?);
    let again = u64::from(sales) * (rounds.len() as u64 - 1);
    let grown = last.left.saturating_sub(first.left);
    (grown > again * LEFT_MAX).then(|| format!("of {again} old sales {grown} bytes are left"))
}

async fn sell_many(store: &Arc<RedisStore>, first: u32, count: u32) {
    let mut selling = JoinSet::new();
    for seller in 0..STREAMERS {
        let store = Arc::clone(store);
        selling.spawn(async move {
            let streamer = format!("streamer-{seller}").parse().unwrap();
            for number in (0..count).filter(|number| number % STREAMERS == seller) {
                sell(&*store, &streamer, first + number, &format!("{number:064x}")).await;
            }
        });
    }
    while let Some(sold) = selling.join_next().await {
        sold.unwrap();
    }
}

async fn sell(store: &dyn Store, streamer: &StreamerId, n: u32, buyer: &str) {
    let (event, now) = (event(streamer, n, store.now()), store.now());
    assert_eq!(store.accept(event.clone()).await.unwrap(), Accepted::New);
    let purchase = purchase(event.alert, n);
    let keys: Vec<String> = purchase.ids.iter().map(ToString::to_string).collect();
    store.index(&keys, streamer).await.unwrap();
    let buyer = BuyerKey(buyer.into());
    let purchases = purchase.ids.iter().cloned().collect();
    let names = Names { purchases, buyers: vec![buyer.clone()], ..Names::default() };
    let loaded = store.load(streamer, &names).await.unwrap();
    let alert = alert(&event, now);
    let (state, entries) = entries(loaded.state, &alert, now);
    let change = Change {
        state: Some(state),
        facts: vec![
            Fact::Total { currency: Currency::USD, minor: 2_599, orders: 1 },
            Fact::Buyer { key: buyer, orders: 1 },
        ],
        settles: vec![(event.id, Settlement::Alert(alert.id))],
        alerts: vec![alert],
        purchases: vec![purchase],
        entries,
        ..Change::default()
    };
    let committed = store.commit(streamer, loaded.token, change).await.unwrap();
    assert_eq!(committed, Committed::Done);
}

fn event(streamer: &StreamerId, n: u32, now: Timestamp) -> NewEvent {
    let id: EventId = format!("evt_{n:024}").parse().unwrap();
    let body = BODY.replace("evt_23a", id.as_str()).replace("cs_test_23a", &session(n));
    NewEvent {
        id,
        alert: AlertId::new(),
        kind: "checkout.session.completed".into(),
        streamer: Some(streamer.clone()),
        door: Door::Webhook,
        received: now,
        verified: now,
        body: body.into(),
    }
}

/// As long as Stripe's.
fn session(n: u32) -> String {
    format!("cs_live_{n:058}")
}

const AMOUNT: Money = Money { minor: 2_599, currency: Currency::USD };

fn purchase(alert: AlertId, n: u32) -> Purchase {
    let ids = [
        PurchaseId::new(IdKind::Session, session(n)),
        PurchaseId::new(IdKind::PaymentIntent, format!("pi_{n:024}")),
        PurchaseId::new(IdKind::Charge, format!("ch_{n:024}")),
    ];
    let sale =
        Claim { alert, amount: Some(AMOUNT), test: false, returned: 0, counted: true, goal: None };
    Purchase { sale: Some(sale), ..Purchase::new(alert, ids) }
}

/// An alert that was shown, with its story.
fn alert(event: &NewEvent, now: Timestamp) -> Alert {
    let item = Item { name: "T-shirt".into(), variant: Some("L".into()), quantity: 1, image: None };
    let mut alert = Alert {
        id: event.alert,
        event: event.id.clone(),
        kind: AlertKind::Sale,
        test: false,
        created: now,
        late: false,
        members: Vec::new(),
        buyer: Buyer { name: "mika".into(), ..Buyer::someone() },
        buyer_keys: Vec::new(),
        amount: Some(AMOUNT),
        items: vec![item],
        message: Some("love the stream, keep it going".into()),
        message_withheld: false,
        look: None,
        state: AlertState::Shown,
        reason: None,
        refunded: false,
        held_for: None,
        spot: None,
        entered: now,
        showing: 1,
        counted: 0,
        duration_ms: 6_000,
        proof: Some(Proof {
            overlay: Some(OverlayId::from_u128(1)),
            connection: Some(ConnectionId::from_u128(1)),
            started: Some(now),
            finished: Some(now),
            active: Some(true),
            visible: Some(true),
            streaming: Some(true),
            audio: Some(true),
        }),
        steps: Vec::new(),
    };
    for step in ["received", "verified", "stored", "queued", "playing", "started", "shown"] {
        alert.step(step, now, None);
    }
    alert
}

/// Four entries that follow a state, and the state that follows them.
fn entries(mut state: State, alert: &Alert, now: Timestamp) -> (State, Vec<Entry>) {
    let story =
        [EntryType::Sale, EntryType::AlertQueued, EntryType::AlertPlaying, EntryType::AlertShown];
    let entries = story.map(|what| {
        state.offset += 1;
        Entry {
            position: state.position(),
            time: now,
            what,
            test: false,
            replay: false,
            data: json!({ "alert": alert.wire(false) }),
        }
    });
    (state, entries.into())
}

async fn expire(store: &dyn Store) {
    let all = store.now() + Duration::from_hours(1);
    let step = Cutoffs { events: all, log: all, alerts: Some(all), ids: all, limit: 500 };
    while store.expire(step).await.unwrap() > 0 {}
}

/// Bytes that Redis uses, but for its clients.
fn memory(server: &RedisServer) -> u64 {
    server.command::<()>(&["MEMORY", "PURGE"]);
    let bytes = |name: &str| server.info(name).unwrap().parse::<u64>().unwrap();
    bytes("used_memory") - bytes("mem_clients_normal")
}
