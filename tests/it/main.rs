//! Integration tests: real processes of the real binary, over real sockets.

mod support;

mod oracle;
// mod sim;
mod store_contract;
mod tidy;
mod webhook;
