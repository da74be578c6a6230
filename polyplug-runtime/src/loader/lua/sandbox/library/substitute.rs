//! `string.gsub` that looks at the clock.

use std::ffi::c_int;

use mlua::ffi;

use super::{
    super::{
        builtin::Builtin,
        pattern::{Capture, Matcher},
        stack::{Raised, Stack},
    },
    strings::{Clock, push_capture, push_captures, raising, without_anchor},
};

/// `string.gsub(s, pattern, replacement, max)`.
pub(in super::super) struct Gsub;

impl Builtin for Gsub {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        let (subject, pattern) = (stack.argument(1, "gsub")?, stack.argument(2, "gsub")?);
        if !is_replacement(stack.kind(3)) {
            let problem = "string/function/table expected, got ";
            return Err(stack.bad_argument(3, "gsub", problem));
        }
        let max = stack.integer_or(4, "gsub", i64::MAX)?;
        let (pattern, anchored) = without_anchor(pattern);
        let mut matcher = Matcher::new(subject, pattern, Clock::new(&stack.shared.limits));
        let mut output = Output { stack, subject, bytes: Vec::new() };
        let (mut at, mut count) = (0, 0);
        while count < max {
            let end = raising(stack, matcher.match_at(at))?;
            if let Some(end) = end {
                count += 1;
                output.replace((at, end), matcher.captures())?;
            }
            match end {
                Some(end) if end > at => at = end,
                _ if at < subject.len() => {
                    output.append(&subject[at..=at])?;
                    at += 1;
                }
                _ => break,
            }
            if anchored {
                break;
            }
        }
        output.append(&subject[at..])?;
        stack.push_text(&output.bytes)?;
        stack.push_number(count as f64);
        Ok(2)
    }
}

fn is_replacement(kind: c_int) -> bool {
    let kinds = [ffi::LUA_TSTRING, ffi::LUA_TNUMBER, ffi::LUA_TTABLE, ffi::LUA_TFUNCTION];
    kinds.contains(&kind)
}

/// The text that comes out.
struct Output<'a> {
    stack: &'a Stack<'a>,
    subject: &'a [u8],
    bytes: Vec<u8>,
}

impl Output<'_> {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Raised> {
        // The vector may double, and its text is copied into a string at last.
        let grows = self.bytes.len() + bytes.len() > self.bytes.capacity();
        let needed = 3 * (self.bytes.len() + bytes.len());
        if grows && !self.stack.shared.limits.admits(needed) {
            return Err(self.stack.raise("not enough memory"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn replace(&mut self, whole: (usize, usize), captures: &[Capture]) -> Result<(), Raised> {
        let stack = self.stack;
        match stack.kind(3) {
            ffi::LUA_TFUNCTION => {
                stack.reserve(4)?;
                stack.push_copy(3);
                let captures = push_captures(stack, self.subject, captures, Some(whole))?;
                stack.call(captures)?;
            }
            ffi::LUA_TTABLE => {
                stack.reserve(4)?;
                stack.push_closure(index, 0);
                stack.push_copy(3);
                push_capture(
                    stack,
                    self.subject,
                    capture(captures, whole, 1).unwrap_or(span(whole)),
                )?;
                stack.call(2)?;
            }
            _ => return self.expand(whole, captures),
        }
        match stack.kind(-1) {
            ffi::LUA_TSTRING | ffi::LUA_TNUMBER => {
                let text = stack.text(-1).unwrap_or_default();
                self.append(text)?;
            }
            _ if !stack.is_true(-1) => self.append(&self.subject[whole.0..whole.1])?,
            _ => {
                let kind = stack.kind_name(-1);
                return Err(stack.raise(format_args!("invalid replacement value (a {kind})")));
            }
        }
        stack.pop();
        Ok(())
    }

    /// Appends the replacement string, with `%0` to `%9` replaced.
    fn expand(&mut self, whole: (usize, usize), captures: &[Capture]) -> Result<(), Raised> {
        let stack = self.stack;
        let mut rest = stack.argument(3, "gsub")?;
        while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
            self.append(&rest[..at])?;
            rest = &rest[at + 1..];
            let Some((&byte, behind)) = rest.split_first() else {
                return Err(stack.raise("invalid use of '%' in replacement string"));
            };
            rest = behind;
            if !byte.is_ascii_digit() {
                self.append(&[byte])?;
                continue;
            }
            let Some(capture) = capture(captures, whole, usize::from(byte - b'0')) else {
                return Err(stack.raise("invalid capture index"));
            };
            match capture {
                Capture::Span(start, end) => self.append(&self.subject[start..end])?,
                Capture::Position(at) => self.append((at + 1).to_string().as_bytes())?,
                Capture::Open(_) => return Err(stack.raise("unfinished capture")),
            }
        }
        self.append(rest)
    }
}

/// Capture `number`; 0 is the whole match, and so is 1 where there is none.
fn capture(captures: &[Capture], whole: (usize, usize), number: usize) -> Option<Capture> {
    match number.checked_sub(1) {
        None => Some(span(whole)),
        Some(0) if captures.is_empty() => Some(span(whole)),
        Some(index) => captures.get(index).copied(),
    }
}

fn span((start, end): (usize, usize)) -> Capture {
    Capture::Span(start, end)
}

/// Looks a key up in a table, with its metamethods.
///
/// # Safety
///
/// Called by LuaJIT with a table and a key.
unsafe extern "C-unwind" fn index(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: the arguments are there, and nothing needs dropping.
    unsafe { ffi::lua_gettable(state, 1) };
    1
}
