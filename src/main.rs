//! The `tillbell` program. Everything is in the library, where tests reach it.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// It gives back what handshakes took; how soon stands in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    // The one place where the environment is read; what is not text can be no setting of ours.
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    tillbell::cli::main(env)
}
