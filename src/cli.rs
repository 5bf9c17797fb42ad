//! The command line (contract §2). `serve` is the gateway; most other commands ask a running one
//! over its HTTP API, with the address and the admin token it left in its data directory.

mod alerts;
mod backup;
mod buyer;
mod client;
mod config;
mod connections;
mod console;
mod dead_letters;
mod doctor;
mod error;
mod explain;
mod fake_stripe;
mod feed;
mod goal;
mod healthcheck;
mod holding;
mod key;
mod migrate;
mod moderation;
mod output;
mod overlay;
mod product;
mod queue;
mod reconcile;
mod rules;
mod secret;
mod serve;
mod streamer;
mod stripe;
mod tail;
mod test_alert;
mod theme;
mod totals;
#[cfg(test)]
mod tests;
mod why;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use self::console::Console;
pub use self::error::CliError;
use crate::config::Environment;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "tillbell",
    version,
    about = "A sale rings on the stream: Stripe's webhooks in, alerts on the overlay out.",
    after_help = "First time: tillbell serve",
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    command: Command,
}

/// How to find the gateway and its settings; the same for every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Everywhere")]
struct Reach {
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Data directory [or TILLBELL_DATA; else the platform's data folder]"
    )]
    data: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Configuration file [or TILLBELL_CONFIG]"
    )]
    config: Option<PathBuf>,
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "Address of a running gateway [or TILLBELL_URL; else read from the data directory]"
    )]
    url: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "TOKEN",
        help = "Its token [or TILLBELL_TOKEN; else the admin token in the data directory]"
    )]
    token: Option<String>,
    /// Print JSON: one value, lists one a line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    Serve(serve::Serve),
    /// Send a test alert through the whole real path and watch it
    TestAlert(test_alert::TestAlert),
    /// Add, list, change or remove streamers
    #[command(subcommand)]
    Streamer(streamer::Streamer),
    /// Add, list, rotate or remove overlays, and print their URLs
    Overlay(overlay::Overlay),
    /// Add, list or remove Stripe's signing secrets
    Secret(secret::Secret),
    /// Add, list or remove connected accounts at Stripe
    Account(holding::Holding),
    /// Add, list or remove payment links at Stripe
    PaymentLink(holding::Holding),
    /// Add, list, change or remove what the store page sells
    Product(product::Product),
    /// Add, list or revoke API keys and dashboard links
    Key(key::Key),
    /// Set up the webhook endpoint or a streamer's account at Stripe
    Stripe(stripe::Stripe),
    /// List, show, message or close overlay connections
    #[command(subcommand)]
    Connections(connections::Connections),
    /// List, show, replay, approve or reject alerts
    Alerts(alerts::Alerts),
    /// Export or erase all that is kept of one buyer (who on stdin)
    Buyer(buyer::Buyer),
    /// Set, show or clear the goal that sales count towards
    Goal(goal::Goal),
    /// Show what sales come to, by currency
    Totals(totals::Totals),
    /// Show or steer what plays
    #[command(subcommand)]
    Queue(queue::Queue),
    /// Show, set or try the rules by which sales are shown
    #[command(subcommand)]
    Rules(rules::Rules),
    /// Show, change or try out what is hidden of what buyers write
    #[command(subcommand)]
    Moderation(moderation::Moderation),
    /// Check, add, list, export or remove a streamer's own themes
    Theme(theme::Theme),
    /// List, show, redrive or discard events whose outcome could not be made
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLetters),
    /// Fetch from Stripe what no webhook brought
    Reconcile(reconcile::Reconcile),
    /// Follow a streamer's log, one JSON object a line
    Tail(tail::Tail),
    /// Tell what became of an event or alert, step by step
    Why(why::Why),
    /// Say exactly why a webhook's signature does or does not verify (secret on stdin)
    ExplainSignature(explain::ExplainSignature),
    /// Run a fake Stripe, to buy something without an account
    FakeStripe(fake_stripe::FakeStripeArgs),
    /// Carry a gateway from its data directory to an empty Redis
    Migrate(migrate::Migrate),
    /// Copy everything the gateway keeps into a file, while it runs
    Backup(backup::Backup),
    /// Check this machine, the configuration and the gateway
    Doctor,
    /// Print every setting, its value, and where that came from
    Config,
    /// Exit 0 when the gateway is ready, 75 when it is not
    Healthcheck,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Parses the process's arguments, runs the command, and says how it ended.
pub fn main(env: Environment) -> ExitCode {
    let cli = Cli::parse();
    let mut console = Console::new(cli.reach, env, Box::new(io::stdout()));
    match run(cli.command, &mut console).and_then(|()| console.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(text) = error.message() {
                eprintln!("{text}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(command: Command, console: &mut Console) -> Result<(), CliError> {
    match command {
        Command::Serve(args) => args.run(console),
        Command::TestAlert(args) => args.run(console),
        Command::Streamer(action) => action.run(console),
        Command::Overlay(args) => args.run(console),
        Command::Secret(args) => args.run(console),
        Command::Account(args) => args.run("accounts", console),
        Command::PaymentLink(args) => args.run("payment-links", console),
        Command::Product(args) => args.run(console),
        Command::Key(args) => args.run(console),
        Command::Stripe(args) => args.run(console),
        Command::Connections(action) => action.run(console),
        Command::Alerts(args) => args.run(console),
        Command::Buyer(args) => args.run(console),
        Command::Goal(args) => args.run(console),
        Command::Totals(args) => args.run(console),
        Command::Queue(action) => action.run(console),
        Command::Rules(action) => action.run(console),
        Command::Moderation(action) => action.run(console),
        Command::Theme(args) => args.run(console),
        Command::DeadLetters(action) => action.run(console),
        Command::Reconcile(args) => args.run(console),
        Command::Tail(args) => args.run(console),
        Command::Why(args) => args.run(console),
        Command::ExplainSignature(args) => args.run(console),
        Command::FakeStripe(args) => args.run(console),
        Command::Migrate(args) => args.run(console),
        Command::Backup(args) => args.run(console),
        Command::Doctor => doctor::run(console),
        Command::Config => config::run(console),
        Command::Healthcheck => healthcheck::run(console),
        Command::Completions { shell } => {
            // Rendered first: the generator would panic on a closed pipe.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tillbell", &mut script);
            console.line(String::from_utf8_lossy(&script).trim_end())
        }
    }
}
