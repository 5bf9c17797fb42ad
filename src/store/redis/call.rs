//! Calls of scripts. Each script is atomic under one hash tag, and names every key it touches, so
//! that a cluster can move slots under it.

use redis::{Cmd, Script, ToRedisArgs, cmd};

use crate::time::Timestamp;

/// A script, known to Redis by its hash.
pub(super) struct Lua {
    text: String,
    script: Script,
}

/// What every script begins with: its time, and refusing to do what its caller has given up on.
const PRELUDE: &str = include_str!("lua/prelude.lua");

impl Lua {
    /// A body may begin with a line of flags, as `#!lua flags=allow-oom`: it stays the first.
    pub(super) fn new(body: &str) -> Self {
        let (flags, body) = match body.split_once('\n') {
            Some((flags, rest)) if flags.starts_with("#!") => (format!("{flags}\n"), rest),
            _ => (String::new(), body),
        };
        let text = format!("{flags}{PRELUDE}{body}");
        Self { script: Script::new(&text), text }
    }
}

/// Declares the script of a file in `lua/`, or of several, one after the other.
macro_rules! lua {
    ($name:ident, $($file:literal),+) => {
        static $name: std::sync::LazyLock<$crate::store::redis::call::Lua> =
            std::sync::LazyLock::new(|| {
                $crate::store::redis::call::Lua::new(
                    concat!($(include_str!(concat!(
                        env!("CARGO_MANIFEST_DIR"),
                        "/src/store/redis/lua/",
                        $file,
                        ".lua"
                    ))),+),
                )
            });
    };
}
pub(super) use lua;

/// A script with its keys and arguments. The first argument a script sees is the deadline; those
/// added here begin with the second.
#[derive(Clone)]
pub(super) struct Call {
    lua: &'static Lua,
    keys: Vec<String>,
    args: Vec<Vec<u8>>,
}

impl Call {
    /// A call of a script; its first key decides where it runs.
    pub(super) fn new(lua: &'static Lua, keys: impl IntoIterator<Item = String>) -> Self {
        Self { lua, keys: keys.into_iter().collect(), args: Vec::new() }
    }

    /// Adds an argument, or all of a list.
    pub(super) fn arg(mut self, arg: impl ToRedisArgs) -> Self {
        arg.write_redis_args(&mut self.args);
        self
    }

    /// The key that decides where it runs.
    pub(super) fn place(&self) -> &str {
        self.keys.first().map_or("", String::as_str)
    }

    /// The command for a Redis that knows the script.
    pub(super) fn by_hash(&self, deadline: Timestamp) -> Cmd {
        self.command("EVALSHA", self.lua.script.get_hash(), deadline)
    }

    /// The command for one that may not.
    pub(super) fn by_text(&self, deadline: Timestamp) -> Cmd {
        self.command("EVAL", &self.lua.text, deadline)
    }

    fn command(&self, name: &str, script: &str, deadline: Timestamp) -> Cmd {
        let mut command = cmd(name);
        command.arg(script).arg(self.keys.len()).arg(&self.keys);
        command.arg(deadline.as_millis()).arg(&self.args);
        command
    }
}
