use std::fs;
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::*;

const EXAMPLE: &str = include_str!("../../deploy/tillbell.example.toml");

fn env(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn from_env(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(&Sources { env: env(pairs), ..Sources::default() })
}

/// The configuration of a file with this text, whose name in errors is `tillbell.toml`.
fn from_text(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tillbell.toml");
    fs::write(&file, text).unwrap();
    let loaded = Config::load(&Sources { file: Some(file), ..Sources::default() });
    let prefix = format!("{}/", folder.path().display());
    loaded.map_err(|error| error.to_string().replace(&prefix, ""))
}

fn from<'a>(config: &'a Config, key: &str) -> &'a Effective {
    config.effective.iter().find(|setting| setting.key == key).unwrap()
}

#[test]
fn every_default_is_a_good_value() {
    let config = from_env(&[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:7575");
    assert_eq!(config.stripe.tolerance, Duration::from_secs(300));
    assert_eq!(config.limits.body, 1024 * 1024);
    assert_eq!(config.retention.alerts_days, None);
    assert!(config.data.ends_with("tillbell"));
    assert!(config.effective.iter().all(|setting| setting.from == "default"));
    assert_eq!(config.effective.len(), KEYS.len());
    assert_eq!(config.warnings(), [""; 0]);
}

#[test]
fn each_layer_wins_over_the_one_before_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.toml");
    fs::write(
        &file,
        "[server]\nlisten = '127.0.0.1:1'\n[limits]\nconnections = 1_000\nbody = '2MiB'\n",
    )
    .unwrap();
    let config = Config::load(&Sources {
        file: Some(file.clone()),
        env: env(&[
            ("TILLBELL__SERVER__LISTEN", "127.0.0.1:2"),
            ("TILLBELL__LIMITS__BODY", "3KiB"),
        ]),
        flags: vec![("server.listen", "localhost:3".into())],
    })
    .unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:3");
    assert_eq!(from(&config, "server.listen").from, "--listen");
    assert_eq!(config.limits.body, 3 * 1024);
    assert_eq!(from(&config, "limits.body").from, "TILLBELL__LIMITS__BODY");
    assert_eq!(config.limits.connections, 1000);
    assert_eq!(from(&config, "limits.connections").from, format!("{}:4", file.display()));
    assert_eq!(from(&config, "log.level").from, "default");
}

#[test]
fn all_problems_are_told_at_once_with_their_place() {
    let text = "[server]\nlsten = 'x'\nlisten = '127.0.0.1'\n\n[limits]\nconnections = -1\n[log]\nformat = 'xml'\n";
    let said = from_text(text).unwrap_err();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "tillbell.toml:2: server.lsten is not a setting; did you mean server.listen?",
            "tillbell.toml:3: server.listen is \"127.0.0.1\", but must be an address and port, like 127.0.0.1:7575",
            "tillbell.toml:6: limits.connections is \"-1\", but must be a whole number from 1 to 1000000",
            "tillbell.toml:8: log.format is \"xml\", but must be text or json",
        ]
    );
}

#[test]
fn the_default_streamer_is_a_slug() {
    let named = from_text("[stripe]\ndefault_streamer = 'mika'").unwrap();
    assert_eq!(named.stripe.default_streamer, Some("mika".parse().unwrap()));
    assert_eq!(from_env(&[]).unwrap().stripe.default_streamer, None);
    let said = from_text("[stripe]\ndefault_streamer = 'Mika!'").unwrap_err();
    assert!(said.contains("stripe.default_streamer is \"Mika!\", but must be"), "{said}");
}

#[test]
fn unknown_keys_are_told_what_there_is() {
    let said = |text: &str| from_text(text).unwrap_err();
    assert!(said("[log]\nzzz = 1").ends_with("log.zzz is not a setting; [log] has level, format"));
    assert!(said("[sever]\nlisten = ''").ends_with("did you mean server.listen?"));
    assert!(said("zzz = 1").contains("the sections are server"));
    assert!(said("[server.listen]\nport = 1").contains("server.listen.port is not a setting"));
    assert!(said("server = 1").contains("server is not a setting"));
    let error = from_env(&[("TILLBELL__SERVER__LISEN", "x")]).unwrap_err().to_string();
    assert_eq!(
        error,
        "TILLBELL__SERVER__LISEN: server.lisen is not a setting; did you mean server.listen?"
    );
}

#[test]
fn broken_toml_names_the_line_and_repeats_nothing() {
    let said = from_text("[stripe]\nwebhook_secret = whsec_hidden\n").unwrap_err();
    assert!(said.starts_with("tillbell.toml:2: not TOML: "), "{said}");
    assert!(!said.contains("hidden"), "{said}");
}

#[test]
fn a_missing_file_is_named() {
    let file = Some("/no/such/tillbell.toml".into());
    let error = Config::load(&Sources { file, ..Sources::default() }).unwrap_err().to_string();
    assert!(error.contains("cannot read /no/such/tillbell.toml"), "{error}");
}

#[test]
fn stripes_own_names_are_honoured_below_ours() {
    let config = from_env(&[
        ("STRIPE_WEBHOOK_SECRET", "whsec_aaaaaaaaaaaaaaaaaaaa, whsec_b"),
        ("STRIPE_API_KEY", "rk_theirs"),
        ("TILLBELL__STRIPE__API_KEY", "rk_ours"),
        ("TILLBELL__STRIPE__TOLERANCE", ""),
    ])
    .unwrap();
    let secrets: Vec<_> = config.stripe.webhook_secret.iter().map(|s| s.expose_secret()).collect();
    assert_eq!(secrets, ["whsec_aaaaaaaaaaaaaaaaaaaa", "whsec_b"]);
    assert_eq!(config.stripe.api_key.as_ref().unwrap().expose(), "rk_ours");
    assert_eq!(from(&config, "stripe.webhook_secret").value, "…aaaa,…");
    assert_eq!(from(&config, "stripe.api_key").value, "…");
    assert!(!format!("{config:?}").contains("whsec_b"));
}

#[test]
fn every_secret_can_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hooks"), "whsec_a\n\nwhsec_b\n").unwrap();
    fs::write(folder.path().join("redis"), "redis://:pw@h:1\n").unwrap();
    let file = folder.path().join("t.toml");
    // A relative path is meant from where the file is.
    fs::write(&file, "redis.url_file = 'redis'\n[stripe]\nwebhook_secret_file = 'hooks'\n")
        .unwrap();
    let sources = Sources { file: Some(file.clone()), ..Sources::default() };
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.stripe.webhook_secret.len(), 2);
    assert_eq!(config.redis.url.as_ref().unwrap().expose_secret(), "redis://:pw@h:1");
    assert_eq!(from(&config, "redis.url").value, "redis://…@h:1");

    fs::write(&file, "stripe.webhook_secret = 'whsec_a'\nstripe.webhook_secret_file = 'hooks'")
        .unwrap();
    let error = Config::load(&sources).unwrap_err().to_string();
    assert!(error.contains("stripe.webhook_secret is given twice"), "{error}");
    fs::write(&file, "stripe.api_key_file = 'gone'\nserver.listen_file = 'x'").unwrap();
    let error = Config::load(&sources).unwrap_err();
    let is_gone = |problem: &Problem| matches!(problem, Problem::Unreadable { .. });
    let is_no_secret = |problem: &Problem| matches!(problem, Problem::UnknownKey { .. });
    assert!(
        error.problems.iter().any(is_gone) && error.problems.iter().any(is_no_secret),
        "{error}"
    );
}

#[test]
fn a_url_with_several_hosts_is_masked_as_well() {
    for (url, shown) in [
        ("redis+sentinel://u:p@w@a:1,b:2/m", "redis+sentinel://…@a:1,b:2/m"),
        ("rediss+cluster://:pw@a:1,b:2", "rediss+cluster://…@a:1,b:2"),
        ("redis+cluster://a:1,b:2", "redis+cluster://a:1,b:2"),
        ("unix:///r.sock?user=u&pass=p@w", "unix:///r.sock?…"),
        ("redis://:pw@a:1?protocol=resp3", "redis://…@a:1?…"),
    ] {
        let config = from_env(&[("TILLBELL__REDIS__URL", url)]).unwrap();
        assert_eq!(from(&config, "redis.url").value, shown);
    }
}

#[test]
fn redis_has_its_own_default_for_alerts_and_knows_how_many_replicas() {
    let url = ("TILLBELL__REDIS__URL", "redis://127.0.0.1");
    let config = from_env(&[
        url,
        ("TILLBELL__REDIS__DURABILITY", "replicated"),
        ("TILLBELL__REDIS__REPLICAS", "2"),
        ("TILLBELL__REDIS__REPLICAS_WITHIN", "1s"),
    ])
    .unwrap();
    let within = Duration::from_secs(1);
    assert_eq!(config.redis.durability, Durability::Replicated { replicas: 2, within });
    assert_eq!(config.retention.alerts_days, Some(400));
    assert_eq!(from(&config, "retention.alerts_days").value, "400");
    let forever = ("TILLBELL__RETENTION__ALERTS_DAYS", "forever");
    assert_eq!(from_env(&[url, forever]).unwrap().retention.alerts_days, None);
}

#[test]
fn a_bad_secret_is_not_repeated() {
    let error = from_env(&[("STRIPE_API_KEY", "rk_hidden with space")]).unwrap_err().to_string();
    assert_eq!(
        error,
        "STRIPE_API_KEY: stripe.api_key is malformed, but must be a restricted key (rk_…) from Stripe's dashboard, without spaces"
    );
}

#[test]
fn public_urls_have_no_path() {
    let url = |text: &str| {
        from_env(&[("TILLBELL__SERVER__PUBLIC_URL", text)]).map(|c| c.server.public_url)
    };
    for (given, kept) in [
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example"),
        ("http://[::1]:7575", "http://[::1]:7575"),
    ] {
        assert_eq!(url(given).unwrap().as_deref(), Some(kept));
    }
    for bad in [
        "a.example",
        "ftp://a",
        "https://a/b",
        "https://a?x",
        "https://",
        "https://u:p@a",
        "https://a//",
        "https://a#x",
    ] {
        assert!(url(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_foreign_api_base_must_be_meant() {
    let base = |pairs: &[(&str, &str)]| from_env(pairs).is_ok();
    let key = "TILLBELL__STRIPE__API_BASE";
    assert!(base(&[(key, "http://127.0.0.1:12111")]));
    assert!(base(&[(key, "http://localhost:12111/")]));
    assert!(!base(&[(key, "https://api.stripe.com.example")]));
    assert!(!base(&[(key, "http://127.0.0.1.example")]));
    assert!(base(&[
        (key, "https://mock.example"),
        ("TILLBELL__STRIPE__ALLOW_FOREIGN_API_BASE", "true")
    ]));
}

#[test]
fn bounds_hold_at_their_edges() {
    let ok = |key: &str, value: &str| from_env(&[(key, value)]).is_ok();
    let cases = [
        ("TILLBELL__LIMITS__BODY", ["1KiB", "64MiB"], ["1023B", "65MiB"]),
        ("TILLBELL__LIMITS__CONNECTIONS", ["1", "1000000"], ["0", "1000001"]),
        ("TILLBELL__RETENTION__ALERTS_DAYS", ["forever", "3650"], ["0", "never"]),
        ("TILLBELL__STRIPE__TOLERANCE", ["1s", "1h"], ["0s", "300"]),
        (
            "TILLBELL__SERVER__TRUSTED_PROXIES",
            ["10.0.0.0/8,::1", "127.0.0.1"],
            ["10.0.0.0/33", "proxy"],
        ),
        ("TILLBELL__LOG__LEVEL", ["debug", "info,tillbell::hub=trace"], ["inof", "info,=debug"]),
        ("TILLBELL__REDIS__URL", ["rediss://h", "unix:///r.sock"], ["http://h", "redis://"]),
        (
            "TILLBELL__REDIS__URL",
            ["rediss+sentinel://u:p@a:1,b/m/2", "redis+cluster://a:1,[::1]:2"],
            ["redis+sentinel://a:1", "redis+cluster://a:1/2"],
        ),
        ("TILLBELL__REDIS__REPLICAS", ["1", "5"], ["0", "6"]),
        ("TILLBELL__REDIS__REPLICAS_WITHIN", ["50ms", "5s"], ["49ms", "6s"]),
        (
            "TILLBELL__REDIS__CLUSTER_SECRET",
            ["0123456789abcdef", "0123456789-abcdef"],
            ["0123456789abcde", "0123456789 abcdef"],
        ),
    ];
    for (key, good, bad) in cases {
        assert!(good.iter().all(|value| ok(key, value)), "{key} {good:?}");
        assert!(bad.iter().all(|value| !ok(key, value)), "{key} {bad:?}");
    }
}

#[test]
fn risky_pairs_are_warned_of() {
    let open = from_env(&[("TILLBELL__SERVER__LISTEN", "0.0.0.0:7575")]).unwrap();
    assert_eq!(open.warnings().len(), 2);
    let plain = from_env(&[("TILLBELL__SERVER__PUBLIC_URL", "http://a.example")]).unwrap();
    assert!(plain.warnings()[0].contains("plain http"));
}

#[test]
fn the_example_holds_as_it_is_and_with_every_key_taken_in() {
    from_text(EXAMPLE).unwrap();
    let uncommented: Vec<_> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            // Keys have no space after the mark; sentences have.
            Some(key) if !key.starts_with(' ') => key.replace('…', "x"),
            _ => line.to_owned(),
        })
        .collect();
    let config = from_text(&uncommented.join("\n")).unwrap();
    let missing: Vec<_> = config.effective.iter().filter(|s| s.from == "default").collect();
    assert!(missing.is_empty(), "not in the example: {missing:?}");
}

#[test]
fn the_example_shows_the_defaults() {
    for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
        let name = key.name.rsplit('.').next().unwrap();
        let text = format!("\n#{name} = \"{}\"\n", key.default);
        let bare = format!("\n#{name} = {}\n", key.default);
        assert!(EXAMPLE.contains(&text) || EXAMPLE.contains(&bare), "{}", key.name);
    }
}
