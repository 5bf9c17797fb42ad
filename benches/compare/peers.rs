//! The peers: what else could hold overlays and pass messages to them. Who is not installed is
//! missing from the table, and the table says so.

use std::{fs, io, path::Path, process::Command};

use crate::{
    load::{Wire, masked},
    support::free_port,
};

/// Peers that this bench cannot drive: Debian has no package of theirs.
pub(crate) const NOT_DRIVEN: [&str; 2] = ["sockudo", "centrifugo"];

/// Why such a peer is not in the table.
pub(crate) fn why_missing(name: &str) -> String {
    match found(&[name]) {
        Some(_) => format!("{name} is installed here, but this bench does not speak its protocol."),
        None => format!("{name} is not installed here: Debian has no package of it."),
    }
}

/// `command`, if the machine has it.
pub(crate) fn found(names: &[&str]) -> Option<Command> {
    let there = names.iter().find(|name| {
        Command::new("sh")
            .args(["-c", &format!("command -v {name}")])
            .output()
            .is_ok_and(|output| output.status.success())
    });
    there.map(Command::new)
}

fn written(dir: &Path, text: &str) -> std::path::PathBuf {
    let file = dir.join("peer.conf");
    fs::write(&file, text).expect("its own directory");
    file
}

/// nginx with two workers that holds many connections; `http` is what it does.
pub(crate) fn nginx(dir: &Path, modules: &str, http: &str) -> Option<Command> {
    let mut command = found(&["nginx", "/usr/sbin/nginx"])?;
    let at = dir.display();
    let file = written(
        dir,
        &format!(
            "user root; {modules} daemon off; worker_processes 2; pid {at}/pid; error_log {at}/error;
             worker_rlimit_nofile 20000;
             events {{ worker_connections 20000; }}
             http {{
               access_log off; keepalive_requests 100000000; client_body_temp_path {at}/body;
               proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;
               uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
               {http}
             }}"
        ),
    );
    command.arg("-c").arg(file).arg("-p").arg(dir);
    Some(command)
}

/// nginx with Nchan: nothing kept, one channel for each subscriber.
pub(crate) fn nchan(dir: &Path) -> Option<(Command, u16)> {
    let module = "/usr/lib/nginx/modules/ngx_nchan_module.so";
    if !Path::new(module).exists() {
        return None;
    }
    let port = free_port();
    let http = format!(
        "nchan_shared_memory_size 1G;
         server {{
           listen 127.0.0.1:{port} backlog=4096 reuseport;
           location ~ ^/sub/(.+)$ {{
             nchan_subscriber websocket; nchan_channel_id $1; nchan_message_buffer_length 0;
           }}
           location ~ ^/pub/(.+)$ {{
             nchan_publisher; nchan_channel_id $1; nchan_message_buffer_length 0;
           }}
         }}"
    );
    Some((nginx(dir, &format!("load_module {module};"), &http)?, port))
}

/// NATS over websocket, without TLS and compression.
pub(crate) fn nats(dir: &Path) -> Option<(Command, u16)> {
    let mut command = found(&["nats-server", "/usr/sbin/nats-server"])?;
    let (port, own) = (free_port(), free_port());
    let file = written(
        dir,
        &format!(
            "listen: \"127.0.0.1:{own}\"\nwebsocket {{ listen: \"127.0.0.1:{port}\", no_tls: true }}\n"
        ),
    );
    command.arg("-c").arg(file);
    Some((command, port))
}

/// Mosquitto over websocket, anonymous.
pub(crate) fn mosquitto(dir: &Path) -> Option<(Command, u16)> {
    let mut command = found(&["mosquitto", "/usr/sbin/mosquitto"])?;
    let (port, own) = (free_port(), free_port());
    // A listener for websockets alone is none to it.
    let text = format!(
        "listener {own} 127.0.0.1\nlistener {port} 127.0.0.1\nprotocol websockets\nallow_anonymous true\npersistence false\nuser root\n"
    );
    command.arg("-c").arg(written(dir, &text));
    Some((command, port))
}

/// The package ws of npm, from what the browser tests have installed.
pub(crate) fn ws(_dir: &Path) -> Option<(Command, u16)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = root.join("tests/browser/node_modules/ws");
    let mut command = found(&["node", "nodejs"])?;
    if !package.exists() {
        return None;
    }
    command.arg(root.join("benches/compare/ws.js")).arg(package);
    Some((command, 0))
}

/// One subscription with NATS' own protocol, in frames.
pub(crate) async fn join_nats(wire: &mut Wire, n: usize) -> io::Result<()> {
    wire.upgrade("/", "").await?;
    wire.frame_soon().await?;
    let lines = format!("CONNECT {{\"verbose\":false}}\r\nSUB channel.{n} 1\r\nPING\r\n");
    wire.send(&masked(2, lines.as_bytes())).await?;
    loop {
        if wire.frame_soon().await?.starts_with(b"PONG") {
            return Ok(());
        }
    }
}

/// One subscription without promises, with MQTT 3.1.1 in frames.
pub(crate) async fn join_mosquitto(wire: &mut Wire, n: usize) -> io::Result<()> {
    wire.upgrade("/mqtt", "mqtt").await?;
    let id = format!("c{n:07}");
    // Clean session, no keepalive; the id has eight letters, so all lengths are known.
    let connect = [&[0x10, 20, 0, 4][..], b"MQTT", &[4, 2, 0, 0, 0, 8], id.as_bytes()].concat();
    wire.send(&masked(2, &connect)).await?;
    wire.frame_soon().await?;
    let subscribe = [&[0x82, 13, 0, 1, 0, 8][..], id.as_bytes(), &[0]].concat();
    wire.send(&masked(2, &subscribe)).await?;
    wire.frame_soon().await.map(drop)
}
