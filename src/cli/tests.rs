use std::io;

use clap::{CommandFactory as _, Parser as _};

use super::{Cli, CliError};
use crate::config::ConfigError;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn the_contracts_commands_are_understood() {
    let lines = [
        "serve --listen 127.0.0.1:0 --data d --config f --redis redis://x --public-url https://x.example",
        "test-alert mika --amount 25.00 --currency usd --name n --message m --item Mug --item Hoodie --no-wait",
        "streamer add mika",
        "streamer set mika currency=eur renewals=true",
        "overlay url",
        "overlay add goal --kind goal --streamer mika",
        "overlay add code --kind qr",
        "overlay rotate main --json",
        "goal set Mic --amount 300.00 --currency eur --streamer mika",
        "goal set Mic --orders 50",
        "goal show --json",
        "goal clear",
        "secret add --gateway --file f",
        "secret list --streamer mika",
        "account add acct_1 --streamer mika",
        "payment-link remove plink_1",
        "key add --role moderator --name mika --expires 7d",
        "key revoke key_1",
        "connections list --streamer mika",
        "connections send con_1 {}",
        "alerts list --missed --limit 5",
        "alerts replay al_1",
        "alerts replay --missed --limit 20",
        "alerts approve al_1 --as anonymous",
        "queue skip mika --alert al_1",
        "queue panic",
        "theme check mine.zip",
        "theme add mine.zip --streamer mika",
        "theme export mine out.zip",
        "dead-letters redrive dl_1",
        "tail mika --after 00000000000000ab:4",
        "why evt_1",
        "explain-signature --payload f --header t=1,v1=a",
        "fake-stripe --listen 127.0.0.1:0 --forward-to http://127.0.0.1:7575/webhooks/stripe/me --seed 3",
        "backup copy.db --json",
        "doctor --url http://127.0.0.1:1 --token t",
        "--data d config --json",
        "healthcheck",
        "completions fish",
    ];
    for line in lines {
        let words = std::iter::once("tillbell").chain(line.split(' '));
        let parsed = Cli::try_parse_from(words);
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    for line in [
        "alerts approve al_1 --as half",
        "secret add --gateway --streamer me",
        "secret add whsec_x",
        "key add --role king",
    ] {
        let words = std::iter::once("tillbell").chain(line.split(' '));
        assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2, "{line}");
    }
}

#[test]
fn exit_codes_are_the_contracts() {
    let away = CliError::Unreachable { url: "http://x".into(), why: "is away".into() };
    let cases = [
        (CliError::Failed(String::new()), 1),
        (CliError::Usage(String::new()), 2),
        (CliError::NobodyConnected, 3),
        (away, 75),
        (CliError::NoGateway("d".into()), 75),
        (CliError::Config(ConfigError { problems: Vec::new() }), 78),
        (CliError::Io(io::ErrorKind::BrokenPipe.into()), 0),
        (CliError::Io(io::ErrorKind::StorageFull.into()), 1),
    ];
    for (error, code) in cases {
        assert_eq!(error.exit_code(), code, "{error:?}");
    }
}
