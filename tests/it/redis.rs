//! Several nodes on real Redis servers.

mod start;
