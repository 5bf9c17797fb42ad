//! The price of TLS. The gateway leaves it to a proxy, so what is compared is a proxy without and with
//! it: nginx before the gateway. Clients speak no TLS: a second nginx, which nobody counts, does so
//! for them, with a full handshake for each connection.

use std::{io, path::Path, process::Command};

use tempfile::TempDir;

use super::{Measured, settled, start};
use crate::{
    Scale,
    load::connect,
    peers,
    report::{Item, Unit},
    server::{Kind, Server},
    support::free_port,
};

const PLAIN: &str = "nginx";
const TLS: &str = "nginx with TLS";
const JOIN: &str = "CPU to connect each";
const MEMORY: &str = "memory for each";
const MESSAGE: &str = "CPU for a message";

/// Descriptors are short: each connection takes two of a proxy.
const MOST: usize = 4_000;

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "TLS in a proxy", ..Item::default() };
    let dir = TempDir::new()?;
    if peers::found(&["openssl"]).is_none() || !certificate(dir.path()) {
        item.notes.push("openssl is not installed here, so there is no certificate.".into());
        return Ok(item);
    }
    item.notes.push(format!(
        "{} overlays through nginx, two workers, ECDSA P-256, every handshake a full one. The gateway \
         itself has no TLS, so there is nothing to set beside it.",
        scale.crowd.min(MOST)
    ));
    for _ in 0..scale.rounds {
        round(false, dir.path(), scale, &mut item).await?;
        round(true, dir.path(), scale, &mut item).await?;
    }
    Ok(item)
}

async fn round(tls: bool, dir: &Path, scale: Scale, item: &mut Item) -> io::Result<()> {
    let mut gateway = start(Kind::Gateway, item).expect("it was built");
    let count = scale.crowd.min(MOST);
    gateway.room_for(count);
    let own = gateway.port;
    let Some(proxy) = nginx(dir, &format!("http://127.0.0.1:{own}"), tls) else {
        item.notes.push("nginx is not installed here.".into());
        return Ok(());
    };
    let far = tls.then(|| nginx(dir, &format!("https://127.0.0.1:{}", proxy.port), false));
    let far = far.flatten();
    let who = if tls { TLS } else { PLAIN };
    let (memory, cpu) = (settled(&proxy), proxy.used().cpu);
    gateway.port = far.as_ref().map_or(proxy.port, |far| far.port);
    let mut held = gateway.join_all(count, 100).await?;
    gateway.port = own;
    item.add(who, JOIN, Unit::Seconds, (proxy.used().cpu - cpu) / count as f64);
    item.add(who, MEMORY, Unit::Bytes, (settled(&proxy) - memory) / count as f64);
    let mut operator = connect(own).await?;
    let cpu = proxy.used().cpu;
    // As many as take some seconds: the kernel counts hundredths.
    let messages = if scale.quick { 2_000 } else { 20_000 };
    for n in 0..messages {
        let to = n % count;
        operator.ask(&gateway.message_to(&held[to])).await?;
        held[to].wire.soon("message").await?;
    }
    item.add(who, MESSAGE, Unit::Seconds, (proxy.used().cpu - cpu) / messages as f64);
    Ok(())
}

/// A key and a certificate for nobody in particular.
fn certificate(dir: &Path) -> bool {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command.args(["-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    command.arg("-keyout").arg(dir.join("key")).arg("-out").arg(dir.join("certificate"));
    command.output().is_ok_and(|output| output.status.success())
}

/// nginx before `to`, with TLS or without.
fn nginx(certificate: &Path, to: &str, tls: bool) -> Option<Server> {
    let (port, of) = (free_port(), certificate.display());
    let listen = match tls {
        true => format!("ssl; ssl_certificate {of}/certificate; ssl_certificate_key {of}/key"),
        false => String::new(),
    };
    let server = format!(
        "proxy_http_version 1.1; proxy_set_header Host $host; proxy_read_timeout 1h;
         proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
         proxy_ssl_session_reuse off;
         server {{ listen 127.0.0.1:{port} backlog=4096 {listen}; location / {{ proxy_pass {to}; }} }}"
    );
    Server::run(Kind::Nginx, |dir| Some((peers::nginx(dir, "", &server)?, port)))
}
