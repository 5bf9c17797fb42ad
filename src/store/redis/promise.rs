//! What Redis promises about a write that it has confirmed, held against what was declared. Words
//! and comparison only: `survey` reads what the servers do.

use std::{fmt, time::Duration};

use thiserror::Error;

/// The first version that has all that the store uses.
const OLDEST_MAJOR: u32 = 7;

/// What a confirmed write of Redis must survive: `redis.durability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Power loss: `appendfsync always`.
    Always,
    /// Power loss, but for the last second: `appendfsync everysec`.
    Everysec,
    /// Nothing.
    None,
    /// The loss of one server: replicas have confirmed too, and servers keep an append-only file.
    Replicated {
        /// How many replicas.
        replicas: u32,
        /// How long a write waits for them.
        within: Duration,
    },
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "always",
            Self::Everysec => "everysec",
            Self::None => "none",
            Self::Replicated { .. } => "replicated",
        })
    }
}

/// What one server, a master, was found to be.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// Its address, for messages.
    pub(super) place: String,
    /// As `7.0.15`.
    pub(super) version: String,
    /// Its configuration; none when our user may not read it.
    pub(super) config: Option<Configured>,
    /// Replicas that follow it.
    pub(super) replicas: u32,
    /// Whether others on the way could listen or take part.
    pub(super) exposed: bool,
}

/// What of a server's configuration decides.
#[derive(Clone, Debug)]
pub(super) struct Configured {
    /// Whether writes go to an append-only file.
    pub(super) append_only: bool,
    /// When that is synced: `always`, `everysec`, `no`.
    pub(super) fsync: String,
    /// Whether also while it is being rewritten, which may take minutes.
    pub(super) fsync_in_rewrite: bool,
    /// Bytes it may use; 0 for any.
    pub(super) max_memory: u64,
    /// What it removes when it has used them.
    pub(super) eviction: String,
}

/// A promise that is weaker than what was declared, in words that say what to change.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Weakness {
    /// It lacks what the store is made of.
    #[error("Redis at {place} is {found}: install 7.0 or newer")]
    TooOld {
        /// Which server.
        place: String,
        /// Its version.
        found: String,
    },
    /// Strangers could listen or take part.
    #[error(
        "{place} is reached over a network without password and without TLS: write rediss for redis, or \
         :PASSWORD@ before the host, in redis.url"
    )]
    Exposed {
        /// Which server.
        place: String,
    },
    /// What it does may not be read.
    #[error(
        "Redis at {place} does not let its user read what it promises: give it +config|get (ACL \
         SETUSER), or do without with redis.durability = \"none\""
    )]
    Hidden {
        /// Which server.
        place: String,
    },
    /// When its memory is full, it would remove what must be kept.
    #[error(
        "Redis at {place} removes what is stored when its memory is full (maxmemory-policy {policy}): \
         set maxmemory-policy noeviction in Redis"
    )]
    Evicts {
        /// Which server.
        place: String,
        /// Its policy.
        policy: String,
    },
    /// It forgets more than was declared.
    #[error(
        "Redis at {place} {does}, but redis.durability is \"{declared}\": set {remedy} in Redis, or \
         accept what it does with redis.durability = \"{accepted}\""
    )]
    Forgets {
        /// Which server.
        place: String,
        /// What it does.
        does: &'static str,
        /// What was declared.
        declared: Durability,
        /// What Redis should be told.
        remedy: &'static str,
        /// The declaration that would fit.
        accepted: Durability,
    },
    /// Too few would confirm a write.
    #[error(
        "Redis at {place} has {found} of the replicas that redis.durability = \"replicated\" needs \
         ({wanted}, redis.replicas): connect more, or accept what it does with \
         redis.durability = \"{accepted}\""
    )]
    FewReplicas {
        /// Which server.
        place: String,
        /// How many there are.
        found: u32,
        /// How many there must be.
        wanted: u32,
        /// The declaration that would fit.
        accepted: Durability,
    },
}

impl Configured {
    /// The strongest promise that one server alone keeps.
    fn keeps(&self) -> Durability {
        match self.fsync.as_str() {
            _ if !self.append_only || !self.fsync_in_rewrite => Durability::None,
            "always" => Durability::Always,
            "everysec" => Durability::Everysec,
            _ => Durability::None,
        }
    }

    fn does(&self) -> &'static str {
        match self.fsync.as_str() {
            _ if !self.append_only => "keeps no append-only file",
            "always" | "everysec" if !self.fsync_in_rewrite => {
                "does not sync its append-only file while it rewrites it"
            }
            "everysec" => "syncs its append-only file once a second",
            _ => "leaves it to the system when its append-only file is synced",
        }
    }
}

impl Server {
    /// Holds what it does against what was declared.
    pub(super) fn keeps(&self, declared: Durability) -> Result<(), Weakness> {
        let place = || self.place.clone();
        let major = self.version.split('.').next().and_then(|major| major.parse().ok());
        if major.is_none_or(|major: u32| major < OLDEST_MAJOR) {
            return Err(Weakness::TooOld { place: place(), found: self.version.clone() });
        }
        if self.exposed {
            return Err(Weakness::Exposed { place: place() });
        }
        if declared == Durability::None {
            return Ok(());
        }
        let config = self.config.as_ref().ok_or_else(|| Weakness::Hidden { place: place() })?;
        if config.max_memory > 0 && config.eviction != "noeviction" {
            return Err(Weakness::Evicts { place: place(), policy: config.eviction.clone() });
        }
        let accepted = config.keeps();
        let remedy = match declared {
            Durability::Always if accepted != Durability::Always => {
                "appendonly yes, appendfsync always and no-appendfsync-on-rewrite no"
            }
            Durability::Everysec if accepted == Durability::None => {
                "appendonly yes, appendfsync everysec and no-appendfsync-on-rewrite no"
            }
            Durability::Replicated { .. } if !config.append_only => "appendonly yes",
            Durability::Replicated { replicas: wanted, .. } if self.replicas < wanted => {
                let (place, found) = (place(), self.replicas);
                return Err(Weakness::FewReplicas { place, found, wanted, accepted });
            }
            _ => return Ok(()),
        };
        Err(Weakness::Forgets { place: place(), does: config.does(), declared, remedy, accepted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLICATED: Durability =
        Durability::Replicated { replicas: 1, within: Duration::from_millis(500) };

    fn server(append_only: bool, fsync: &str) -> Server {
        let config = Configured {
            append_only,
            fsync: fsync.into(),
            fsync_in_rewrite: true,
            max_memory: 0,
            eviction: "allkeys-lru".into(),
        };
        Server {
            place: "h:1".into(),
            version: "7.0.0".into(),
            config: Some(config),
            replicas: 0,
            exposed: false,
        }
    }

    #[test]
    fn what_is_kept_is_held_against_what_was_declared() {
        use Durability::{Always, Everysec, None};
        let mut pausing = server(true, "always");
        pausing.config.as_mut().unwrap().fsync_in_rewrite = false;
        let rows = [
            (pausing, vec![None]),
            (server(true, "always"), vec![Always, Everysec, None]),
            (server(true, "everysec"), vec![Everysec, None]),
            (server(true, "no"), vec![None]),
            (server(false, "always"), vec![None]),
            (Server { replicas: 1, ..server(true, "no") }, vec![None, REPLICATED]),
            (Server { replicas: 2, ..server(false, "always") }, vec![None]),
        ];
        for (server, kept) in rows {
            for declared in [Always, Everysec, None, REPLICATED] {
                let judged = server.keeps(declared);
                assert_eq!(judged.is_ok(), kept.contains(&declared), "{server:?}: {judged:?}");
                if let Err(Weakness::Forgets { accepted, .. }) = judged {
                    assert_eq!(server.keeps(accepted), Ok(()), "what is proposed would do");
                }
            }
        }
    }

    #[test]
    fn sentences_say_what_is_and_what_would_do() {
        let said = |server: &Server, declared| server.keeps(declared).unwrap_err().to_string();
        assert_eq!(
            said(&server(true, "everysec"), Durability::Always),
            "Redis at h:1 syncs its append-only file once a second, but redis.durability is \
             \"always\": set appendonly yes, appendfsync always and no-appendfsync-on-rewrite no in \
             Redis, or accept what it does with redis.durability = \"everysec\""
        );
        let lonely = said(&server(true, "always"), REPLICATED);
        assert!(lonely.contains("has 0 of the replicas") && lonely.ends_with("= \"always\""));
        let without = said(&server(false, "always"), REPLICATED);
        assert!(without.contains("no append-only file") && without.ends_with("= \"none\""));
    }

    #[test]
    fn nothing_is_evicted_where_anything_is_promised() {
        let full = |policy: &str| {
            let mut server = server(true, "always");
            let config = server.config.as_mut().unwrap();
            (config.max_memory, config.eviction) = (1 << 20, policy.into());
            server
        };
        for policy in ["allkeys-lru", "volatile-ttl", "allkeys-random"] {
            let said = full(policy).keeps(Durability::Always).unwrap_err().to_string();
            assert!(said.contains(policy) && said.contains("noeviction"), "{said}");
            assert_eq!(full(policy).keeps(Durability::None), Ok(()));
        }
        assert_eq!(full("noeviction").keeps(Durability::Always), Ok(()));
    }

    #[test]
    fn old_open_and_silent_servers_are_refused() {
        for version in ["6.2.14", "5.0", "", "x"] {
            let old = Server { version: version.into(), ..server(true, "always") };
            assert!(matches!(old.keeps(Durability::None), Err(Weakness::TooOld { .. })));
        }
        let new = Server { version: "10.1".into(), ..server(true, "always") };
        assert_eq!(new.keeps(Durability::Always), Ok(()));
        let open = Server { exposed: true, ..server(true, "always") };
        assert!(matches!(open.keeps(Durability::None), Err(Weakness::Exposed { .. })));
        let silent = Server { config: None, ..server(true, "always") };
        assert!(matches!(silent.keeps(Durability::Everysec), Err(Weakness::Hidden { .. })));
        assert_eq!(silent.keeps(Durability::None), Ok(()));
    }
}
