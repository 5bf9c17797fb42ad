//! The gateway's HTTP API, seen from the command line.

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Method, Request, Response, StatusCode};
use ureq::{Agent, Body, BodyReader};

use super::CliError;
use super::feed::Feed;

/// How long a gateway may take to accept a connection; it is mostly on the same machine.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take: longer than the 2 s after which the store's writer says 503.
const ANSWER: Duration = Duration::from_secs(15);
/// Rows of a list asked for at once; the API allows no more.
const PAGE: usize = 1000;

pub(super) struct Client {
    agent: Agent,
    url: String,
    token: String,
}

impl Client {
    /// A client of the gateway at `url`; an empty token sends none.
    pub(super) fn new(url: &str, token: &str) -> Self {
        Self::within(Some(ANSWER), url, token)
    }

    /// The same, for what takes as long as it takes.
    pub(super) fn patient(&self) -> Self {
        Self::within(None, &self.url, &self.token)
    }

    fn within(answer: Option<Duration>, url: &str, token: &str) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(answer)
            .user_agent(concat!("tillbell/", env!("CARGO_PKG_VERSION")));
        // A proxy that the environment names cannot reach this machine's loopback.
        if ["//127.", "//localhost", "//[::1]"].iter().any(|local| url.contains(local)) {
            config = config.proxy(None);
        }
        Self { agent: config.build().new_agent(), url, token: token.into() }
    }

    pub(super) fn address(&self) -> &str {
        &self.url
    }

    pub(super) fn get(&self, path: &str) -> Result<Value, CliError> {
        self.call(Method::GET, path, None)
    }

    pub(super) fn post(&self, path: &str, body: Option<&Value>) -> Result<Value, CliError> {
        self.call(Method::POST, path, body)
    }

    pub(super) fn patch(&self, path: &str, body: &Value) -> Result<Value, CliError> {
        self.call(Method::PATCH, path, Some(body))
    }

    pub(super) fn delete(&self, path: &str) -> Result<Value, CliError> {
        self.call(Method::DELETE, path, None)
    }

    /// A whole list, or its first `limit` rows, page after page.
    pub(super) fn list(&self, path: &str, limit: Option<usize>) -> Result<Vec<Value>, CliError> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let limit = limit.unwrap_or(usize::MAX);
        let mut rows: Vec<Value> = Vec::new();
        let mut after = String::new();
        while rows.len() < limit {
            let page = PAGE.min(limit - rows.len());
            let mut answer = self.get(&format!("{path}{joint}limit={page}{after}"))?;
            if let Value::Array(data) = answer["data"].take() {
                rows.extend(data);
            }
            match answer["next"].as_str() {
                Some(next) => after = format!("&after={}", segment(next)),
                None => break,
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }

    /// The streamer that is meant: the one named, else the only one, else `me`.
    pub(super) fn streamer(&self, named: Option<&str>) -> Result<String, CliError> {
        if let Some(named) = named {
            return Ok(named.into());
        }
        let two = self.list("/streamers", Some(2))?;
        Ok(match two.as_slice() {
            [only] => only["id"].as_str().unwrap_or("me").into(),
            _ => "me".into(),
        })
    }

    /// `/streamers/{s}` of the streamer that is meant.
    pub(super) fn at_streamer(&self, named: Option<&str>) -> Result<String, CliError> {
        Ok(format!("/streamers/{}", segment(&self.streamer(named)?)))
    }

    /// One setting of the streamer that is meant. Keys that may not change settings are not told them.
    pub(super) fn setting(&self, named: Option<&str>, name: &str) -> Result<Value, CliError> {
        let mut streamer = self.get(&self.at_streamer(named)?)?;
        streamer
            .get_mut(name)
            .map(Value::take)
            .ok_or_else(|| CliError::Failed(format!("this key may not see {name}: use an owner's")))
    }

    /// A streamer's log as it grows, from a position or from now on. The stream is open when this
    /// returns: what happens later is in it.
    pub(super) fn feed(
        &self,
        streamer: &str,
        after: Option<&str>,
    ) -> Result<Feed<BufReader<BodyReader<'static>>>, CliError> {
        let path = format!("/api/v1/streamers/{}/log/stream", segment(streamer));
        let request = self.request(Method::GET, &path).header("accept", "text/event-stream");
        let request = match after {
            Some(after) => request.header("last-event-id", after),
            None => request,
        };
        let answer = self.run(request, None)?;
        match self.refusal(answer)? {
            Ok(answer) => Ok(Feed::new(BufReader::new(answer.into_body().into_reader()))),
            Err(error) => Err(error),
        }
    }

    /// Sends bytes of some type.
    pub(super) fn upload(&self, path: &str, kind: &str, bytes: &[u8]) -> Result<Value, CliError> {
        let request = self.request(Method::POST, &format!("/api/v1{path}"));
        let request = request.header("content-type", kind).body(bytes);
        let answer = self.agent.run(request.map_err(|_| self.wrong_address())?);
        self.read(answer.map_err(|error| self.unreached(error))?)
    }

    /// Writes what is at an address; how many bytes it was.
    pub(super) fn fetch(&self, path: &str, to: &mut impl Write) -> Result<u64, CliError> {
        self.copy(Method::GET, path, to)
    }

    /// Writes what the gateway makes of a `POST`, however long that takes; how many bytes it was.
    pub(super) fn download(&self, path: &str, to: &mut impl Write) -> Result<u64, CliError> {
        self.copy(Method::POST, path, to)
    }

    fn copy(&self, method: Method, path: &str, to: &mut impl Write) -> Result<u64, CliError> {
        let request = self.request(method, &format!("/api/v1{path}")).body(());
        let request = request.map_err(|_| self.wrong_address())?;
        let patient = self.agent.configure_request(request).timeout_recv_response(None).build();
        let answer = self.agent.run(patient).map_err(|error| self.unreached(error))?;
        let answer = self.refusal(answer)??;
        let length = answer.headers().get("content-length").and_then(|text| text.to_str().ok());
        let length = length.and_then(|text| text.parse::<u64>().ok());
        let copied = std::io::copy(&mut answer.into_body().into_reader(), to);
        let copied = copied.map_err(|error| CliError::Failed(format!("broke off: {error}")))?;
        if length.is_some_and(|length| length != copied) {
            return Err(self.away("broke off while answering: try again"));
        }
        Ok(copied)
    }

    /// Whether the gateway says that it is ready, and its clock's `Date`.
    pub(super) fn readiness(&self) -> Result<(bool, Option<String>), CliError> {
        let answer = self.run(self.request(Method::GET, "/readyz"), None)?;
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
        Ok((answer.status() == StatusCode::OK, date.map(str::to_owned)))
    }

    fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, CliError> {
        self.read(self.run(self.request(method, &format!("/api/v1{path}")), body)?)
    }

    fn read(&self, answer: Response<Body>) -> Result<Value, CliError> {
        let mut answer = self.refusal(answer)??;
        let text = self.text(answer.body_mut())?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|_| self.away("did not answer as Tillbell does"))
    }

    fn request(&self, method: Method, path: &str) -> ureq::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        match self.token.as_str() {
            "" => request,
            token => request.header("authorization", format!("Bearer {token}")),
        }
    }

    fn run(
        &self,
        request: ureq::http::request::Builder,
        body: Option<&Value>,
    ) -> Result<Response<Body>, CliError> {
        let wrong = |_| self.wrong_address();
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).map_err(wrong)?)
            }
            None => self.agent.run(request.body(()).map_err(wrong)?),
        };
        answer.map_err(|error| self.unreached(error))
    }

    fn wrong_address(&self) -> CliError {
        CliError::Usage(format!("{} is no address of a gateway", self.url))
    }

    fn unreached(&self, error: ureq::Error) -> CliError {
        let why = match error {
            ureq::Error::Io(error) => error.to_string(),
            error => error.to_string(),
        };
        self.away(&format!("cannot be reached ({why}): is tillbell serve running there?"))
    }

    /// An answer that is no success, as the sentence the gateway gave for it.
    fn refusal(
        &self,
        mut answer: Response<Body>,
    ) -> Result<Result<Response<Body>, CliError>, CliError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(Ok(answer));
        }
        let problem: Value =
            serde_json::from_str(&self.text(answer.body_mut())?).unwrap_or_default();
        let detail = problem["detail"].as_str().or(problem["title"].as_str());
        Ok(Err(match (status, detail) {
            (StatusCode::SERVICE_UNAVAILABLE, detail) => {
                self.away(&format!("cannot do this now: {}", detail.unwrap_or("try again soon")))
            }
            (StatusCode::UNAUTHORIZED, _) => CliError::Failed(format!(
                "the gateway at {} refuses this token: give its own with --token or --data",
                self.url
            )),
            (_, Some(detail)) => CliError::Failed(detail.into()),
            (_, None) => {
                CliError::Failed(format!("{} answered {status}: is it Tillbell?", self.url))
            }
        }))
    }

    fn text(&self, body: &mut Body) -> Result<String, CliError> {
        body.read_to_string()
            .map_err(|error| self.away(&format!("broke off while answering: {error}")))
    }

    pub(super) fn away(&self, why: &str) -> CliError {
        CliError::Unreachable { url: self.url.clone(), why: why.into() }
    }
}

/// Text from a person as one segment of a path or one value of a query.
pub(super) fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if plain(byte) {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

/// `/a/b`, or `/a/b?streamer=s`.
pub(super) fn of_streamer(path: &str, streamer: Option<&str>) -> String {
    match streamer {
        Some(streamer) => format!("{path}?streamer={}", segment(streamer)),
        None => path.into(),
    }
}

/// Reads lines until the stream ends, whatever the reason: a lost connection is an end too.
pub(super) fn next_line(from: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    match from.read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
    }
}
