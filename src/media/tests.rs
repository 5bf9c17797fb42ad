//! Fetching from servers that misbehave, and drawing what is no picture. These servers are on this
//! machine and speak plain http, so the guard is looked at on its own.

use std::{
    io::{Cursor, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use tempfile::TempDir;
use ureq::{
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

use super::*;
use crate::store::sqlite::{Options, SqliteStore};

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn opaque(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_pixel(width, height, Rgb([200, 30, 60])).into()
}

/// A server that gives this answer to everybody; its address, and how often it was asked.
fn server(answer: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/mug.png", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let _request = stream.read(&mut [0; 4096]);
            let _gone = stream.write_all(&answer);
        }
    });
    (address, asked)
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn unguarded() -> Fetcher {
    Fetcher::through(DefaultResolver::default(), false)
}

#[test]
fn what_comes_out_is_small_and_drawn_anew() {
    for (format, kind) in [
        (ImageFormat::Png, "image/jpeg"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::WebP, "image/jpeg"),
        (ImageFormat::Gif, "image/jpeg"),
    ] {
        let drawn = picture::redraw(&encoded(&opaque(1200, 600), format)).unwrap();
        assert_eq!(content_type(&drawn), Some(kind), "{format:?}");
        let drawn = image::load_from_memory(&drawn).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (360, 180), "{format:?}");
    }
    let glass = RgbaImage::from_pixel(40, 30, Rgba([0, 0, 255, 100])).into();
    let drawn = picture::redraw(&encoded(&glass, ImageFormat::Png)).unwrap();
    assert_eq!(content_type(&drawn), Some("image/png"));
    assert_eq!(image::load_from_memory(&drawn).unwrap().to_rgba8(), glass.to_rgba8());
}

#[test]
fn what_is_no_picture_or_too_large_is_refused() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0".to_vec();
    let mut cut = encoded(&opaque(300, 300), ImageFormat::Png);
    cut.truncate(60);
    for odd in [&b""[..], b"GIF89a", b"<html>", svg, &bmp, &cut] {
        assert!(matches!(picture::redraw(odd), Err(MediaError::Unreadable)), "{odd:?}");
    }
    // A few hundred bytes that say they are 40 000 by 40 000.
    let mut bomb = encoded(&opaque(1, 1), ImageFormat::Gif);
    for at in [6, 8] {
        bomb[at..at + 2].copy_from_slice(&40_000_u16.to_le_bytes());
    }
    assert!(matches!(picture::redraw(&bomb), Err(MediaError::TooLarge)));
}

#[test]
fn only_the_picture_itself_is_an_answer() {
    let (redirect, _) = server(b"HTTP/1.1 302 Found\r\nlocation: /other\r\n\r\n".to_vec());
    let (missing, _) = server(answer("404 Not Found", b"no"));
    let (broken, _) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nshort".to_vec());
    let (noise, _) = server(b"\0\0\0\0\r\n\r\n".to_vec());
    for address in [redirect, missing, broken, noise] {
        let fetched = unguarded().fetch(&address);
        assert!(matches!(fetched, Err(MediaError::Unreachable)), "{address}: {fetched:?}");
    }
    let (large, _) = server(answer("200 OK", &vec![0; (4 << 20) + 1]));
    let fetched = unguarded().fetch(&large).map(|bytes| bytes.len());
    assert!(matches!(fetched, Err(MediaError::TooLarge)), "{fetched:?}");
}

#[test]
fn only_public_https_is_asked() {
    let (private, asked) = server(answer("200 OK", b"secret"));
    let port = private.split(['/', ':']).nth(4).unwrap();
    for address in [
        private.clone(),
        format!("https://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        "https://[::1]/".into(),
        "https://169.254.169.254/latest/meta-data/".into(),
        "https://0x7f.1/".into(),
    ] {
        let fetched = Fetcher::new().fetch(&address);
        let refused = matches!(fetched, Err(MediaError::NotPublic | MediaError::Unreachable));
        assert!(refused, "{address}: {fetched:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

/// A name with one public and one private address.
#[derive(Debug)]
struct TwoFaced(u16);

impl Resolver for TwoFaced {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        for ip in ["1.1.1.1", "127.0.0.1"] {
            found.push(SocketAddr::new(ip.parse().unwrap(), self.0));
        }
        Ok(found)
    }
}

#[test]
fn a_name_that_also_points_here_or_to_another_port_is_refused() {
    for port in [443, 8443] {
        let fetched = Fetcher::through(guard::Guarded(TwoFaced(port)), true);
        let fetched = fetched.fetch("https://two-faced.example/");
        assert!(matches!(fetched, Err(MediaError::NotPublic)), "{fetched:?}");
    }
}

#[tokio::test]
async fn an_address_is_asked_once() {
    let dir = TempDir::new().unwrap();
    let (mug, asked) = server(answer("200 OK", &encoded(&opaque(500, 500), ImageFormat::Png)));
    let (none, asked_none) = server(answer("404 Not Found", b""));
    let store = SqliteStore::open(Options::new(dir.path(), Clock::start())).unwrap();
    let media = Media::with(store, unguarded());
    let (first, second) = tokio::join!(media.picture(&mug), media.picture(&mug));
    let path = first.unwrap();
    assert_eq!(second.as_ref(), Some(&path));
    let hash = path.strip_prefix("/media/").unwrap();
    let kept = media.store.blob(hash).await.unwrap().unwrap();
    assert_eq!(content_type(&kept), Some("image/jpeg"));
    for _ in 0..3 {
        assert_eq!(media.picture(&mug).await.as_ref(), Some(&path));
        assert_eq!(media.picture(&none).await, None);
    }
    assert_eq!(asked_none.load(Ordering::SeqCst), 1);
    // Two at once may both find it unknown.
    assert!(asked.load(Ordering::SeqCst) <= 2);
}
