//! The store contract, checked on every backend by the same cases. A case gets a home: a place
//! where data stays between two openings. Cases of one backend alone stand in its own module.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod channels;
mod documents;
mod erase;
mod events;
mod log;
mod presence;
mod redis_channels;
mod redis_events;
mod redis_trouble;
mod redis_memory;
mod retention;
mod samples;
mod sqlite;
mod sums;

use std::sync::Arc;

use tillbell::{
    clock::Clock,
    id::NodeId,
    store::{
        Store,
        redis::{self, RedisStore},
        sqlite::{Options, SqliteStore},
    },
};

use crate::support::RedisServer;

/// Where a backend keeps its data during one case.
trait Home {
    /// Opens the store that lives here; not while it is open.
    async fn open(&self) -> Arc<dyn Store>;
}

struct SqliteHome(tempfile::TempDir);

impl SqliteHome {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn options(&self) -> Options {
        Options { ballast: 0, ..Options::new(self.0.path(), Clock::start()) }
    }
}

impl Home for SqliteHome {
    async fn open(&self) -> Arc<dyn Store> {
        SqliteStore::open(self.options()).unwrap()
    }
}

struct RedisHome(RedisServer);

impl RedisHome {
    fn new() -> Self {
        Self(RedisServer::start())
    }

    fn options(&self) -> redis::Options {
        let node = NodeId::from_u128(1);
        redis::Options { url: self.0.url().into(), node, durability: redis::Durability::Always }
    }
}

impl Home for RedisHome {
    async fn open(&self) -> Arc<dyn Store> {
        RedisStore::open(self.options()).await.unwrap()
    }
}

macro_rules! on_every_backend {
    ($($module:ident: $($case:ident)*;)*) => {
        mod on_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$module::$case(&super::SqliteHome::new()).await;
                }
            )*)*
        }

        mod on_redis {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$module::$case(&super::RedisHome::new()).await;
                }
            )*)*
        }
    };
}

on_every_backend! {
    events:
        an_event_is_accepted_once
        of_many_at_once_one_is_new
        what_was_accepted_survives
        attempts_are_counted_until_there_is_an_outcome
        a_dead_letter_can_be_replaced_or_redriven
        what_waits_can_be_taken_up_until_it_is_routed
        unsettled_events_come_oldest_first
        an_event_can_be_put_off
        no_clock_that_was_wrong_puts_an_event_off
        keys_route_to_whom_they_were_first_given;
    channels:
        a_channel_begins_empty
        a_commit_is_loaded_whole
        a_stale_token_changes_nothing
        of_many_commits_on_one_token_one_is_done
        a_settled_event_refuses_the_whole_commit
        a_dead_letter_is_settled_by_a_commit
        the_head_has_its_order_and_its_limits
        what_is_named_comes_once
        joined_purchases_are_found_by_all_their_ids
        totals_and_buyers_add_up
        channels_with_work_are_busy
        alerts_are_listed_newest_first
        a_removed_streamer_leaves_its_events;
    log:
        a_log_is_read_in_pages
        a_log_can_be_read_before_it_exists
        positions_elsewhere_are_lost_history;
    erase:
        all_events_are_gone_through
        a_body_is_replaced_once_there_is_an_outcome
        entries_are_rewritten_in_their_places
        a_forgotten_buyer_counts_from_nothing;
    documents:
        versions_guard_documents
        lapsed_documents_read_as_absent
        documents_are_listed_by_id
        blobs_are_kept_by_hash;
    presence:
        the_registry_knows_who_is_connected
        wakes_reach_everybody
        a_message_goes_to_its_connection
        a_lease_has_one_owner;
    retention:
        what_is_old_goes
        what_must_stay_stays
        what_waits_keeps_its_body_and_grows_old
        a_step_has_a_limit
        a_log_loses_its_oldest_first;
}
