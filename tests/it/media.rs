//! Pictures that the gateway keeps and serves.

use std::io::Cursor;

use image::{ImageFormat, RgbaImage};
use tempfile::TempDir;
use tillbell::{
    clock::Clock,
    store::{
        Store as _,
        sqlite::{Options, SqliteStore},
    },
};

use crate::support::Gateway;

/// Keeps these in the store of a gateway that does not run; their names.
async fn keep(data: &TempDir, blobs: &[&[u8]]) -> Vec<String> {
    let store = SqliteStore::open(Options::new(data.path(), Clock::start())).unwrap();
    let mut names = Vec::new();
    for blob in blobs {
        names.push(store.put_blob(blob.to_vec().into()).await.unwrap().unwrap());
    }
    store.close().await;
    names
}

#[test]
fn a_picture_is_served_to_everybody_and_nothing_else_is() {
    let mut png = Cursor::new(Vec::new());
    RgbaImage::new(2, 2).write_to(&mut png, ImageFormat::Png).unwrap();
    let page = b"<script>alert(1)</script>";
    let mut gateway = Gateway::start();
    assert!(gateway.stop().success());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let names = runtime.block_on(keep(&gateway.data, &[png.get_ref(), page]));
    let gateway = gateway.kill_and_restart();
    let get = |path: &str| gateway.request("GET", path, &[], ());
    let picture = get(&format!("/media/{}", names[0]));
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));
    assert!(picture.header("cache-control").contains("immutable"), "{picture:?}");
    assert_eq!(picture.header("content-security-policy"), "default-src 'none'");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    let upper = names[0].to_uppercase();
    for name in [&*names[1], &upper, &"0".repeat(64), "x", "..%2fadmin.token"] {
        let answer = get(&format!("/media/{name}"));
        assert_eq!((answer.status, &*answer.code()), (404, "not_found"), "{name}");
    }
}
