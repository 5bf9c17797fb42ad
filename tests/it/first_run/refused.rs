//! Starts that are refused: one plain sentence, the right exit code, and nothing changed.

use std::{fs, net::TcpListener, path::Path, process::Command, sync::Arc};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::{Gateway, Setup, refused, tillbell};

fn serve(data: &Path) -> Command {
    let mut command = tillbell();
    command.args(["serve", "--data"]).arg(data);
    command
}

/// On a free port: what is refused is not the address.
fn anywhere(command: &mut Command) -> &mut Command {
    command.args(["--listen", "127.0.0.1:0"])
}

#[test]
fn a_port_in_use_is_said_and_nothing_is_made() {
    let home = TempDir::new().unwrap();
    let data = home.path().join("data");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(serve(&data).args(["--listen", &address]), 1);
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
    assert!(!data.exists());
}

#[test]
fn a_second_gateway_on_one_data_directory_is_told_of_the_first() {
    let gateway = Gateway::start();
    let before = fs::read(gateway.data.path().join("address")).unwrap();
    let said = refused(anywhere(&mut serve(gateway.data.path())), 1);
    assert!(said.contains(&gateway.pid().to_string()), "{said}");
    assert_eq!(fs::read(gateway.data.path().join("address")).unwrap(), before);
    assert_eq!(gateway.get("/readyz").status, 200);
}

#[test]
fn a_data_path_that_cannot_be_a_directory_is_named() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("a file");
    fs::write(&file, "not a directory").unwrap();
    for path in [file.clone(), file.join("in it")] {
        let said = refused(anywhere(&mut serve(&path)), 1);
        assert!(said.contains(&path.display().to_string()), "{said}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a directory");
}

/// A directory that nobody can write to, the superuser included.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_data_directory_is_named() {
    let said = refused(anywhere(&mut serve(Path::new("/proc/self"))), 1);
    assert!(said.contains("/proc/self") && said.contains("cannot be written to"), "{said}");
    let said = refused(anywhere(&mut serve(Path::new("/proc/tillbell"))), 1);
    assert!(said.contains("/proc/tillbell"), "{said}");
}

#[test]
fn data_of_a_newer_version_is_refused_and_untouched() {
    let data = stopped();
    let file = data.path().join("tillbell.db");
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 9000").unwrap();
    let before = fs::read(&file).unwrap();
    let said = refused(anywhere(&mut serve(data.path())), 1);
    assert!(said.contains("newer"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_database_without_its_master_key_is_refused() {
    let data = stopped();
    fs::remove_file(data.path().join("master.key")).unwrap();
    let said = refused(anywhere(&mut serve(data.path())), 1);
    assert!(said.contains("master.key") && said.contains("backup"), "{said}");
    assert!(!data.path().join("master.key").exists(), "no new key in its place");
}

/// The data directory of a gateway that has run and stopped.
fn stopped() -> Arc<TempDir> {
    let data = Arc::new(TempDir::new().unwrap());
    let setup = Setup { data: Some(Arc::clone(&data)), ..Setup::default() };
    assert_eq!(Gateway::start_with(setup).stop().code(), Some(0));
    data
}

#[test]
fn what_the_configuration_cannot_be_is_told_with_place_key_and_what_is_allowed() {
    let home = TempDir::new().unwrap();
    let data = home.path().join("data");
    let file = home.path().join("tillbell.toml");
    let rows: [(&str, &[&str]); 9] = [
        ("[server]\nlitsen = \"127.0.0.1:1\"", &[":2", "server.litsen", "server.listen"]),
        ("[serwer]\nlisten = \"127.0.0.1:1\"", &["serwer", "server"]),
        ("[server]\nlisten = \"everywhere\"", &[":2", "server.listen", "127.0.0.1:7575"]),
        ("[server]\nlisten = 7575", &["server.listen", "127.0.0.1:7575"]),
        ("[stripe]\ntolerance = \"never\"", &["stripe.tolerance", "from 1s to 1h"]),
        ("[limits]\nbody = \"64GiB\"", &["limits.body", "64MiB"]),
        ("[redis]\ndurability = \"maybe\"", &["redis.durability", "everysec"]),
        ("[stripe]\napi_base = \"https://evil.example\"", &["stripe.api_base", "allow_foreign"]),
        ("[server", &[":1", "TOML"]),
    ];
    for (text, named) in rows {
        fs::write(&file, text).unwrap();
        let said = refused(serve(&data).arg("--config").arg(&file), 78);
        for name in named {
            assert!(said.contains(name), "{text:?}: no {name:?} in {said}");
        }
        assert!(said.contains("tillbell.toml") || named[0] == "stripe.api_base", "{said}");
    }
    assert!(!data.exists());
    let said = refused(serve(&data).arg("--config").arg(home.path().join("none")), 78);
    assert!(said.contains("none"), "{said}");
}

#[test]
fn a_bad_variable_or_secret_is_told_and_the_secret_is_not() {
    let home = TempDir::new().unwrap();
    let data = home.path().join("data");
    let missing = home.path().join("missing").display().to_string();
    let rows = [
        ("TILLBELL__SERVER__LISTEN", "nowhere", "server.listen"),
        ("TILLBELL__SERVER__LITSEN", "127.0.0.1:1", "listen"),
        ("TILLBELL__STRIPE__WEBHOOK_SECRET", "sk_live_canary", "stripe.webhook_secret"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_ca nary", "stripe.webhook_secret"),
        ("TILLBELL__STRIPE__WEBHOOK_SECRET_FILE", &missing, "missing"),
    ];
    for (name, value, named) in rows {
        let said = refused(serve(&data).env(name, value), 78);
        assert!(said.contains(name) && said.contains(named), "{name}: {said}");
        assert!(!said.contains("canary") && !said.contains("ca nary"), "{said}");
    }
    assert!(!data.exists());
}
