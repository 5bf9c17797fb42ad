//! The `tillbell` program. Everything is in the library, where tests reach it.

use std::process::ExitCode;

/// It gives back what handshakes took; how soon stands in `.cargo/config.toml`.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // The one place where the environment is read; what is not text can be no setting of ours.
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    tillbell::cli::main(env)
}
