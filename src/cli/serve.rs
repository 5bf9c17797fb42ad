//! `serve`: the gateway itself.

use clap::Args;

use super::{CliError, Console};
use crate::{server, telemetry};

/// Run the gateway.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:7575]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The shared store of several nodes, instead of the embedded one
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    #[arg(
        long,
        value_name = "URL",
        help = "What overlays and Stripe call this gateway, like https://alerts.example.com"
    )]
    public_url: Option<String>,
}

impl Serve {
    pub(super) fn run(self, console: &Console) -> Result<(), CliError> {
        let flags = [
            ("server.listen", self.listen),
            ("redis.url", self.redis),
            ("server.public_url", self.public_url),
        ];
        let given = flags.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let config = console.config(given.collect())?;
        telemetry::start(&config.log);
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(server::serve(config)).map_err(|error| CliError::Gateway {
            text: error.to_string(),
            exit_code: error.exit_code(),
        })
    }
}
