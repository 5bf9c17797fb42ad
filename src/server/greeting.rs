//! What `serve` says first, on stdout: where everything is.

use std::{io::IsTerminal as _, net::SocketAddr};

use secrecy::ExposeSecret as _;

use super::ServeError;
use crate::{
    config::Config,
    directory::{DEFAULT_OVERLAY, LINK_LASTS, Principal},
    http::Options,
    node::Node,
};

/// The links of the default streamer.
pub(super) struct Links {
    overlay: String,
    dashboard: String,
    webhook: String,
    several: bool,
}

impl Links {
    /// Makes the links; the dashboard's is good once, for 10 minutes.
    pub(super) async fn of(node: &Node, options: &Options) -> Result<Self, ServeError> {
        let directory = &node.directory;
        let code = directory.new_login(&Principal::admin(), LINK_LASTS).await?;
        let streamer = directory.default_streamer().await?;
        let overlay = match &streamer {
            Some(streamer) => directory.overlay(streamer, DEFAULT_OVERLAY).await?,
            None => None,
        };
        let url = &options.public_url;
        let key = overlay.map(|overlay| directory.overlay_key(&overlay));
        Ok(Self {
            overlay: key.map_or_else(
                || "run: tillbell overlay list".into(),
                |key| format!("{url}/overlay/#k={key}"),
            ),
            dashboard: format!("{url}/#code={}", code.expose_secret()),
            webhook: match &streamer {
                Some(streamer) => format!("{url}/webhooks/stripe/{streamer}"),
                None => format!("{url}/webhooks/stripe"),
            },
            several: directory.streamers(None, 2).await?.len() > 1,
        })
    }
}

/// Where a gateway that listens there can be reached from this machine.
pub(super) fn url_of(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

/// What commands need to find this gateway: nothing, or ` --data DIR` as a shell reads it.
pub(super) fn hint(config: &Config) -> String {
    if config.effective.iter().any(|line| line.key == "data" && line.from == "default") {
        return String::new();
    }
    let dir = config.data.display().to_string();
    let plain = dir.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    if plain {
        format!(" --data {dir}")
    } else {
        format!(" --data '{}'", dir.replace('\'', r"'\''"))
    }
}

/// Prints the links: on the first run always, later only to a person. `hint` is what the commands
/// need to find this gateway.
#[expect(clippy::print_stdout, reason = "this is the output of the command")]
pub(super) fn print(links: &Links, first_run: bool, hint: &str) {
    println!("Tillbell {} is ready.\n", env!("CARGO_PKG_VERSION"));
    if first_run || std::io::stdout().is_terminal() {
        println!("  overlay    {}", links.overlay);
        println!("  dashboard  {}", links.dashboard);
        println!("  webhook    {}", links.webhook);
        println!("  try it     tillbell test-alert{hint}\n");
        println!("  Add the overlay link to OBS as a browser source, 1920 × 1080.");
        println!("  The dashboard link signs in once, within 10 minutes.");
    } else {
        println!("  overlay    run: tillbell overlay url main{hint}");
        println!("  dashboard  run: tillbell key add --role owner{hint}");
        println!("  webhook    {}", links.webhook);
        println!("  try it     tillbell test-alert{hint}");
    }
    if links.several {
        println!("  There are several streamers: add --streamer NAME to these commands.");
    }
    println!();
}
