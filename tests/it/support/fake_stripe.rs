//! The fake Stripe, in a process of its own on a free port.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use super::{Setup, tillbell};

/// A running fake. Dropping it kills it.
pub(crate) struct FakeStripe {
    process: Child,
    /// The API's base.
    pub url: String,
    /// A key of test mode.
    pub key: String,
    agent: ureq::Agent,
}

impl FakeStripe {
    /// A fresh one that sends nothing yet.
    pub(crate) fn start() -> Self {
        let mut process = tillbell()
            .args(["fake-stripe", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        Self { url: text("api_base"), key: text("api_key"), process, agent }
    }

    /// How a gateway is started that uses it.
    pub(crate) fn setup(&self) -> Setup {
        let env = [("STRIPE_API_KEY", &self.key), ("TILLBELL__STRIPE__API_BASE", &self.url)];
        let env = env.map(|(name, value)| (name.to_owned(), value.clone())).to_vec();
        Setup { env, ..Setup::default() }
    }

    /// Posts a form to the API, in the name of a connected account if one is named.
    pub(crate) fn post(&self, account: Option<&str>, path: &str, form: &[(&str, &str)]) -> Value {
        let mut request = self
            .agent
            .post(format!("{}/v1/{path}", self.url))
            .header("authorization", format!("Bearer {}", self.key));
        if let Some(account) = account {
            request = request.header("stripe-account", account);
        }
        let mut answer = request.send_form(form.to_vec()).unwrap();
        let told = json_of(&mut answer);
        assert!(answer.status().is_success(), "{path}: {told}");
        told
    }

    /// Reads from the API.
    pub(crate) fn get(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.key);
        let request = self.agent.get(format!("{}/v1/{path}", self.url));
        json_of(&mut request.header("authorization", bearer).call().unwrap())
    }

    /// Deletes from the API.
    pub(crate) fn delete(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.key);
        let request = self.agent.delete(format!("{}/v1/{path}", self.url));
        json_of(&mut request.header("authorization", bearer).call().unwrap())
    }

    /// Opens a session that sells one thing; its id.
    pub(crate) fn open_session(&self, account: Option<&str>, more: &[(&str, &str)]) -> String {
        let mut form = vec![
            ("mode", "payment"),
            ("success_url", "http://127.0.0.1/thanks"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "eur"),
            ("line_items[0][price_data][unit_amount]", "2599"),
            ("line_items[0][price_data][product_data][name]", "Hoodie"),
        ];
        form.extend_from_slice(more);
        let session = self.post(account, "checkout/sessions", &form);
        session["id"].as_str().unwrap().to_owned()
    }

    /// Lets a buyer try to pay with a card that is declined.
    pub(crate) fn decline(&self, session: &str) {
        let told = self.told(&format!("sessions/{session}/pay"), &json!({ "how": "decline" }));
        assert_eq!(told["error"]["code"], "card_declined", "{told}");
    }

    /// Tells it what only a fake can be told.
    pub(crate) fn control(&self, path: &str, body: &Value) -> Value {
        let told = self.told(path, body);
        assert!(told["error"].is_null(), "{path}: {told}");
        told
    }

    fn told(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/_fake/{path}", self.url);
        let request = self.agent.post(url).header("content-type", "application/json");
        json_of(&mut request.send(body.to_string()).unwrap())
    }

    /// Presses the button of a page of its own, such as where an account signs up.
    pub(crate) fn press(&self, url: &str) {
        let answer = self.agent.post(url).send_empty().unwrap();
        assert!(answer.status().as_u16() < 400, "{url}: {answer:?}");
    }

    /// What it shows of itself.
    pub(crate) fn shows(&self, path: &str) -> Value {
        let mut answer = self.agent.get(format!("{}/_fake/{path}", self.url)).call().unwrap();
        json_of(&mut answer)
    }

    /// Lets a buyer pay an open session.
    pub(crate) fn pay(&self, session: &str) -> Value {
        self.control(&format!("sessions/{session}/pay"), &json!({}))
    }
}

fn json_of(answer: &mut ureq::http::Response<ureq::Body>) -> Value {
    let text = answer.body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}
