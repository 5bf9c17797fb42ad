//! Commands that must end by themselves, with an exit code and a sentence.

use std::{
    io::Read,
    process::{Child, Command, Stdio},
};

use super::wait_for;

/// A process that must end by itself; if it does not, it is ended here.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Runs it to its end, and asserts the exit code and that stderr is one plain line; that line.
#[track_caller]
pub(crate) fn refused(command: &mut Command, code: i32) -> String {
    let said = refused_at_last(command, code);
    assert_eq!(said.lines().count(), 1, "one sentence:\n{said}");
    said
}

/// The same of a command that tries for a while, and logs that: all it said.
#[track_caller]
pub(crate) fn refused_at_last(command: &mut Command, code: i32) -> String {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut started = Started(command.spawn().unwrap());
    let status = wait_for("the start to be refused", || started.0.try_wait().unwrap());
    let read = |from: &mut dyn Read| {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    };
    let said = read(started.0.stderr.as_mut().unwrap());
    let printed = read(started.0.stdout.as_mut().unwrap());
    assert_eq!(status.code(), Some(code), "{said}");
    assert!(!said.contains("panicked") && !said.contains("Os {"), "{said}");
    assert_eq!(printed, "");
    said
}
