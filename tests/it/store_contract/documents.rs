use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tillbell::{
    id::StreamerId,
    store::{BLOB_MAX, Cutoffs, Document, DocumentKind, Expect},
};

use super::{
    Home,
    samples::{at, mika},
};

const KIND: DocumentKind = DocumentKind::Overlay;

fn document(id: &str, owner: Option<StreamerId>, body: Value) -> Document {
    Document { id: id.into(), owner, version: 77, expires: None, body }
}

pub(super) async fn versions_guard_documents(home: &impl Home) {
    let store = home.open().await;
    let write = |body, expect| store.put_document(KIND, document("a", Some(mika()), body), expect);
    for (body, expect, version) in [
        (json!(0), Expect::Version(0), None),
        (json!(0), Expect::Version(1), None),
        (json!(1), Expect::Absent, Some(1)),
        (json!(0), Expect::Absent, None),
        (json!(0), Expect::Version(2), None),
        (json!({ "text": "ü" }), Expect::Version(1), Some(2)),
        (json!(0), Expect::Version(1), None),
        (json!({ "text": "ü", "n": [1, null] }), Expect::Any, Some(3)),
    ] {
        assert_eq!(write(body, expect).await.unwrap(), version, "{expect:?}");
    }
    let found = store.document(KIND, "a").await.unwrap().unwrap();
    let body = json!({ "text": "ü", "n": [1, null] });
    assert_eq!(found, Document { version: 3, ..document("a", Some(mika()), body) });
    assert!(store.document(DocumentKind::Key, "a").await.unwrap().is_none(), "kinds are apart");
    assert!(store.remove_document(KIND, "a").await.unwrap());
    assert!(!store.remove_document(KIND, "a").await.unwrap());
    assert!(store.document(KIND, "a").await.unwrap().is_none());
    assert_eq!(write(json!(0), Expect::Any).await.unwrap(), Some(1), "a new one counts anew");
}

pub(super) async fn lapsed_documents_read_as_absent(home: &impl Home) {
    let store = home.open().await;
    let expiring =
        |id: &str, expires| Document { expires: Some(expires), ..document(id, None, json!("x")) };
    let later = store.now() + Duration::from_hours(1);
    for (id, expires) in [("lapsed", store.now()), ("valid", later)] {
        let put = store.put_document(KIND, expiring(id, expires), Expect::Absent).await.unwrap();
        assert_eq!(put, Some(1));
    }
    assert!(store.document(KIND, "lapsed").await.unwrap().is_none());
    assert_eq!(store.document(KIND, "valid").await.unwrap().unwrap().expires, Some(later));
    assert_eq!(store.documents(KIND, None, None, 10).await.unwrap().len(), 1);
    assert!(!store.remove_document(KIND, "lapsed").await.unwrap());
    for expect in [Expect::Absent, Expect::Absent] {
        let again = expiring("lapsed", store.now());
        assert_eq!(store.put_document(KIND, again, expect).await.unwrap(), Some(1));
    }
    let none = Cutoffs { events: at(0), log: at(0), alerts: None, ids: at(0), limit: 10 };
    assert_eq!(store.expire(none).await.unwrap(), 1, "retention takes what has lapsed");
    assert!(store.document(KIND, "valid").await.unwrap().is_some());
}

pub(super) async fn documents_are_listed_by_id(home: &impl Home) {
    let store = home.open().await;
    for (id, owner) in [("c", Some(mika())), ("a", None), ("d", Some(mika())), ("b", Some(mika()))]
    {
        store.put_document(KIND, document(id, owner, json!(id)), Expect::Absent).await.unwrap();
    }
    let mika = mika();
    let rosa = "rosa".parse().unwrap();
    for (owner, after, limit, found) in [
        (None, None, 10, "abcd"),
        (None, Some("b"), 1, "c"),
        (Some(&mika), None, 10, "bcd"),
        (Some(&mika), Some("b"), 10, "cd"),
        (Some(&rosa), None, 10, ""),
    ] {
        let listed = store.documents(KIND, owner, after, limit).await.unwrap();
        let ids: String = listed.into_iter().map(|document| document.id).collect();
        assert_eq!(ids, found);
    }
}

pub(super) async fn blobs_are_kept_by_hash(home: &impl Home) {
    let store = home.open().await;
    let hash = store.put_blob(Bytes::from_static(b"abc")).await.unwrap().unwrap();
    // FIPS 180-2, appendix B.1.
    assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(store.put_blob(Bytes::from_static(b"abc")).await.unwrap(), Some(hash.clone()));
    assert_eq!(store.blob(&hash).await.unwrap().unwrap(), "abc");
    assert!(store.blob("ba78").await.unwrap().is_none());
    let largest = Bytes::from(vec![7; BLOB_MAX]);
    let hash = store.put_blob(largest.clone()).await.unwrap().unwrap();
    assert_eq!(store.blob(&hash).await.unwrap().unwrap(), largest);
    assert_eq!(store.put_blob(Bytes::from(vec![7; BLOB_MAX + 1])).await.unwrap(), None);
    for _again in 0..2 {
        store.remove_blob(&hash).await.unwrap();
        assert!(store.blob(&hash).await.unwrap().is_none());
    }
}
