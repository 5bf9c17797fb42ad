//! `moderation`: what of a buyer's words is hidden, replaced or held.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Client;
use super::output::{at, labelled};
use super::{CliError, Console};

/// Show, change or try out what is hidden of what buyers write.
#[derive(Debug, Subcommand)]
pub(super) enum Moderation {
    /// Show the lists
    Show(Whose),
    /// Add words or phrases; * stands for any letters, and without one a word is found as a whole
    Add {
        #[command(flatten)]
        entries: Entries,
        #[command(flatten)]
        whose: Whose,
    },
    /// Take words or phrases out again
    Remove {
        #[command(flatten)]
        entries: Entries,
        #[command(flatten)]
        whose: Whose,
    },
    /// Change what happens to links, and how long texts may be
    Set {
        /// strip, hold or allow
        #[arg(long)]
        links: Option<String>,
        /// Longest message, 0 to 300 characters as people count them
        #[arg(long, value_name = "N")]
        max_message: Option<usize>,
        /// Longest name, 1 to 50
        #[arg(long, value_name = "N")]
        max_name: Option<usize>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Say what would be shown of a name and a message, and what was found in them
    Try {
        /// A buyer's name
        #[arg(long)]
        name: Option<String>,
        /// A buyer's message
        #[arg(long)]
        message: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
}

/// Whose lists.
#[derive(Debug, Args)]
pub(super) struct Whose {
    /// Whose [default: the only one, or me]
    streamer: Option<String>,
}

/// Entries of the lists, each option as often as wanted.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Entries {
    /// A message with it is not shown, a buyer so named is Someone
    #[arg(long, value_name = "WORD")]
    hide: Vec<String>,
    /// An alert with it waits for a person
    #[arg(long, value_name = "WORD")]
    hold: Vec<String>,
    /// It becomes ***
    #[arg(long, value_name = "WORD")]
    replace: Vec<String>,
    /// What lies within it is no hit
    #[arg(long, value_name = "WORD")]
    allow: Vec<String>,
}

impl Entries {
    fn lists(&self) -> [(&'static str, &[String]); 4] {
        [
            ("hide", &self.hide),
            ("hold", &self.hold),
            ("replace", &self.replace),
            ("allow", &self.allow),
        ]
    }
}

impl Moderation {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let path = |whose: &Whose| client.at_streamer(whose.streamer.as_deref());
        match self {
            Self::Show(whose) => {
                console.show(&client.setting(whose.streamer.as_deref(), "moderation")?)
            }
            Self::Add { entries, whose } => change(console, &client, &path(&whose)?, |lists| {
                entries.lists().into_iter().try_for_each(|(name, words)| add(lists, name, words))
            }),
            Self::Remove { entries, whose } => change(console, &client, &path(&whose)?, |lists| {
                entries.lists().into_iter().try_for_each(|(name, words)| remove(lists, name, words))
            }),
            Self::Set { links, max_message, max_name, whose } => {
                let given = [
                    ("links", links.map(Value::from)),
                    ("max_message", max_message.map(Value::from)),
                    ("max_name", max_name.map(Value::from)),
                ];
                change(console, &client, &path(&whose)?, |lists| {
                    for (name, value) in given {
                        if let Some(value) = value {
                            lists[name] = value;
                        }
                    }
                    Ok(())
                })
            }
            Self::Try { name, message, whose } => {
                let body = json!({ "name": name, "message": message });
                let verdict =
                    client.post(&format!("{}/moderation/try", path(&whose)?), Some(&body))?;
                console.say(&verdict, &told(&verdict))
            }
        }
    }
}

/// Reads the lists, changes them and shows them as they are then.
fn change(
    console: &mut Console,
    client: &Client,
    streamer: &str,
    change: impl FnOnce(&mut Value) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let mut lists = client.get(streamer)?["moderation"].take();
    change(&mut lists)?;
    let changed = client.patch(streamer, &json!({ "moderation": lists }))?;
    console.show(&changed["moderation"])
}

fn add(lists: &mut Value, name: &str, words: &[String]) -> Result<(), CliError> {
    let list = entries(lists, name)?;
    for word in words {
        if !list.iter().any(|entry| entry == word) {
            list.push(word.as_str().into());
        }
    }
    Ok(())
}

fn remove(lists: &mut Value, name: &str, words: &[String]) -> Result<(), CliError> {
    let list = entries(lists, name)?;
    for word in words {
        let Some(at) = list.iter().position(|entry| entry == word) else {
            return Err(CliError::Failed(format!(
                "{word:?} is not in {name}: tillbell moderation show prints the lists"
            )));
        };
        list.remove(at);
    }
    Ok(())
}

fn entries<'a>(lists: &'a mut Value, name: &str) -> Result<&'a mut Vec<Value>, CliError> {
    let older =
        || CliError::Failed("this gateway has no moderation: it is of an older version".into());
    lists.get_mut(name).and_then(Value::as_array_mut).ok_or_else(older)
}

/// A verdict in words.
fn told(verdict: &Value) -> String {
    let mut rows = vec![
        (
            "verdict".to_owned(),
            if verdict["held"] == true { "held for a person" } else { "shown" }.into(),
        ),
        ("name".to_owned(), at(verdict, "/name")),
        ("message".to_owned(), at(verdict, "/message")),
    ];
    for hit in verdict["hits"].as_array().into_iter().flatten() {
        let [list, text, place] = ["/list", "/text", "/in"].map(|part| at(hit, part));
        let entry = hit["entry"].as_str().map(|entry| format!(" by {entry:?}")).unwrap_or_default();
        rows.push((list, format!("{text:?} in the {place}{entry}")));
    }
    labelled(&rows)
}
