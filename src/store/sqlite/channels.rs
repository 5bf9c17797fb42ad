//! Channels: loading one with what belongs to it, and committing a change of it.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    alerts,
    damage::Damage,
    events, facts, log,
    row::{json, random, to_json, word},
    seal::{CHANNELS, whole},
};
use crate::{
    alert::Alert,
    channel::State,
    id::{AlertId, StreamerId},
    position::Epoch,
    store::{Change, Committed, Loaded, Names, StoreError, Token},
    time::Timestamp,
};

/// All of a [`Loaded`] that is in the database; the rest is not filled in. Damaged alerts that wait
/// or play are left out, so that the channel goes on; one that is named is an error.
pub(super) fn load(
    db: &Connection,
    streamer: &StreamerId,
    names: &Names,
    damage: &Damage,
) -> Result<Loaded, StoreError> {
    let (state, token) = match stored(db, streamer)? {
        Some(found) => found,
        None => (State::new(Epoch(random()?)), Token(0)),
    };
    let purchases = facts::purchases(db, streamer, &names.purchases)?;
    let sales = purchases.iter().filter_map(|purchase| Some(purchase.sale?.alert));
    let played =
        state.play.iter().flat_map(|play| std::iter::once(&play.alert).chain(&play.members));
    let asked = names.alerts.iter().copied().chain(sales);
    let mut named = each_once(db, streamer, asked)?;
    for id in played.filter(|id| named.iter().all(|alert| alert.id != **id)).collect::<Vec<_>>() {
        named.extend(damage.without(alerts::one(db, streamer, *id))?.flatten());
    }
    Ok(Loaded {
        head: alerts::head(db, streamer, damage)?,
        named,
        buyers: facts::buyers(db, streamer, &names.buyers)?,
        purchases,
        state,
        token,
        connections: Vec::new(),
        last_registered: None,
        new_epoch: None,
        now: Timestamp::default(),
    })
}

fn each_once(
    db: &Connection,
    streamer: &StreamerId,
    ids: impl Iterator<Item = AlertId>,
) -> Result<Vec<Alert>, StoreError> {
    let mut found: Vec<Alert> = Vec::new();
    for id in ids {
        if found.iter().all(|alert| alert.id != id) {
            found.extend(alerts::one(db, streamer, id)?);
        }
    }
    Ok(found)
}

pub(super) fn commit(
    db: &Connection,
    streamer: &StreamerId,
    token: Token,
    change: &Change,
    now: Timestamp,
    damage: &Damage,
) -> Result<Committed, StoreError> {
    if current_token(db, streamer)? != token {
        return Ok(Committed::Conflict);
    }
    for (event, _) in &change.settles {
        if !events::is_open(db, event)? {
            return Ok(Committed::AlreadySettled(event.clone()));
        }
    }
    if let Some(state) = &change.state {
        put(db, streamer, state)?;
    }
    for alert in &change.alerts {
        alerts::put(db, streamer, alert)?;
    }
    for purchase in &change.purchases {
        facts::put_purchase(db, streamer, purchase, now)?;
    }
    for absorbed in &change.absorbed {
        facts::remove_purchase(db, streamer, *absorbed)?;
    }
    log::append(db, streamer, &change.entries)?;
    for fact in &change.facts {
        // A damaged total is refused to who reads it; sales go on.
        damage.without(facts::add(db, streamer, fact))?;
    }
    for (event, outcome) in &change.settles {
        events::settle(db, event, outcome)?;
    }
    Ok(Committed::Done)
}

pub(super) fn busy(db: &Connection) -> Result<Vec<StreamerId>, StoreError> {
    // By channel, not by alert: thousands may wait in each.
    let mut statement = db.prepare_cached(
        "SELECT streamer FROM channels WHERE playing = 1 UNION \
         SELECT streamer FROM channels AS one WHERE \
         EXISTS (SELECT 1 FROM alerts WHERE streamer = one.streamer AND spot_order IS NOT NULL) \
         OR EXISTS (SELECT 1 FROM alerts WHERE streamer = one.streamer AND state = 'held')",
    )?;
    let busy = statement.query_map([], |row| word(row, "streamer"))?;
    Ok(busy.collect::<Result<_, _>>()?)
}

/// Gives every channel an epoch of its own again, without a log in it.
pub(super) fn begin_epochs(db: &Connection) -> Result<(), StoreError> {
    let mut statement = db.prepare("SELECT streamer FROM channels")?;
    let streamers = statement.query_map([], |row| word(row, "streamer"))?;
    for streamer in streamers.collect::<Result<Vec<StreamerId>, _>>()? {
        if let Some((mut state, _)) = stored(db, &streamer)? {
            state.epoch = Epoch(random()?);
            state.offset = 0;
            put(db, &streamer, &state)?;
        }
    }
    Ok(())
}

pub(super) fn remove_streamer(db: &Connection, streamer: &StreamerId) -> Result<(), StoreError> {
    // Before the purchases are gone, whose ids they are.
    for routes in ["lasting = 1", "key IN (SELECT id FROM purchase_ids WHERE streamer = ?1)"] {
        let sql = format!("DELETE FROM routes WHERE streamer = ?1 AND {routes}");
        db.execute(&sql, [streamer.as_str()])?;
    }
    let tables = ["channels", "alerts", "log", "purchases", "purchase_ids", "totals", "buyers"];
    for table in tables {
        db.execute(&format!("DELETE FROM {table} WHERE streamer = ?1"), [streamer.as_str()])?;
    }
    db.execute(
        "DELETE FROM documents WHERE owner = ?1 OR (kind = 'streamer' AND id = ?1)",
        [streamer.as_str()],
    )?;
    Ok(())
}

fn put(db: &Connection, streamer: &StreamerId, state: &State) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO channels (streamer, token, epoch, head, play, playing, state) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (streamer) DO UPDATE SET \
         token = ?2, epoch = ?3, head = ?4, play = ?5, playing = ?6, state = ?7",
    )?
    .execute(params![
        streamer.as_str(),
        random()?.cast_signed(),
        state.epoch.0.cast_signed(),
        state.offset.cast_signed(),
        state.play.as_ref().map(|play| play.alert.to_string()),
        state.playing().is_some(),
        to_json(state),
    ])?;
    Ok(())
}

fn stored(db: &Connection, streamer: &StreamerId) -> Result<Option<(State, Token)>, StoreError> {
    let found = db.prepare_cached("SELECT * FROM channels WHERE streamer = ?1")?.query_row(
        [streamer.as_str()],
        |row| {
            let state = state(row)?;
            let token: i64 = row.get("token")?;
            Ok((state, Token(token.cast_unsigned())))
        },
    );
    Ok(found.optional()?)
}

pub(super) fn state(row: &Row<'_>) -> rusqlite::Result<State> {
    whole(row, &CHANNELS)?;
    json(row, "state")
}

fn current_token(db: &Connection, streamer: &StreamerId) -> Result<Token, StoreError> {
    let found = db
        .prepare_cached("SELECT token FROM channels WHERE streamer = ?1")?
        .query_row([streamer.as_str()], |row| row.get::<_, i64>(0));
    Ok(Token(found.optional()?.unwrap_or(0).cast_unsigned()))
}
