//! Documents and blobs.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::{
    row::{json, limit, opt_word, to_json},
    seal::{BLOBS, DOCUMENTS, whole},
};
use crate::{
    id::StreamerId,
    store::{BLOB_MAX, Document, DocumentKind, Expect, StoreError},
    time::Timestamp,
};

pub(super) fn one(
    db: &Connection,
    kind: DocumentKind,
    id: &str,
    now: Timestamp,
) -> Result<Option<Document>, StoreError> {
    let found = db
        .prepare_cached(
            "SELECT * FROM documents \
             WHERE kind = ?1 AND id = ?2 AND (expires IS NULL OR expires > ?3)",
        )?
        .query_row(params![kind.name(), id, now.as_millis()], document);
    Ok(found.optional()?)
}

pub(super) fn list(
    db: &Connection,
    kind: DocumentKind,
    owner: Option<&StreamerId>,
    after: Option<&str>,
    rows: usize,
    now: Timestamp,
) -> Result<Vec<Document>, StoreError> {
    // Two statements, so that each has an index to go by; left to itself, the planner goes through all
    // of a kind for one owner's.
    let (index, of_owner) = match owner {
        Some(_) => ("INDEXED BY documents_by_owner", "owner = ?2"),
        None => ("", "?2 IS NULL"),
    };
    let sql = format!(
        "SELECT * FROM documents {index} \
         WHERE kind = ?1 AND {of_owner} AND id > ?3 AND (expires IS NULL OR expires > ?4) \
         ORDER BY id LIMIT ?5"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let owner = owner.map(StreamerId::as_str);
    // Ids are not empty, so all come after the empty one.
    let after = after.unwrap_or_default();
    let params = params![kind.name(), owner, after, now.as_millis(), limit(rows)];
    let documents = statement.query_map(params, document)?;
    Ok(documents.collect::<Result<_, _>>()?)
}

pub(super) fn put(
    db: &Connection,
    kind: DocumentKind,
    document: &Document,
    expect: Expect,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let before = one(db, kind, &document.id, now)?.map_or(0, |before| before.version);
    let fits = match expect {
        Expect::Absent => before == 0,
        Expect::Version(version) => before == version && version != 0,
        Expect::Any => true,
    };
    if !fits {
        return Ok(None);
    }
    let version = before + 1;
    db.prepare_cached(
        "INSERT OR REPLACE INTO documents (kind, id, owner, version, expires, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        kind.name(),
        document.id,
        document.owner.as_ref().map(StreamerId::as_str),
        version.cast_signed(),
        document.expires.map(Timestamp::as_millis),
        to_json(&document.body),
    ])?;
    Ok(Some(version))
}

/// Removes a document; one that has lapsed goes too, but was not there. A damaged one was.
pub(super) fn remove(
    db: &Connection,
    kind: DocumentKind,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let there = match one(db, kind, id, now) {
        Ok(found) => found.is_some(),
        Err(StoreError::Unreadable { .. }) => true,
        Err(error) => return Err(error),
    };
    db.prepare_cached("DELETE FROM documents WHERE kind = ?1 AND id = ?2")?
        .execute([kind.name(), id])?;
    Ok(there)
}

pub(super) fn put_blob(db: &Connection, bytes: &Bytes) -> Result<Option<String>, StoreError> {
    if bytes.len() > BLOB_MAX {
        return Ok(None);
    }
    let hash = hex::encode(Sha256::digest(bytes));
    db.prepare_cached(
        "INSERT INTO blobs (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING",
    )?
    .execute(params![hash, bytes.as_ref()])?;
    Ok(Some(hash))
}

pub(super) fn blob(db: &Connection, hash: &str) -> Result<Option<Bytes>, StoreError> {
    let bytes = db.prepare_cached("SELECT * FROM blobs WHERE hash = ?1")?.query_row([hash], bytes);
    Ok(bytes.optional()?)
}

pub(super) fn remove_blob(db: &Connection, hash: &str) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM blobs WHERE hash = ?1")?.execute([hash])?;
    Ok(())
}

pub(super) fn bytes(row: &Row<'_>) -> rusqlite::Result<Bytes> {
    whole(row, &BLOBS)?;
    Ok(row.get::<_, Vec<u8>>("bytes")?.into())
}

pub(super) fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    whole(row, &DOCUMENTS)?;
    Ok(Document {
        id: row.get("id")?,
        owner: opt_word(row, "owner")?,
        version: row.get::<_, i64>("version")?.cast_unsigned(),
        expires: row.get::<_, Option<i64>>("expires")?.map(Timestamp::from_millis),
        body: json(row, "body")?,
    })
}
