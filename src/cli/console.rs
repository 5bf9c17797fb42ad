//! What a command has at hand: how to reach the gateway, the settings, and where to print.

use std::fs;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::client::Client;
use super::output::{Column, Table, colour, record};
use super::{CliError, Reach};
use crate::config::{Config, Environment, Sources};

pub(super) struct Console {
    reach: Reach,
    env: Environment,
    out: Box<dyn Write>,
    colours: bool,
}

impl Console {
    pub(super) fn new(reach: Reach, env: Environment, out: Box<dyn Write>) -> Self {
        let colours = io::stdout().is_terminal() && !env.contains_key("NO_COLOR") && !reach.json;
        Self { reach, env, out, colours }
    }

    /// The effective configuration, with what the command's own flags say.
    pub(super) fn config(
        &self,
        mut flags: Vec<(&'static str, String)>,
    ) -> Result<Config, CliError> {
        let named = self.env.get("TILLBELL_CONFIG").filter(|name| !name.is_empty());
        let file = self.reach.config.clone().or_else(|| named.map(PathBuf::from));
        flags.extend(self.reach.data.iter().map(|data| ("data", data.display().to_string())));
        Ok(Config::load(&Sources { file, env: self.env.clone(), flags })?)
    }

    /// The data directory. When it is named outright, a broken configuration is no obstacle.
    pub(super) fn data(&self) -> Result<PathBuf, CliError> {
        let named = self.env.get("TILLBELL_DATA").filter(|name| !name.is_empty());
        match self.reach.data.clone().or_else(|| named.map(PathBuf::from)) {
            Some(data) => Ok(data),
            None => Ok(self.config(Vec::new())?.data),
        }
    }

    /// The running gateway, as an admin.
    pub(super) fn client(&self) -> Result<Client, CliError> {
        let url = self.url()?;
        match self.given(self.reach.token.as_ref(), "TILLBELL_TOKEN") {
            Some(token) => Ok(Client::new(&url, &token)),
            None => Ok(Client::new(&url, &left_behind(&self.data()?, "admin.token")?)),
        }
    }

    /// The running gateway, as a stranger.
    pub(super) fn anonymous(&self) -> Result<Client, CliError> {
        Ok(Client::new(&self.url()?, ""))
    }

    fn url(&self) -> Result<String, CliError> {
        match self.given(self.reach.url.as_ref(), "TILLBELL_URL") {
            Some(url) => Ok(url),
            None => left_behind(&self.data()?, "address"),
        }
    }

    fn given(&self, flag: Option<&String>, variable: &str) -> Option<String> {
        flag.or_else(|| self.env.get(variable)).filter(|text| !text.is_empty()).cloned()
    }

    pub(super) fn is_json(&self) -> bool {
        self.reach.json
    }

    pub(super) fn flush(&mut self) -> Result<(), CliError> {
        Ok(self.out.flush()?)
    }

    /// One line as it is.
    pub(super) fn line(&mut self, text: &str) -> Result<(), CliError> {
        writeln!(self.out, "{text}")?;
        // Stages of a test alert and entries of a log are news: they are seen when they happen.
        self.flush()
    }

    /// The text with a state's colour, where colours are wanted.
    pub(super) fn state(&self, state: &str, text: &str) -> String {
        if self.colours { colour(state, text) } else { text.into() }
    }

    /// Rows under their heads, or a sentence when there are none.
    pub(super) fn list(
        &mut self,
        rows: &[Value],
        columns: &[Column],
        none: &str,
    ) -> Result<(), CliError> {
        if self.is_json() {
            return rows.iter().try_for_each(|row| self.line(&row.to_string()));
        }
        if rows.is_empty() {
            return self.line(&format!("  {none}"));
        }
        let table = Table::new(columns, rows).render(self.colours);
        self.line(&table)
    }

    /// One thing with all its fields.
    pub(super) fn show(&mut self, thing: &Value) -> Result<(), CliError> {
        if self.is_json() {
            return self.line(&thing.to_string());
        }
        let text = record(thing);
        self.line(&text)
    }

    /// One thing, said in words of its own.
    pub(super) fn say(&mut self, thing: &Value, text: &str) -> Result<(), CliError> {
        if self.is_json() { self.line(&thing.to_string()) } else { self.line(text) }
    }

    /// That something is done: `removed mika`.
    pub(super) fn done(&mut self, verb: &str, name: &str) -> Result<(), CliError> {
        self.say(&json!({ verb: name }), &format!("  {verb} {name}"))
    }

    /// What is on stdin, or in the file that is named.
    pub(super) fn input(&self, file: Option<&Path>) -> Result<String, CliError> {
        let Some(path) = file else { return Ok(io::read_to_string(io::stdin())?) };
        fs::read_to_string(path)
            .map_err(|error| CliError::Failed(format!("cannot read {}: {error}", path.display())))
    }

    /// What is on stdin, when a file is not named; a person at a terminal is asked for one line.
    pub(super) fn secret_input(
        &self,
        file: Option<&Path>,
        prompt: &str,
    ) -> Result<String, CliError> {
        if file.is_none() && io::stdin().is_terminal() {
            // Not echoed: streamers share their screens.
            eprint!("{prompt} ");
            return Ok(rpassword::read_password()?);
        }
        self.input(file)
    }
}

/// A file that a running gateway keeps in its data directory.
fn left_behind(data: &Path, name: &str) -> Result<String, CliError> {
    match fs::read_to_string(data.join(name)) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(CliError::NoGateway(data.into()))
        }
        Err(error) => {
            let path = data.join(name);
            Err(CliError::Failed(format!(
                "cannot read {}: {error}; run this as the user who runs the gateway",
                path.display()
            )))
        }
    }
}
