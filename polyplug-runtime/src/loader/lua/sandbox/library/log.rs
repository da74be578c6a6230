//! Writing to the host's log.

use std::ffi::c_int;

use mlua::ffi;
use polyplug_guest::abi::LogLevel;

use super::super::{
    builtin::Builtin,
    stack::{Raised, Stack},
};

/// How much of one call is logged.
const MAX_RECORD: usize = 64 << 10;

/// `print(...)`: one record. Upvalue 1 is `tostring`.
pub(in super::super) struct Print;

impl Builtin for Print {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        write(stack, LogLevel::Info, 1)
    }
}

/// `log(level, ...)` of the module `polyplug`: one record. Upvalue 1 is `tostring`.
pub(in super::super) struct Log;

impl Builtin for Log {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        let level = match stack.argument(1, "log")? {
            b"error" => LogLevel::Error,
            b"warn" => LogLevel::Warn,
            b"info" => LogLevel::Info,
            b"debug" => LogLevel::Debug,
            b"trace" => LogLevel::Trace,
            _ => {
                let problem = "the level must be error, warn, info, debug or trace";
                return Err(stack.bad_argument(1, "log", problem));
            }
        };
        write(stack, level, 2)
    }
}

/// Writes the arguments from `first` on, with tabs between them.
fn write(stack: &Stack<'_>, level: LogLevel, first: c_int) -> Result<c_int, Raised> {
    let shared = stack.shared;
    if !stack.call_out(|| shared.is_enabled(level)) {
        return Ok(0);
    }
    stack.reserve(4)?;
    let mut record = Vec::new();
    for index in first..=stack.arguments {
        if index > first {
            record.push(b'\t');
        }
        stack.push_copy(ffi::lua_upvalueindex(1));
        stack.push_copy(index);
        stack.call(1)?;
        let Some(text) = stack.text(-1) else {
            return Err(stack.raise("'tostring' must return a string to be logged"));
        };
        let room = MAX_RECORD.saturating_sub(record.len());
        record.extend_from_slice(&text[..text.len().min(room)]);
        stack.pop();
    }
    let record = String::from_utf8_lossy(&record);
    // What receives the record is the host's, and may call a plugin.
    stack.call_out(|| shared.log(level, &record));
    Ok(0)
}
