//! What a start would find at `redis.url`.

use crate::config::{Config, Durability};
use crate::store::redis::{Examination, OpenError, examine};

use super::{Finding, Level, finding};

/// Redis' clock is every node's, so a machine whose own is this far off shows wrong times in its log,
/// and verifies signatures, whose tolerance is 300 s, by the wrong one.
const APART_MS: u64 = 2000;

/// Nothing when the store is the embedded one.
pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let Some(url) = &config.redis.url else { return Vec::new() };
    let declared = config.redis.durability;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let examined = match runtime {
        Ok(runtime) => runtime.block_on(examine(url, declared)),
        Err(error) => return vec![finding(Level::Fails, "redis", error.to_string())],
    };
    match examined {
        Ok(examination) => told(&examination, declared),
        Err(error @ OpenError::Weak(_)) => {
            vec![finding(Level::Fails, "redis safety", error.to_string())]
        }
        Err(error) => vec![finding(Level::Fails, "redis", error.to_string())],
    }
}

fn told(examination: &Examination, declared: Durability) -> Vec<Finding> {
    let servers: Vec<_> = examination
        .servers
        .iter()
        .map(|(place, version)| format!("{place} (version {version})"))
        .collect();
    let mut findings =
        vec![finding(Level::Ok, "redis", format!("reached: {}", servers.join(", ")))];
    findings.extend(
        examination.weak.iter().map(|weak| finding(Level::Fails, "redis safety", weak.to_string())),
    );
    if examination.weak.is_empty() {
        findings.push(safety(declared));
    }
    let apart = examination.ahead_ms.unsigned_abs();
    findings.push(if apart > APART_MS {
        let text = format!(
            "is {}.{} s apart from this machine's; set both by NTP",
            apart / 1000,
            apart % 1000 / 100
        );
        finding(Level::Warning, "redis clock", text)
    } else {
        finding(Level::Ok, "redis clock", format!("{apart} ms apart from this machine's"))
    });
    findings
}

/// What a declaration that Redis keeps means.
fn safety(declared: Durability) -> Finding {
    let text = match declared {
        Durability::Always => {
            "always: a sale answered 200 is on disk, and survives a power cut".to_owned()
        }
        Durability::Everysec => {
            "everysec: a power cut of Redis loses at most the last second of sales".to_owned()
        }
        Durability::Replicated { replicas, .. } => {
            let servers = if replicas == 1 { "a second server" } else { "more servers" };
            format!(
                "replicated: a sale answered 200 is on {servers} too, and survives the loss of one"
            )
        }
        // The configuration's own warning says the rest.
        Durability::None => {
            return finding(Level::Warning, "redis safety", "none: nothing was asked of it");
        }
    };
    finding(Level::Ok, "redis safety", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_a_warning_and_a_weak_promise_fails() {
        let examination = |ahead_ms| Examination {
            servers: vec![("h:1".into(), "7.2.4".into())],
            weak: Vec::new(),
            ahead_ms,
        };
        let worst = |ahead_ms, about| {
            let findings = told(&examination(ahead_ms), Durability::Always);
            findings.into_iter().find(|finding| finding.about == about).unwrap()
        };
        assert!(worst(2000, "redis clock").level == Level::Ok);
        assert!(worst(-2001, "redis clock").level == Level::Warning);
        assert!(worst(-90_500, "redis clock").text.contains("90.5 s apart"));
        assert!(worst(0, "redis").text.contains("h:1 (version 7.2.4)"));
        assert!(worst(0, "redis safety").text.contains("survives a power cut"));
    }
}
