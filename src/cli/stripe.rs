//! `stripe`: sets things up at Stripe.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Client;
use super::output::{at, labelled};
use super::{CliError, Console};

/// Set up the webhook endpoint or a streamer's account at Stripe.
#[derive(Debug, Args)]
pub(super) struct Stripe {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make or mend the webhook endpoint, and keep its signing secret
    Setup {
        /// Whose; all events of the Stripe account are theirs then [default: the only streamer; of
        /// several, --gateway]
        #[arg(long, value_name = "STREAMER", conflicts_with = "gateway")]
        streamer: Option<String>,
        /// One endpoint for all streamers
        #[arg(long)]
        gateway: bool,
        /// An endpoint for the events of connected accounts; with --gateway
        #[arg(long, requires = "gateway")]
        connect: bool,
    },
    /// Print a link by which a streamer connects a Stripe account of their own
    Invite {
        /// Who [default: the only streamer, or me]
        streamer: Option<String>,
    },
}

impl Stripe {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        match self.action {
            Action::Setup { streamer, gateway, connect } => {
                let streamer = match gateway {
                    true => None,
                    false => streamer.map_or_else(|| the_only(&client), |named| Ok(Some(named)))?,
                };
                let body = json!({ "streamer": streamer, "connect": connect });
                let made = client.post("/stripe/endpoint", Some(&body))?;
                console.say(&made, &told(&made))?;
                if made["result"] == "without_secret" {
                    return Err(CliError::Failed(
                        "the endpoint was there before and Stripe tells its signing secret only once: \
                         reveal it in Stripe's dashboard and run tillbell secret add, or delete the \
                         endpoint there and run this again"
                            .into(),
                    ));
                }
                Ok(())
            }
            Action::Invite { streamer } => {
                let path = format!("{}/invitations", client.at_streamer(streamer.as_deref())?);
                let made = client.post(&path, None)?;
                let text = labelled(&[
                    ("for".into(), at(&made, "/streamer")),
                    ("link".into(), format!("{}   (good for a week)", at(&made, "/link"))),
                ]);
                console.say(&made, &text)
            }
        }
    }
}

/// The only streamer. Of several it is nobody: an endpoint of one of them would take the sales of all,
/// where the gateway's is told by each event whose it is.
fn the_only(client: &Client) -> Result<Option<String>, CliError> {
    let two = client.list("/streamers", Some(2))?;
    let [only] = two.as_slice() else { return Ok(None) };
    Ok(only["id"].as_str().map(str::to_owned))
}

fn told(made: &Value) -> String {
    let result = match made["result"].as_str() {
        Some("new") => "made, and its signing secret is kept",
        _ => "was there, and has the right events now",
    };
    let events = made["events"].as_array().map_or(0, Vec::len);
    labelled(&[
        ("endpoint".into(), format!("{}   ({result})", at(made, "/id"))),
        ("address".into(), at(made, "/url")),
        ("events".into(), events.to_string()),
    ])
}
