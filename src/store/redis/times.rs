//! How long each step with Redis may take. Measured against stopped, cut and frozen servers; shorter
//! ones called healthy servers dead on a busy machine.

use std::time::Duration;

use crate::backoff::Backoff;

/// Making a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(1);

/// Finding the server and making a connection, with all their questions.
pub(super) const OPEN: Duration = Duration::from_millis(2500);

/// Waiting for a connection to be there again.
pub(super) const CONNECTED: Duration = Duration::from_millis(500);

/// The answer to one command.
pub(super) const RESPONSE: Duration = Duration::from_secs(1);

/// One call, with all its repetitions; a script that begins later refuses.
pub(super) const CALL: Duration = Duration::from_millis(1200);

/// One call in a cluster, with all redirections.
pub(super) const OVERALL: Duration = Duration::from_secs(2);

/// Between two tries to connect, for ever.
pub(super) const RECONNECT: Backoff =
    Backoff { first: Duration::from_millis(50), most: Duration::from_secs(1) };

/// A silent connection is probed after so long,
pub(super) const PROBE_AFTER: Duration = Duration::from_secs(5);

/// then so often, three times.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(2);

/// Sent bytes that nobody acknowledged for so long end a connection.
pub(super) const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// How long a start tries to reach Redis, or waits for its replicas.
pub(super) const START: Duration = Duration::from_secs(10);

/// How long what is settled stays marked beside a channel, should nobody remove it: its events are
/// kept 120 days.
pub(super) const MARKS_KEPT: Duration = Duration::from_hours(121 * 24);
