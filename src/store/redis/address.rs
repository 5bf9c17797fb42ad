//! Where Redis is, read from `redis.url`:
//! - one server: `redis://[user:password@]host[:port][/db]`, `rediss://…` with TLS, `unix:///path`;
//! - Sentinel: `redis+sentinel://[user:password@]host[:port],…/master[/db]`;
//! - Cluster: `redis+cluster://[user:password@]host[:port],…`.
//!
//! `rediss+…` speaks TLS; user and password are those of the Redis servers.

use redis::{
    ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsMode,
    cluster::ClusterClientBuilder,
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
    sentinel::{SentinelClientBuilder, SentinelServerType},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::times;

/// The port of Sentinel, where a URL names none.
const SENTINEL_PORT: u16 = 26_379;

/// How servers are found.
#[derive(Clone, Debug)]
pub(super) enum Address {
    /// One server, always the same.
    Single(Box<ConnectionInfo>),
    /// The present master of a group, asked of Sentinels.
    Sentinel {
        sentinels: Vec<ConnectionAddr>,
        master: String,
        /// How to log in at the servers: user, password, database, TLS.
        servers: Box<ConnectionInfo>,
    },
    /// The masters of a cluster, found through any of its servers.
    Cluster(Vec<ConnectionInfo>),
}

/// What is wrong with a URL. It never repeats the URL: a password may be in it.
pub(super) type AddressError = &'static str;

impl Address {
    /// Reads a URL.
    pub(super) fn parse(url: &SecretString) -> Result<Self, AddressError> {
        let text = url.expose_secret();
        let (scheme, rest) = text.split_once("://").ok_or("it has no scheme: redis://host:port")?;
        let (base, kind) = match scheme.split_once('+') {
            None => return Ok(Self::Single(Box::new(server(text)?))),
            Some((base @ ("redis" | "rediss"), kind)) => (base, kind),
            Some(_) => {
                return Err(
                    "its scheme is none of redis, rediss, unix, redis+sentinel, redis+cluster",
                );
            }
        };
        let (login, rest) = match rest.rsplit_once('@') {
            Some((login, rest)) => (format!("{login}@"), rest),
            None => (String::new(), rest),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let hosts: Vec<&str> = hosts.split(',').filter(|host| !host.is_empty()).collect();
        let first = *hosts.first().ok_or("it names no host")?;
        match kind {
            "sentinel" => {
                let (master, db) = path.split_once('/').unwrap_or((path, ""));
                if master.is_empty() {
                    return Err("it names no master: redis+sentinel://host:26379/mymaster");
                }
                let servers = server(&format!("{base}://{login}{first}/{db}"))?;
                let sentinel = |host: &&str| {
                    let port =
                        if has_port(host) { String::new() } else { format!(":{SENTINEL_PORT}") };
                    Ok(server(&format!("redis://{host}{port}"))?.addr().clone())
                };
                let sentinels = hosts.iter().map(sentinel).collect::<Result<_, AddressError>>()?;
                Ok(Self::Sentinel { sentinels, master: master.into(), servers: Box::new(servers) })
            }
            "cluster" if path.is_empty() => {
                let node = |host: &&str| server(&format!("{base}://{login}{host}"));
                Ok(Self::Cluster(hosts.iter().map(node).collect::<Result<_, _>>()?))
            }
            "cluster" => Err("a cluster has one database: leave the path out"),
            _ => Err("its scheme is none of redis, rediss, unix, redis+sentinel, redis+cluster"),
        }
    }

    /// The database: what is published is heard in all of them, so channels carry its number.
    pub(super) fn database(&self) -> i64 {
        self.login().redis_settings().db()
    }

    /// A host that is reached in a way on which others could listen or take part: beyond loopback
    /// without password and without TLS.
    pub(super) fn exposed(&self) -> Option<&ConnectionAddr> {
        match self {
            Self::Single(server) => Some(server.addr()).filter(|addr| self.exposes(addr)),
            Self::Sentinel { sentinels, .. } => sentinels.iter().find(|addr| self.exposes(addr)),
            Self::Cluster(seeds) => {
                seeds.iter().map(ConnectionInfo::addr).find(|addr| self.exposes(addr))
            }
        }
    }

    /// The same of a server that was found through this address, and is spoken to as this says.
    pub(super) fn exposes(&self, found: &ConnectionAddr) -> bool {
        let like = self.login();
        let tls = matches!(like.addr(), ConnectionAddr::TcpTls { .. });
        !tls && like.redis_settings().password().is_none() && is_beyond_loopback(found)
    }

    /// How its servers are spoken to: user, password, database, TLS.
    pub(super) fn login(&self) -> &ConnectionInfo {
        match self {
            Self::Single(server) | Self::Sentinel { servers: server, .. } => server,
            Self::Cluster(seeds) => seeds.first().expect("an address names at least one host"),
        }
    }

    /// A client that asks Sentinel for the master anew for each connection.
    pub(super) fn sentinel(
        sentinels: &[ConnectionAddr],
        master: &str,
        servers: &ConnectionInfo,
    ) -> redis::RedisResult<redis::sentinel::SentinelClient> {
        let settings = servers.redis_settings();
        let master_type = SentinelServerType::Master;
        let mut builder = SentinelClientBuilder::new(sentinels.to_vec(), master, master_type)?
            .set_client_to_redis_db(settings.db())
            .set_client_to_redis_tcp_settings(tcp())
            .set_client_to_sentinel_tcp_settings(tcp());
        if let Some(user) = settings.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = settings.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if matches!(servers.addr(), ConnectionAddr::TcpTls { .. }) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        builder.build()
    }

    /// A client that keeps to the cluster's masters.
    pub(super) fn cluster(
        nodes: &[ConnectionInfo],
        response: std::time::Duration,
    ) -> redis::RedisResult<redis::cluster::ClusterClient> {
        // Few and quick retries: the caller's own time-out is short, and it asks again.
        ClusterClientBuilder::new(nodes.to_vec())
            .retries(3)
            .min_retry_wait(50)
            .max_retry_wait(300)
            .connection_timeout(times::CONNECT)
            .response_timeout(response)
            .overall_response_timeout(Some(times::OVERALL))
            .tcp_settings(tcp())
            .build()
    }
}

fn server(url: &str) -> Result<ConnectionInfo, AddressError> {
    let info =
        url.into_connection_info().map_err(|_| "it is no URL of a Redis: redis://host:port")?;
    Ok(info.set_tcp_settings(tcp()))
}

fn has_port(host: &str) -> bool {
    let after_address = host.rsplit_once(']').map_or(host, |(_, after)| after);
    after_address.contains(':')
}

fn is_beyond_loopback(address: &ConnectionAddr) -> bool {
    match address {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => {
            let host = host.trim_matches(['[', ']']);
            host != "localhost"
                && host.parse::<std::net::IpAddr>().map_or(true, |address| !address.is_loopback())
        }
        _ => false,
    }
}

/// Small packets go at once, and a dead peer is noticed: without these a half-open connection
/// swallows calls for a quarter of an hour.
fn tcp() -> TcpSettings {
    let probes =
        TcpKeepalive::new().with_time(times::PROBE_AFTER).with_interval(times::PROBE_EVERY);
    TcpSettings::default()
        .set_nodelay(true)
        .set_keepalive(probes.with_retries(3))
        .set_user_timeout(times::UNACKNOWLEDGED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, AddressError> {
        Address::parse(&url.into())
    }

    #[test]
    fn one_server() {
        let Ok(Address::Single(server)) = parse("redis://mika:p%40ss@h:7/3") else { panic!() };
        assert_eq!(server.addr(), &ConnectionAddr::Tcp("h".into(), 7));
        let settings = server.redis_settings();
        assert_eq!((settings.username(), settings.password()), (Some("mika"), Some("p@ss")));
        assert_eq!(parse("redis://h/3").unwrap().database(), 3);
        let Ok(Address::Single(server)) = parse("rediss://h") else { panic!() };
        assert!(matches!(
            server.addr(),
            ConnectionAddr::TcpTls { insecure: false, port: 6379, .. }
        ));
    }

    #[test]
    fn a_group_with_sentinels() {
        let url = "rediss+sentinel://:pw@a:1,b,[::1]/shop/2";
        let Ok(Address::Sentinel { sentinels, master, servers }) = parse(url) else { panic!() };
        assert_eq!(master, "shop");
        let at = |host: &str, port| ConnectionAddr::Tcp(host.into(), port);
        assert_eq!(sentinels, [at("a", 1), at("b", 26_379), at("::1", 26_379)]);
        assert_eq!(servers.redis_settings().password(), Some("pw"));
        assert_eq!(servers.redis_settings().db(), 2);
        assert!(matches!(servers.addr(), ConnectionAddr::TcpTls { .. }));
    }

    #[test]
    fn a_cluster() {
        let Ok(Address::Cluster(nodes)) = parse("redis+cluster://u:pw@a:1,b:2") else { panic!() };
        assert_eq!(nodes.len(), 2);
        assert_eq!(nodes[1].addr(), &ConnectionAddr::Tcp("b".into(), 2));
        assert_eq!(nodes[1].redis_settings().username(), Some("u"));
    }

    #[test]
    fn bad_ones_say_what_is_wrong() {
        for (url, said) in [
            ("h:1", "scheme"),
            ("http://h", "no URL"),
            ("redis+sentinel://h:1", "names no master"),
            ("redis+cluster://", "names no host"),
            ("redis+cluster://h/1", "one database"),
            ("redis+x://h", "scheme"),
            ("x+cluster://h", "scheme"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(error.contains(said), "{url}: {error}");
        }
    }

    #[test]
    fn only_strangers_networks_need_a_password() {
        for (url, exposed) in [
            ("redis://127.0.0.1", false),
            ("redis://[::1]", false),
            ("redis://localhost", false),
            ("redis://10.0.0.1", true),
            ("redis://:pw@10.0.0.1", false),
            ("rediss://10.0.0.1", false),
            ("redis+cluster://127.0.0.1:1,10.0.0.1:2", true),
            ("redis+sentinel://cache:1/m", true),
            ("rediss+sentinel://cache:1/m", false),
            ("unix:///run/redis.sock", false),
        ] {
            assert_eq!(parse(url).unwrap().exposed().is_some(), exposed, "{url}");
        }
    }
}
