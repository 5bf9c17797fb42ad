//! The world told what to do, without HTTP.

mod api;
mod deliveries;
mod money;

use serde_json::{Value, json};

use super::{
    calls::{self, Call, Reply},
    control, forms,
    refusal::Answer,
    world::World,
};

const NOW_MS: i64 = 1_790_000_000_000;

const HOODIE: &str = "mode=payment&success_url=http://127.0.0.1/done&line_items[0][quantity]=2\
    &line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=2599\
    &line_items[0][price_data][product_data][name]=Hoodie&metadata[streamer]=me";

struct Shop {
    world: World,
    key: String,
    account: Option<String>,
    idempotency_key: Option<String>,
}

impl Shop {
    fn new() -> Self {
        let world = World::new(7, "http://127.0.0.1:7580".into(), NOW_MS);
        let key = world.keys.test.clone();
        Self { world, key, account: None, idempotency_key: None }
    }

    fn reply(&mut self, method: &str, path: &str, form: &str) -> Reply {
        let call = Call {
            method: method.into(),
            path: path.into(),
            params: forms::read(form.as_bytes()).unwrap(),
            key: Some(self.key.clone()),
            account: self.account.clone(),
            idempotency_key: self.idempotency_key.clone(),
            request_id: "req_1".into(),
        };
        calls::carry_out(&mut self.world, &call)
    }

    fn get(&mut self, path: &str) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.reply("GET", path, query).answer.unwrap()
    }

    #[track_caller]
    fn post(&mut self, path: &str, form: &str) -> Value {
        self.reply("POST", path, form).answer.unwrap()
    }

    /// Status, code and parameter of a refusal.
    #[track_caller]
    fn refused(&mut self, method: &str, path: &str, form: &str) -> (u16, String, String) {
        let refusal = self.reply(method, path, form).answer.unwrap_err();
        let error = &refusal.body()["error"];
        let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
        (refusal.status, text("code"), text("param"))
    }

    fn try_told(&mut self, path: &str, given: Value) -> Answer {
        control::carry_out(&mut self.world, "POST", path, &given)
    }

    #[track_caller]
    fn told(&mut self, path: &str, given: Value) -> Value {
        self.try_told(path, given).unwrap()
    }

    /// Opens a session and pays it; what it is then.
    #[track_caller]
    fn sell(&mut self, form: &str) -> Value {
        let session = self.post("checkout/sessions", form);
        self.told(&format!("sessions/{}/pay", text(&session, "id")), json!({}))
    }

    fn types(&self) -> Vec<&str> {
        self.world.events.iter().map(|event| &*event.event_type).collect()
    }

    /// What the ledger says of a currency, as paid, refunded, net.
    fn ledger(&mut self, currency: &str) -> [i64; 3] {
        let all = control::carry_out(&mut self.world, "GET", "ledger", &json!({})).unwrap();
        let sums = &all["currencies"][currency];
        ["paid", "refunded", "net"].map(|field| sums[field].as_i64().unwrap())
    }
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap().to_owned()
}
