//! Documents and blobs.
use super::link::Link;
use crate::{
    id::StreamerId,
    store::{Cutoffs, Document, DocumentKind, Expect, StoreError},
};
use bytes::Bytes;

pub(super) async fn one(
    _link: &Link,
    _kind: DocumentKind,
    _id: &str,
) -> Result<Option<Document>, StoreError> {
    todo!()
}
pub(super) async fn list(
    _link: &Link,
    _kind: DocumentKind,
    _owner: Option<&StreamerId>,
    _after: Option<&str>,
    _limit: usize,
) -> Result<Vec<Document>, StoreError> {
    todo!()
}
pub(super) async fn put(
    _link: &Link,
    _kind: DocumentKind,
    _document: &Document,
    _expect: Expect,
) -> Result<Option<u64>, StoreError> {
    todo!()
}
pub(super) async fn remove(
    _link: &Link,
    _kind: DocumentKind,
    _id: &str,
) -> Result<bool, StoreError> {
    todo!()
}
pub(super) async fn remove_owned(_link: &Link, _streamer: &StreamerId) -> Result<(), StoreError> {
    todo!()
}
pub(super) async fn put_blob(_link: &Link, _bytes: &Bytes) -> Result<Option<String>, StoreError> {
    todo!()
}
pub(super) async fn blob(_link: &Link, _hash: &str) -> Result<Option<Bytes>, StoreError> {
    todo!()
}
pub(super) async fn expire(_link: &Link, _cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    todo!()
}
