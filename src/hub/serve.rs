//! The task of one overlay socket: bytes to the session, and what the session wants done.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use serde_json::value::RawValue;
use tokio::task::coop::consume_budget;

use super::{Codec, Conn, Incoming, Member, Stopped, Told, Violation, queue_status};
use crate::{
    channel::{Ack, Channel, Input},
    close::CloseReason,
    conductor::answer_to_ack,
    connection::{Connection, Mode, OverlayKind, SourceState},
    directory::{Overlay, OverlayKey, Streamer},
    node::{Node, random},
    session::{AckOf, Effect, Join},
    store::{Heard, Names, StoreError, Wake},
    wire::{Named, ServerFrame, Welcome, WelcomeOverlay},
};

/// How long the first tries of pages whose sockets were closed are spread over, at least.
pub const SPREAD: Duration = Duration::from_secs(2);

impl Node {
    /// Serves a socket until it ends, from where `codec` has come. What is awaited while nothing comes
    /// is all that an idle connection holds, so the rest is boxed.
    pub async fn serve_socket(self: Arc<Self>, conn: Arc<Conn>, mut codec: Codec) {
        self.hub.add(&conn);
        self.metrics.connections.inc();
        while Box::pin(self.read(&conn, &mut codec)).await && conn.readable().await {}
        self.hub.remove(&conn);
        self.metrics.connections.dec();
        Box::pin(self.leave(&conn)).await;
        Box::pin(conn.linger(self.store.now())).await;
    }

    /// Reads what there is; `false` at the end.
    async fn read(self: &Arc<Self>, conn: &Arc<Conn>, codec: &mut Codec) -> bool {
        loop {
            match codec.read(&conn.stream, &conn.outbox) {
                // What arrives after the farewell is read, so that the farewell arrives, and dropped.
                Ok(_) if conn.is_closing() => {}
                Ok(incoming) => self.handle(conn, incoming).await,
                Err(Stopped::Unfinished) => {}
                Err(Stopped::Empty) => return true,
                Err(Stopped::Gone) => return false,
                Err(Stopped::Violation(violation)) => {
                    self.close_violation(conn, violation);
                    return false;
                }
            }
            // Who sends without end must not keep the others waiting.
            consume_budget().await;
        }
    }

    fn close_violation(&self, conn: &Conn, violation: Violation) {
        let _closed = conn.session().close(CloseReason::ProtocolError);
        let now = self.store.now();
        match violation {
            Violation::TooLarge => self.close(conn, CloseReason::FrameTooLarge),
            Violation::Protocol => conn.close_with(1002, "protocol error", now),
            Violation::Utf8 => conn.close_with(1007, "text is not UTF-8", now),
        }
    }

    async fn handle(self: &Arc<Self>, conn: &Arc<Conn>, incoming: Incoming) {
        let now = self.store.now();
        let effects = match incoming {
            Incoming::Text(text) => conn.session().receive(&text, now),
            Incoming::Binary => conn.session().receive_binary(),
            Incoming::Control => return,
        };
        for effect in effects {
            match effect {
                Effect::Send(text) => conn.send_text(&text),
                Effect::Join(join) => Box::pin(self.join(conn, *join)).await,
                Effect::Ack(ack) => self.ack(conn, ack).await,
                Effect::Source(source) => self.source(conn, source).await,
                Effect::Close(reason) => self.close(conn, reason),
            }
        }
        // After the effects: a late `started` is to find its play the newest still.
        if conn.passed_over.swap(false, Ordering::Relaxed) {
            self.heard_now(conn).await;
        }
    }

    /// A leader that was passed over said something: its channel must know at once.
    async fn heard_now(self: &Arc<Self>, conn: &Conn) {
        let (Some(heard), Some(member)) = (Self::heard_of(conn), conn.member()) else { return };
        if self.store.heard(&[heard]).await.is_ok() {
            self.look(&member.streamer);
        }
    }

    async fn source(self: &Arc<Self>, conn: &Conn, source: SourceState) {
        let (Some(heard), Some(member)) = (Self::heard_of(conn), conn.member()) else { return };
        let before = match self.store.connection(conn.id).await {
            Ok(Some(row)) => row.source,
            _ => SourceState::default(),
        };
        if self.store.heard(&[heard]).await.is_err() || !member.counts() {
            return;
        }
        // Going out of sight is leaving, as far as waiting alerts are concerned.
        let went = |now: Option<bool>, before| now == Some(false) && now != before;
        if went(source.active, before.active) || went(source.streaming, before.streaming) {
            self.tell(&member.streamer, Input::Left).await;
        } else {
            self.look(&member.streamer);
        }
    }

    /// What the registry is told of a connection.
    pub(crate) fn heard_of(conn: &Conn) -> Option<Heard> {
        conn.member()?;
        let session = conn.session();
        Some(Heard {
            connection: conn.id,
            at: session.heard_at(),
            source: session.source(),
            round_trip_ms: session.round_trip_ms(),
        })
    }

    async fn ack(self: &Arc<Self>, conn: &Conn, ack: AckOf) {
        let Some(member) = conn.member().filter(|member| member.counts()) else { return };
        let input = self.input_of(conn, member.overlay, &ack);
        self.acknowledge(&member.streamer, input, conn.id).await;
    }

    fn input_of(&self, conn: &Conn, overlay: crate::id::OverlayId, ack: &AckOf) -> Input {
        Input::Ack(Ack {
            connection: conn.id,
            overlay,
            alert: ack.alert,
            lease: ack.lease,
            source: conn.session().source(),
            sent: ack.sent,
            what: ack.said.clone(),
        })
    }

    async fn join(self: &Arc<Self>, conn: &Arc<Conn>, join: Join) {
        let result = match self.directory.overlay_of_key(&join.key).await {
            Ok(OverlayKey::Bad) => Err(CloseReason::Unauthorized),
            Ok(OverlayKey::Removed) => Err(CloseReason::OverlayRemoved),
            Ok(OverlayKey::Opens(overlay)) => Box::pin(self.welcome(conn, &join, &overlay)).await,
            Err(error) => {
                tracing::warn!(%error, conn.id = %conn.id, "a hello could not be checked");
                Err(CloseReason::StoreUnavailable)
            }
        };
        if let Err(reason) = result {
            self.end(conn, reason);
        }
    }

    /// Applies the acks, registers, welcomes, then looks what is to be shown, in this order.
    async fn welcome(
        self: &Arc<Self>,
        conn: &Arc<Conn>,
        join: &Join,
        overlay: &Overlay,
    ) -> Result<(), CloseReason> {
        let away = |_| CloseReason::StoreUnavailable;
        let streamer = self.directory.streamer(&overlay.streamer).await.map_err(away)?;
        let streamer = streamer.ok_or(CloseReason::OverlayRemoved)?;
        if self.hub.count(&streamer.id) >= self.connections_per_streamer {
            return Err(CloseReason::RateLimited);
        }
        let counts = overlay.kind == OverlayKind::Alerts && join.mode == Mode::Live;
        let mut answers = Vec::new();
        for ack in join.acks.iter().filter(|_| counts) {
            let input = self.input_of(conn, overlay.id, ack);
            let reply = self.submit(&streamer.id, input).await;
            let reply = reply.map_err(|_| CloseReason::StoreUnavailable)?;
            answers.push(answer_to_ack(ack.alert, ack.lease, &ack.said, reply));
        }
        // As the others were told; if it is no longer so, it is told like them right after.
        let status = match self.hub.status(&streamer.id) {
            Some(status) => status,
            None => self.status(&streamer).await.map_err(|_| CloseReason::StoreUnavailable)?,
        };
        // Nothing may fail between registering and becoming a member, who is taken out at the end.
        if conn.is_closing() {
            return Ok(());
        }
        let row = self.row(conn, join, overlay);
        let since = row.since;
        self.store.register(row).await.map_err(|_| CloseReason::StoreUnavailable)?;
        conn.become_member(Member {
            streamer: streamer.id.clone(),
            overlay: overlay.id,
            generation: overlay.generation,
            kind: overlay.kind,
            mode: join.mode,
            since,
            told: Mutex::new(status),
            board: Told::default(),
        });
        self.join_and_welcome(conn, &streamer, overlay, status, &answers);
        self.look(&streamer.id);
        if overlay.kind != OverlayKind::Alerts {
            self.refresh_boards(&streamer.id);
        }
        self.news(overlay, conn, "OverlayConnected");
        tracing::info!(conn.id = %conn.id, streamer = %streamer.id, overlay = overlay.name, "overlay connected");
        Ok(())
    }

    fn row(&self, conn: &Conn, join: &Join, overlay: &Overlay) -> Connection {
        let now = self.store.now();
        Connection {
            id: conn.id,
            node: self.id,
            streamer: overlay.streamer.clone(),
            overlay: overlay.id,
            overlay_name: overlay.name.as_str().into(),
            kind: overlay.kind,
            mode: join.mode,
            since: now,
            remote: conn.remote,
            client: join.client.as_str().into(),
            obs: join.obs.as_deref().map(Into::into),
            chrome: conn.chrome,
            muted: join.muted,
            source: conn.session().source(),
            heard_at: now,
            round_trip_ms: None,
        }
    }

    async fn status(&self, streamer: &Streamer) -> Result<crate::wire::QueueStatus, StoreError> {
        let names = Names::default();
        let loaded = self.store.load(&streamer.id, &names).await?;
        Ok(queue_status(&Channel::new(loaded, &names, &streamer.settings, self.here())))
    }

    /// Under the session's lock: who is welcomed is a member already, and is shown nothing before its
    /// welcome and the answers to its acks.
    fn join_and_welcome(
        &self,
        conn: &Arc<Conn>,
        streamer: &Arc<Streamer>,
        overlay: &Overlay,
        queue: crate::wire::QueueStatus,
        answers: &[ServerFrame<'_>],
    ) {
        let now = self.store.now();
        let mut session = conn.session();
        self.hub.join(conn);
        if !session.welcomed(now) {
            return;
        }
        let heartbeat_ms = u64::try_from(session.heartbeat().as_millis()).unwrap_or(u64::MAX);
        let settings = self.hub.settings(streamer);
        conn.send(&ServerFrame::Welcome(Welcome {
            protocol: 1,
            connection_id: conn.id,
            node: self.id,
            streamer: Named { id: &streamer.id, name: streamer.name() },
            overlay: WelcomeOverlay { id: overlay.id, name: &overlay.name, kind: overlay.kind },
            build: &self.build,
            now: now.wire(),
            heartbeat_ms,
            queue,
            settings: &settings,
        }));
        answers.iter().for_each(|answer| conn.send(answer));
    }

    /// A welcomed socket has ended: the cluster must know, and what waits begins its wait anew.
    async fn leave(self: &Arc<Self>, conn: &Arc<Conn>) {
        let Some(member) = conn.member() else { return };
        if let Err(error) = self.store.unregister(conn.id).await {
            tracing::warn!(%error, conn.id = %conn.id, "a connection could not be taken out");
        }
        if member.counts() {
            self.tell(&member.streamer, Input::Left).await;
        }
        let data = serde_json::json!({ "connection_id": conn.id, "overlay_id": member.overlay });
        self.store.wake(Wake::News(member.streamer.clone(), "OverlayLost".into(), data));
        tracing::info!(conn.id = %conn.id, streamer = %member.streamer, "overlay left");
    }

    fn news(&self, overlay: &Overlay, conn: &Conn, what: &'static str) {
        let data = serde_json::json!({
            "connection_id": conn.id,
            "overlay_id": overlay.id,
            "overlay": overlay.name,
        });
        self.store.wake(Wake::News(overlay.streamer.clone(), what.into(), data));
    }

    /// Ends a session and closes its socket.
    pub fn end(&self, conn: &Conn, reason: CloseReason) {
        self.end_spread(conn, reason, SPREAD);
    }

    /// The same; pages come back within `spread` after the time the reason asks for.
    pub fn end_spread(&self, conn: &Conn, reason: CloseReason, spread: Duration) {
        let effects = conn.session().close(reason);
        if !effects.is_empty() {
            self.close_spread(conn, reason, spread);
        }
    }

    /// Closes a socket whose session has ended.
    pub(crate) fn close(&self, conn: &Conn, reason: CloseReason) {
        self.close_spread(conn, reason, SPREAD);
    }

    fn close_spread(&self, conn: &Conn, reason: CloseReason, spread: Duration) {
        self.metrics.close(reason.name());
        let spread = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX).max(1);
        let jitter = Duration::from_millis(random() % spread);
        conn.close(reason, reason.retry_after() + jitter, self.store.now());
    }
}

/// What a page needs to draw, and no more: JSON, made once for all pages of a streamer.
pub(super) fn page_settings(streamer: &Streamer) -> Box<RawValue> {
    let settings = &streamer.settings;
    let duration = settings.duration.as_millis();
    // Those of the rules too, so that a page has them at hand before it draws one.
    let mut themes = vec![&settings.theme];
    for theme in settings.rules.iter().filter_map(|rule| rule.then.theme.as_ref()) {
        if !themes.contains(&theme) {
            themes.push(theme);
        }
    }
    let sheets = streamer.themes.iter().map(|theme| (theme.name().as_str(), theme.sheet()));
    let sheets: BTreeMap<&str, serde_json::Value> = sheets.collect();
    let sounds = streamer.themes.iter().map(|theme| (theme.name().as_str(), theme.sounds()));
    let sounds: BTreeMap<&str, _> = sounds.filter(|(_, sounds)| !sounds.is_empty()).collect();
    let all = serde_json::json!({
        "duration_ms": u64::try_from(duration).unwrap_or(u64::MAX),
        "shop": streamer.name(),
        "theme": settings.theme,
        "themes": themes,
        "sheets": sheets,
        "sounds": sounds,
        "accent": settings.accent,
        "position": settings.position,
        "calm": settings.calm,
        "sound": settings.sound,
        "volume": settings.volume,
    });
    serde_json::value::to_raw_value(&all).expect("it is plain JSON")
}
