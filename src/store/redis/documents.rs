//! Documents and blobs. What is kept of a document is a line with version, time of lapsing and owner,
//! each `-` if there is none, and then its body in JSON.

mod import;

use bytes::Bytes;
use redis::FromRedisValue;
use sha2::{Digest as _, Sha256};

pub(super) use self::import::import;
use super::{
    call::{Call, lua},
    link::Link,
    names,
    row::{json, to_json, unreadable, word},
};
use crate::{
    id::StreamerId,
    store::{BLOB_MAX, Cutoffs, Document, DocumentKind, Expect, StoreError},
    time::Timestamp,
};

lua!(PUT, "documents_put");
lua!(LIST, "documents_list");
lua!(REMOVE, "documents_remove");

/// Most documents in one answer.
const PAGE: usize = 128;

/// Most documents removed in one step.
const STEP: usize = 500;

pub(super) async fn one(
    link: &Link,
    kind: DocumentKind,
    id: &str,
) -> Result<Option<Document>, StoreError> {
    let mut get = redis::cmd("HGET");
    get.arg(names::of_documents(kind, "documents")).arg(id);
    let found: Option<Vec<u8>> = link.query(&get).await?;
    let document = found.map(|record| read(id.into(), &record)).transpose()?;
    Ok(document.filter(|document| !has_lapsed(document, link.clock.now())))
}

pub(super) async fn list(
    link: &Link,
    kind: DocumentKind,
    owner: Option<&StreamerId>,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Document>, StoreError> {
    let ids = names::of_documents(kind, if owner.is_some() { "owned" } else { "ids" });
    let prefix = owner.map(|owner| format!("{owner}/")).unwrap_or_default();
    let keys = [ids, names::of_documents(kind, "documents")];
    let mut after = after.unwrap_or_default().to_owned();
    let mut documents = Vec::new();
    while documents.len() < limit {
        let wanted = PAGE.min(limit - documents.len());
        let call = Call::new(&LIST, keys.clone()).arg(&prefix).arg(&after).arg(wanted);
        let page: Vec<(String, Vec<u8>)> = link.run(&call).await?;
        let full = page.len() == wanted;
        for (id, record) in page {
            after.clone_from(&id);
            let document = read(id, &record)?;
            if !has_lapsed(&document, link.clock.now()) {
                documents.push(document);
            }
        }
        if !full {
            break;
        }
    }
    Ok(documents)
}

pub(super) async fn put(
    link: &Link,
    kind: DocumentKind,
    document: &Document,
    expect: Expect,
) -> Result<Option<u64>, StoreError> {
    let expect = match expect {
        Expect::Absent => "absent".into(),
        Expect::Version(version) => version.to_string(),
        Expect::Any => "any".into(),
    };
    let expires = document.expires.map(|expires| expires.as_millis().to_string());
    let owner = document.owner.as_ref().map_or("-", StreamerId::as_str);
    let call = Call::new(&PUT, keys_of(kind))
        .arg(link.clock.now().as_millis())
        .arg(&document.id)
        .arg(expect)
        .arg(expires.as_deref().unwrap_or("-"))
        .arg(owner)
        .arg(to_json(&document.body));
    run(link, kind, &call).await
}

/// Runs what changes documents. A change that was told must not be undone by a failover: a key that
/// was revoked would open again. Signing in goes on without replicas.
async fn run<T: FromRedisValue>(
    link: &Link,
    kind: DocumentKind,
    call: &Call,
) -> Result<T, StoreError> {
    match kind {
        DocumentKind::Session | DocumentKind::Login | DocumentKind::Pairing => link.run(call).await,
        _ => link.run_durably(call).await,
    }
}

/// Removes a document; one that has lapsed goes too, but was not there.
pub(super) async fn remove(link: &Link, kind: DocumentKind, id: &str) -> Result<bool, StoreError> {
    let (gone, lapsed) = remove_some(link, kind, "one", id, 1).await?;
    Ok(gone > lapsed)
}

/// Removes a streamer and all documents it owns.
pub(super) async fn remove_owned(link: &Link, streamer: &StreamerId) -> Result<(), StoreError> {
    for kind in DocumentKind::ALL {
        while remove_some(link, kind, "owned", streamer.as_str(), STEP).await?.0 == STEP {}
    }
    remove(link, DocumentKind::Streamer, streamer.as_str()).await?;
    Ok(())
}

/// Removes documents that have lapsed; how many went.
pub(super) async fn expire(link: &Link, cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    let mut gone = 0;
    for kind in DocumentKind::ALL {
        if gone == cutoffs.limit {
            break;
        }
        gone += remove_some(link, kind, "lapsed", "", cutoffs.limit - gone).await?.0;
    }
    Ok(gone)
}

/// How many went, and how many of them had lapsed.
async fn remove_some(
    link: &Link,
    kind: DocumentKind,
    which: &str,
    name: &str,
    limit: usize,
) -> Result<(usize, usize), StoreError> {
    let now = link.clock.now().as_millis();
    let call = Call::new(&REMOVE, keys_of(kind)).arg(now).arg(which).arg(name).arg(limit);
    run(link, kind, &call).await
}

pub(super) async fn put_blob(link: &Link, bytes: &Bytes) -> Result<Option<String>, StoreError> {
    if bytes.len() > BLOB_MAX {
        return Ok(None);
    }
    let hash = hex::encode(Sha256::digest(bytes));
    let mut set = redis::cmd("SET");
    set.arg(names::blob(&hash)).arg(bytes.as_ref()).arg("NX");
    link.query::<()>(&set).await?;
    Ok(Some(hash))
}

pub(super) async fn blob(link: &Link, hash: &str) -> Result<Option<Bytes>, StoreError> {
    let mut get = redis::cmd("GET");
    get.arg(names::blob(hash));
    Ok(link.query::<Option<Vec<u8>>>(&get).await?.map(Bytes::from))
}

pub(super) async fn remove_blob(link: &Link, hash: &str) -> Result<(), StoreError> {
    let mut unlink = redis::cmd("UNLINK");
    unlink.arg(names::blob(hash));
    link.query::<()>(&unlink).await
}

fn keys_of(kind: DocumentKind) -> [String; 4] {
    ["documents", "ids", "owned", "expiring"].map(|part| names::of_documents(kind, part))
}

fn has_lapsed(document: &Document, now: Timestamp) -> bool {
    document.expires.is_some_and(|expires| expires <= now)
}

fn read(id: String, record: &[u8]) -> Result<Document, StoreError> {
    let what = "a document";
    let end = record.iter().position(|&byte| byte == b'\n').ok_or_else(|| unreadable(what))?;
    let (head, body) = record.split_at(end);
    let head = std::str::from_utf8(head).map_err(|_| unreadable(what))?;
    let [version, expires, owner] = head.split(' ').collect::<Vec<_>>()[..] else {
        return Err(unreadable(what));
    };
    let given = |text: &str| (text != "-").then(|| text.to_owned());
    Ok(Document {
        id,
        owner: given(owner).map(|owner| word(&owner, what)).transpose()?,
        version: word(version, what)?,
        expires: given(expires)
            .map(|millis| word(&millis, what).map(Timestamp::from_millis))
            .transpose()?,
        body: json(body, what)?,
    })
}
