//! `fake-stripe`: a Stripe to rehearse with. Needs no gateway.

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;

use super::{CliError, Console};
use crate::fake_stripe::{FakeStripe, Options};

/// Run a fake Stripe on this machine, to buy something without an account. No real money moves.
#[derive(Debug, Args)]
pub(super) struct FakeStripeArgs {
    /// Address and port to listen on; this machine's own only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7580")]
    listen: SocketAddr,
    #[arg(
        long,
        value_name = "URL",
        help = "Where to send all events, like http://127.0.0.1:7575/webhooks/stripe/me"
    )]
    forward_to: Option<String>,
    /// The same number gives the same ids, keys and faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl FakeStripeArgs {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let options =
            Options { listen: self.listen, forward_to: self.forward_to.clone(), seed: self.seed };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let fake = FakeStripe::start(options).await;
            let fake = fake.map_err(|error| CliError::Failed(error.to_string()))?;
            greet(console, &fake)?;
            tokio::select! {
                ended = fake.run() => Ok(ended?),
                _asked = tokio::signal::ctrl_c() => Ok(()),
            }
        })
    }
}

fn greet(console: &mut Console, fake: &FakeStripe) -> Result<(), CliError> {
    let FakeStripe { url, api_key, signing_secret, .. } = fake;
    if console.is_json() {
        let said = json!({ "api_base": url, "api_key": api_key, "signing_secret": signing_secret });
        return console.line(&said.to_string());
    }
    let mut said = format!(
        "\n  A fake Stripe is running. No real money moves, and nothing is kept.\n\n  \
         API base        {url}\n  API key         {api_key}\n"
    );
    let secret = signing_secret.as_deref().unwrap_or("whsec_…");
    if signing_secret.is_some() {
        said.push_str(&format!("  Signing secret  {secret}\n"));
    } else {
        said.push_str(
            "\n  Events go nowhere yet: --forward-to http://127.0.0.1:7575/webhooks/stripe/me\n",
        );
    }
    said.push_str(&format!(
        "\n  Start a gateway that uses it:\n\n    TILLBELL__STRIPE__API_BASE={url} \
         STRIPE_API_KEY={api_key} \\\n    STRIPE_WEBHOOK_SECRET={secret} tillbell serve\n\n  \
         Then put something on sale, and buy it at http://127.0.0.1:7575/store/me:\n\n    \
         tillbell product add hoodie --name Hoodie --amount 25.99\n"
    ));
    console.line(&said)
}
