//! A QR code, as one SVG path.

use std::fmt::Write as _;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use fast_qr::{ECL, QRBuilder, QRCode};

use crate::http::problem::Problem;

/// Light modules around the code, without which cameras miss it (ISO/IEC 18004: four).
const QUIET: usize = 4;

/// How long a browser may keep it: it changes only with the gateway's address.
const CACHE: &str = "public, max-age=3600";

/// The code of an address, dark on white with its quiet zone.
pub(super) fn render(url: &str) -> Response {
    // A quarter of it may be covered: streams are compressed, and cameras are held at an angle.
    let Ok(code) = QRBuilder::new(url).ecl(ECL::Q).build() else {
        return Problem::not_found("code for an address that long").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, CACHE),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'none'"),
    ];
    (headers, svg(&code)).into_response()
}

fn svg(code: &QRCode) -> String {
    let side = code.size + 2 * QUIET;
    let mut path = String::new();
    for row in 0..code.size {
        let dark = |column: &usize| code[row][*column].value();
        for column in (0..code.size).filter(dark) {
            let _never_fails = write!(path, "M{} {}h1v1h-1z", column + QUIET, row + QUIET);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_has_its_corners_and_its_quiet_zone() {
        let code = QRBuilder::new("https://shop.example/store/me").ecl(ECL::Q).build().unwrap();
        let svg = svg(&code);
        let side = code.size + 8;
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")), "{svg}");
        for corner in ["M4 4h".to_owned(), format!("M{} 4h", side - 5), format!("M4 {}h", side - 5)]
        {
            assert!(svg.contains(&corner), "{corner}");
        }
        assert!(!svg.contains("M3 "), "nothing dark in the quiet zone");
    }
}
