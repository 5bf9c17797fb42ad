//! Who asks, and what they may do.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::Response,
};
use subtle::ConstantTimeEq as _;

use super::{App, Options, problem::Problem};
use crate::{
    directory::{Directory, DirectoryError, Principal, Role},
    id::StreamerId,
    keys::token_digest,
};

/// The dashboard's cookie.
pub(super) const COOKIE: &str = "tillbell_session";

/// The header that no foreign page can send along with the cookie.
const REQUEST_HEADER: &str = "tillbell-request";

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// To read the log.
    Log,
    /// To read queue and alerts.
    Read,
    /// To operate the queue.
    Operate,
    /// To judge and replay alerts.
    Judge,
    /// To change what is the streamer's: settings, overlays, keys, secrets.
    Manage,
}

impl Need {
    const fn met_by(self, role: Role) -> bool {
        match role {
            Role::Admin | Role::Owner => true,
            Role::Moderator => !matches!(self, Self::Manage),
            Role::Viewer => matches!(self, Self::Log | Self::Read),
            Role::Feed => matches!(self, Self::Log),
            Role::Action => matches!(self, Self::Operate),
        }
    }
}

/// Who asks: by bearer token, or by the dashboard's cookie. The second is whether they see amounts.
pub(super) struct Caller(pub(super) Principal, bool);

impl Caller {
    /// The holder of a token: the admin, or who has a key.
    pub(super) async fn of_token(app: &App, token: &str) -> Result<Self, Problem> {
        Ok(Self::of(&app.node.directory, of_token(app, token).await?).await?)
    }

    async fn of(directory: &Directory, principal: Principal) -> Result<Self, DirectoryError> {
        let amounts = match &principal.streamer {
            Some(streamer) if principal.role == Role::Moderator => {
                let streamer = directory.streamer(streamer).await?;
                streamer.is_some_and(|streamer| streamer.settings.moderators_see_amounts)
            }
            _ => principal.role != Role::Moderator,
        };
        Ok(Self(principal, amounts))
    }

    /// The same with what they may see by now; `None` once their key was revoked.
    pub(super) async fn again(
        &self,
        directory: &Directory,
    ) -> Result<Option<Self>, DirectoryError> {
        if !directory.still_holds(&self.0).await? {
            return Ok(None);
        }
        Self::of(directory, self.0.clone()).await.map(Some)
    }

    /// Lets the caller on if they may do `need` with this streamer. To a stranger it does not even
    /// exist.
    pub(super) fn may(&self, streamer: &StreamerId, need: Need) -> Result<(), Problem> {
        if !self.0.may_see(streamer) {
            return Err(Problem::not_found(format_args!("streamer {streamer}")));
        }
        if need.met_by(self.0.role) { Ok(()) } else { Err(forbidden()) }
    }

    /// What a key of this role may do at least.
    pub(super) const fn least(&self) -> Need {
        match self.0.role {
            Role::Action => Need::Operate,
            _ => Need::Log,
        }
    }

    /// Lets only the admin on.
    pub(super) fn is_admin(&self) -> Result<(), Problem> {
        if self.0.role == Role::Admin { Ok(()) } else { Err(forbidden()) }
    }

    /// Whether this caller decides about what is held.
    pub(super) fn judges(&self) -> bool {
        Need::Judge.met_by(self.0.role)
    }

    /// Whether this caller sees amounts: moderators only if their streamer lets them.
    pub(super) const fn sees_amounts(&self) -> bool {
        self.1
    }
}

fn forbidden() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "forbidden", "this key may not do that")
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(token) = bearer(&parts.headers) {
            return Self::of_token(app, token).await;
        }
        let Some(session) = cookie(&parts.headers) else {
            return Err(unauthorized("send a key as Authorization: Bearer …, or sign in"));
        };
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            check_own_page(&parts.headers, &app.options)?;
        }
        let principal = app.node.directory.principal_of_session(session).await?;
        let ended = || unauthorized("the session has ended: sign in again");
        Ok(Self::of(&app.node.directory, principal.ok_or_else(ended)?).await?)
    }
}

/// Who holds a token: the admin's, or a key.
async fn of_token(app: &App, token: &str) -> Result<Principal, Problem> {
    if token_digest(token).ct_eq(&app.admin).into() {
        return Ok(Principal::admin());
    }
    let principal = app.node.directory.principal_of_key(token).await?;
    principal.ok_or_else(|| unauthorized("that key is not valid (any more)"))
}

/// The token of `Authorization: Bearer …`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The session in the cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

/// A change asked for with the cookie must come from a page of ours: its origin says so, and it has
/// the header that a foreign page cannot send.
pub(super) fn check_own_page(headers: &HeaderMap, options: &Options) -> Result<(), Problem> {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let own = origin.is_some_and(|origin| is_own_origin(origin, headers, options));
    if own && headers.contains_key(REQUEST_HEADER) {
        return Ok(());
    }
    let detail = "this session may only be used by the gateway's own pages";
    Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail))
}

/// Whether an origin is the gateway's: the public one, or the very host that is asked.
pub(super) fn is_own_origin(origin: &str, headers: &HeaderMap, options: &Options) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let of_host = |host: &str| {
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(host)
    };
    origin == options.public_url || host.is_some_and(|h| of_host(h) && is_own_host(h, options))
}

/// Whether a `Host` is a name of ours. Any page can have its own name point to this address; under
/// that name nothing is served.
fn is_own_host(host: &str, options: &Options) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let public = options.public_url.split_once("://").map_or("", |(_, host)| host);
    let address: Option<IpAddr> = name.parse().ok();
    host == public
        || name.eq_ignore_ascii_case("localhost")
        || address.is_some_and(|address| {
            // A number cannot be made to point elsewhere, so it is the address that was bound.
            options.listen.ip().is_unspecified()
                || address == options.listen.ip()
                || (address.is_loopback() && options.listen.ip().is_loopback())
        })
}

/// Refuses hosts that are not ours.
pub(super) async fn check_host(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| is_own_host(host, &app.options)) {
        return Ok(next.run(request).await);
    }
    let detail =
        "that host name is not this gateway's: set server.public_url to the address you use";
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "foreign_host", detail))
}

/// The client's address: the socket's, or what a trusted proxy says.
pub(super) fn remote(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: &HeaderMap,
    options: &Options,
) -> IpAddr {
    let trusted = |ip: &IpAddr| options.trusted_proxies.iter().any(|net| net.contains(ip));
    let mut remote = peer.ip();
    let forwarded = headers.get_all("x-forwarded-for");
    let lines: Vec<&str> = forwarded.iter().filter_map(|line| line.to_str().ok()).collect();
    // From the nearest proxy outwards: the first address that is no trusted proxy is the client.
    for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
        let Ok(hop) = hop.trim().parse() else { break };
        if !trusted(&remote) {
            break;
        }
        remote = hop;
    }
    remote
}

/// One customer of an IPv6 provider has a whole /64, so that is what is counted.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}
