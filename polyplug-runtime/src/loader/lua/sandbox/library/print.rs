//! `print`, which writes to the host's log.

use std::ffi::c_int;

use mlua::ffi;

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
        stack.reserve(4)?;
        let mut record = Vec::new();
        for index in 1..=stack.arguments {
            if index > 1 {
                record.push(b'\t');
            }
            stack.push_copy(ffi::lua_upvalueindex(1));
            stack.push_copy(index);
            stack.call(1)?;
            let Some(text) = stack.text(-1) else {
                return Err(stack.raise("'tostring' must return a string to 'print'"));
            };
            let room = MAX_RECORD.saturating_sub(record.len());
            record.extend_from_slice(&text[..text.len().min(room)]);
            stack.pop();
        }
        let record = String::from_utf8_lossy(&record);
        let bundle = stack.shared.bundle.as_str();
        // What receives the record is the host's, and may call a plugin.
        stack.call_out(|| tracing::info!(target: "polyplug::lua", bundle, "{record}"));
        Ok(0)
    }
}
