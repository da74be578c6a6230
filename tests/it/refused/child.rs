//! Tests that run in a process of their own, which they may end or write in.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// This program, to run the ignored test `name` alone, with a variable that
/// tells that test what to do.
pub(crate) fn child(name: &str, variable: &str, value: impl AsRef<OsStr>) -> Command {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args([name, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    child.env(variable, value).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    child
}
