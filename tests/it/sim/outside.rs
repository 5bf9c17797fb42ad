//! The real binary against the rules alone: a history of events, clicks and acknowledgements, made
//! from a seed, is told to both, and both must play the same, log the same and end in the same state.
//!
//! What depends on time is left out: one page, which begins at once, and plays that last a minute.

use serde_json::{Value, json};
use tillbell::{
    alert::AlertKind,
    channel::{Ack, Channel, Event, Here, Input, NewSale, Play, Said, What},
    connection::{Connection, Mode, OverlayKind, SourceState},
    id::{AlertId, ConnectionId, NodeId, OverlayId},
    settings::Settings,
    store::{Committed, Names},
    stripe::{
        event::Envelope,
        sale::{self, SaleSettings},
    },
    time::Timestamp,
};

use super::model::Model;
use crate::support::{Gateway, Page, Random, checkout, unix_now, wait_for};

const SECRET: &str = "whsec_of_the_simulation";

const STEPS: u64 = 60;

/// The rules, and the gateway that must do the same.
struct Both<'a> {
    model: Model,
    settings: Settings,
    gateway: &'a Gateway,
    streamer: String,
    page: Page,
    /// The newest play, as the page was given it.
    given: Value,
    events: Vec<Value>,
}

impl<'a> Both<'a> {
    fn new(gateway: &'a Gateway, seed: u64) -> Self {
        let streamer = format!("seed{seed}");
        gateway.add_streamer(&streamer);
        let path = format!("/api/v1/streamers/{streamer}");
        assert_eq!(gateway.admin("PATCH", &path, Some(&json!({ "duration": "60s" }))).status, 200);
        let added = gateway.post(&format!("{path}/secrets"), &json!({ "secret": SECRET }));
        assert_eq!(added.status, 201, "{added:?}");
        let page = Page::welcomed(gateway, &gateway.overlay_key(&streamer, "main"));
        let mut model = Model::new(Timestamp::from_secs(unix_now()));
        model.register(connection(&streamer, model.now));
        let (given, events) = (Value::Null, Vec::new());
        let settings = Settings::default();
        Self { model, settings, gateway, streamer, page, given, events }
    }

    fn step(&mut self, random: &mut Random) {
        match random.below(20) {
            0..7 => self.sell(random),
            7..9 => self.refund(random),
            9 if !self.events.is_empty() => {
                let event = random.pick(&self.events);
                self.deliver(&event, "duplicate");
            }
            10..14 => self.say(random.pick(&["finished", "finished", "failed"])),
            14..17 => self.click(random),
            _ => self.name_one(random),
        }
        self.begin();
        self.compare_queue();
    }

    /// The rules take something in.
    fn apply(&mut self, input: Input) -> bool {
        let mut names = Names::default();
        input.name(&mut names);
        let loaded = self.model.load(&names);
        let token = loaded.token;
        let here =
            Here { node: NodeId::from_u128(1), node_started: self.model.now, draining: false };
        let mut channel = Channel::new(loaded, &names, &self.settings, here);
        let applied = channel.apply(input).is_ok();
        if let Some(change) = channel.take_change() {
            assert_eq!(self.model.commit(token, change), Committed::Done);
        }
        applied
    }

    fn sell(&mut self, random: &mut Random) {
        let mut event = checkout(u32::try_from(random.below(9)).unwrap());
        event["id"] = json!(format!("evt_{}_{}", self.streamer, self.events.len()));
        // A second event of a purchase tells the same of it.
        event["livemode"] = json!(!event["data"]["object"]["id"].as_str().unwrap().ends_with('4'));
        self.tell(event);
    }

    fn refund(&mut self, random: &mut Random) {
        let number = random.below(9);
        let gone = random.pick(&[2599, 2599, 500]);
        self.tell(json!({
            "id": format!("evt_{}_{}", self.streamer, self.events.len()), "object": "event",
            "livemode": true, "created": unix_now(), "type": "charge.refunded",
            "data": { "object": {
                "id": format!("ch_{number}"), "object": "charge", "currency": "eur",
                "payment_intent": format!("pi_{number:024}"), "amount": 2599,
                "amount_refunded": gone, "refunded": gone == 2599,
            } },
        }));
    }

    /// An event, told to both; the gateway's outcome is waited for.
    fn tell(&mut self, event: Value) {
        self.deliver(&event, "accepted");
        wait_for("every event's outcome", || {
            (self.gateway.get("/api/v1/status").json()["unsettled"] == 0).then_some(())
        });
        let envelope = Envelope::read_trusted(event.to_string().as_bytes()).unwrap();
        let settings = SaleSettings {
            renewals: false,
            payment_intents: false,
            nickname_field: "nickname".into(),
            message_field: "message".into(),
        };
        let reading = sale::read(&envelope, &settings);
        let what = match &reading.what {
            sale::What::Sale(sale) => What::Sale(NewSale {
                kind: AlertKind::Sale,
                test: !sale.livemode,
                hidden: false,
                held_for: None,
                created: self.model.now,
                name: sale.name.clone(),
                buyer: None,
                buyer_email: None,
                amount: sale.amount,
                items: vec![],
                message: sale.message.clone(),
            }),
            other => What::besides_a_sale(other).unwrap(),
        };
        let alert = AlertId::from_u128(self.events.len() as u128 + 1);
        let stored = self.model.now;
        self.events.push(event);
        let event = Event { id: envelope.id, alert, stored, ids: reading.ids, what };
        assert!(self.apply(Input::Event(event)));
    }

    fn deliver(&self, event: &Value, result: &str) {
        let path = format!("/webhooks/stripe/{}", self.streamer);
        let answer = self.gateway.deliver(&path, event.to_string().as_bytes(), SECRET);
        assert_eq!((answer.status, &answer.json()["result"]), (200, &json!(result)));
    }

    fn click(&mut self, random: &mut Random) {
        let (word, input) = random.pick(&[
            ("pause", Input::Pause),
            ("resume", Input::Resume),
            ("resume", Input::Resume),
            ("mute", Input::Mute),
            ("unmute", Input::Unmute),
            ("clear", Input::Clear),
            ("panic", Input::Panic),
        ]);
        assert!(self.apply(input));
        let path = format!("/api/v1/streamers/{}/queue/{word}", self.streamer);
        assert_eq!(self.gateway.post(&path, &json!({})).status, 200, "{word}");
    }

    /// Skips, replays, approves or rejects one alert; both do it, or neither.
    fn name_one(&mut self, random: &mut Random) {
        let known: Vec<AlertId> = self.model.alerts.keys().copied().collect();
        if known.is_empty() {
            return;
        }
        let ours = random.pick(&known);
        let event = self.model.alerts[&ours].event.to_string();
        let theirs = self.alerts().into_iter().find(|alert| alert["event"] == event).unwrap();
        let theirs = theirs["id"].as_str().unwrap();
        let of = format!("/api/v1/streamers/{}", self.streamer);
        let (path, body, input) = match random.below(4) {
            0 => ("queue/skip".into(), json!({ "alert_id": theirs }), Input::Skip(Some(ours))),
            1 => (format!("alerts/{theirs}/reject"), json!({}), Input::Reject(ours)),
            _ => (format!("alerts/{theirs}/replay"), json!({}), Input::Replay(ours)),
        };
        let done = self.apply(input);
        let answer = self.gateway.post(&format!("{of}/{path}"), &body);
        assert_eq!(answer.status == 200, done, "{path}: {answer:?}");
    }

    /// The page begins what both have begun to play.
    fn begin(&mut self) {
        while let Some(play) = self.unbegun() {
            let event = self.model.alerts[&play.alert].event.to_string();
            self.given = loop {
                match self.page.next().unwrap() {
                    frame if frame["type"] == "play" => break frame,
                    _ => {}
                }
            };
            let theirs = self.given["alert"]["id"].as_str().unwrap();
            let theirs =
                self.gateway.get(&format!("/api/v1/streamers/{}/alerts/{theirs}", self.streamer));
            assert_eq!(
                (&theirs.json()["event"], &self.given["showing"]),
                (&json!(event), &json!(play.showing))
            );
            self.say("started");
        }
    }

    fn unbegun(&self) -> Option<Play> {
        self.model.state.playing().filter(|play| play.started.is_none()).cloned()
    }

    /// The page says something of the newest play, if there was one, also when it is over.
    fn say(&mut self, word: &str) {
        let Some(play) = self.model.state.play.clone() else { return };
        self.page.ack(word, &self.given);
        wait_for("an answer", || {
            let frame = self.page.next().unwrap();
            (frame["lease"] == self.given["lease"] && frame["type"] == "noted").then_some(())
        });
        let what = match word {
            "started" => Said::Started { audio: None },
            "finished" => Said::Finished,
            _ => Said::Failed { reason: String::new() },
        };
        assert!(self.apply(Input::Ack(Ack {
            connection: ConnectionId::from_u128(1),
            overlay: OverlayId::from_u128(1),
            alert: play.alert,
            lease: play.lease,
            source: SourceState::default(),
            sent: None,
            what,
        })));
    }

    fn alerts(&self) -> Vec<Value> {
        let path = format!("/api/v1/streamers/{}/alerts?limit=1000", self.streamer);
        self.gateway.get(&path).json()["data"].as_array().unwrap().clone()
    }

    fn compare_queue(&self) {
        let theirs = self.gateway.get(&format!("/api/v1/streamers/{}/queue", self.streamer)).json();
        let state = &self.model.state;
        let ours = [json!(state.paused), json!(state.muted), json!(state.panic)];
        assert_eq!([&theirs["paused"], &theirs["muted"], &theirs["panic"]], ours.each_ref());
        assert_eq!(theirs["length"], state.waiting);
        assert_eq!(theirs["playing"].is_null(), state.playing().is_none());
    }

    /// The alerts, the totals and the log are the same.
    fn compare_ends(&self) {
        let ours = self.model.alerts.values().map(|alert| {
            let (state, reason) = (alert.state, alert.reason);
            json!([alert.event, state, reason, alert.refunded, alert.test, alert.showing])
        });
        let theirs = self.alerts().into_iter().map(|a| {
            json!([a["event"], a["state"], a["reason"], a["refunded"], a["test"], a["showing"]])
        });
        assert_eq!(in_order(ours), in_order(theirs));
        let of = format!("/api/v1/streamers/{}", self.streamer);
        let total = self.model.totals.get(&"eur".parse().unwrap()).copied().unwrap_or_default();
        let theirs = &self.gateway.get(&format!("{of}/totals")).json()["data"][0];
        let minor = theirs["amount"]["minor"].as_i64().unwrap_or_default();
        assert_eq!((minor, theirs["orders"].as_i64().unwrap_or_default()), total);
        let log = self.gateway.get(&format!("{of}/log?after=0&limit=1000")).json();
        let theirs = log["data"].as_array().unwrap().iter();
        let theirs: Vec<Value> =
            theirs.map(|e| json!([e["event"]["type"], e["test"], e["replay"]])).collect();
        let ours = self.model.entries.iter().map(|e| json!([e.what, e.test, e.replay]));
        assert_eq!(ours.collect::<Vec<_>>(), theirs);
    }
}

fn in_order(alerts: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut alerts: Vec<Value> = alerts.collect();
    alerts.sort_by_key(|alert| alert[0].to_string());
    alerts
}

fn connection(streamer: &str, now: Timestamp) -> Connection {
    Connection {
        id: ConnectionId::from_u128(1),
        node: NodeId::from_u128(1),
        streamer: streamer.parse().unwrap(),
        overlay: OverlayId::from_u128(1),
        overlay_name: "main".into(),
        kind: OverlayKind::Alerts,
        mode: Mode::Live,
        since: now,
        remote: [127, 0, 0, 1].into(),
        client: Box::default(),
        obs: None,
        chrome: None,
        muted: false,
        source: SourceState::default(),
        heard_at: now,
        round_trip_ms: None,
    }
}

#[test]
fn the_binary_ends_where_the_rules_end() {
    let gateway = Gateway::start();
    let seeds = super::setting("TILLBELL_SEEDS").map_or(4, |seeds| super::number(&seeds));
    for seed in 1..=seeds {
        println!("seed {seed}");
        let mut both = Both::new(&gateway, seed);
        for step in 0..STEPS {
            both.step(&mut Random::of_step(seed, step));
        }
        both.compare_ends();
    }
}
