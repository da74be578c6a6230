//! `load` and `loadstring`: text alone.

use std::ffi::{CString, c_int};

use mlua::ffi;

use super::super::{
    builtin::Builtin,
    stack::{Raised, Stack},
};

/// The longest text that is compiled under a time limit: compiling cannot be
/// interrupted, and some of it takes time with the square of the length.
const MAX_TIMED_TEXT: usize = 64 << 10;

/// `load(text or function, name, mode, env)`, which stands for `loadstring` too.
pub(in super::super) struct Load;

impl Builtin for Load {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        if let Some(mode) = stack.text(3)
            && !mode.contains(&b't')
        {
            return failed(stack, b"attempt to load a chunk with wrong mode: only text is loaded");
        }
        let pieces;
        let text = match stack.kind(1) {
            ffi::LUA_TFUNCTION => {
                pieces = read_all(stack)?;
                pieces.as_slice()
            }
            _ => stack.argument(1, "load")?,
        };
        if stack.shared.limits.has_deadline() && text.len() > MAX_TIMED_TEXT {
            return failed(stack, b"the chunk is too long to be loaded under a time limit");
        }
        let compiled = stack.compile(text, &chunk_name(stack, text));
        if compiled.is_err() {
            stack.push_nil();
            stack.push_copy(-2);
            return Ok(2);
        }
        if stack.kind(4) == ffi::LUA_TTABLE {
            stack.set_environment(4);
        }
        Ok(1)
    }
}

fn failed(stack: &Stack<'_>, message: &[u8]) -> Result<c_int, Raised> {
    stack.push_nil();
    stack.push_own_text(message);
    Ok(2)
}

/// Calls the reader until it has nothing more.
fn read_all(stack: &Stack<'_>) -> Result<Vec<u8>, Raised> {
    let mut text = Vec::new();
    loop {
        stack.push_copy(1);
        stack.call(0)?;
        let piece = match stack.kind(-1) {
            ffi::LUA_TNIL => &[],
            ffi::LUA_TSTRING => stack.text(-1).unwrap_or_default(),
            _ => return Err(stack.raise("reader function must return a string")),
        };
        if !stack.shared.limits.admits(text.len() + piece.len()) {
            return Err(stack.raise("not enough memory"));
        }
        text.extend_from_slice(piece);
        let done = piece.is_empty();
        stack.pop();
        if done {
            return Ok(text);
        }
    }
}

/// What errors in the chunk will call it.
fn chunk_name(stack: &Stack<'_>, text: &[u8]) -> CString {
    let name = match stack.kind(2) {
        ffi::LUA_TSTRING => stack.text(2).unwrap_or_default(),
        _ if stack.kind(1) == ffi::LUA_TFUNCTION => b"=(load)",
        _ => &text[..text.len().min(64)],
    };
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    CString::new(&name[..end]).unwrap_or_default()
}
