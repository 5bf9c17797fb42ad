//! Taking in documents of another store.

use super::keys_of;
use crate::{
    id::StreamerId,
    store::{
        Document, DocumentKind, StoreError,
        redis::{
            call::{Call, lua},
            link::Link,
            row::to_json,
        },
    },
};

lua!(IMPORT, "documents_import");

/// Writes a document as it was there, its version too.
pub(in crate::store::redis) async fn import(
    link: &Link,
    kind: DocumentKind,
    document: &Document,
) -> Result<(), StoreError> {
    let expires = document.expires.map(|expires| expires.as_millis().to_string());
    let call = Call::new(&IMPORT, keys_of(kind))
        .arg(&document.id)
        .arg(document.version)
        .arg(expires.as_deref().unwrap_or("-"))
        .arg(document.owner.as_ref().map_or("-", StreamerId::as_str))
        .arg(to_json(&document.body));
    link.run(&call).await
}
