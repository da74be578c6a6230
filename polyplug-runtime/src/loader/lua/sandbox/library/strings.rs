//! `string.find`, `string.match` and `string.gmatch` that look at the clock.

use std::ffi::c_int;

use mlua::ffi;

use super::super::{
    builtin::{self, Builtin},
    limits::Limits,
    pattern::{Capture, Fuel, MAX_CAPTURES, Matcher, PatternError},
    stack::{Raised, Stack},
};

/// How many steps pass between two looks at the clock: some microseconds.
const STEPS: usize = 10_000;

/// A clock as the fuel of a match.
pub(super) struct Clock<'a> {
    limits: &'a Limits,
    left: usize,
}

impl<'a> Clock<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, left: STEPS }
    }
}

impl Fuel for Clock<'_> {
    fn burn(&mut self, steps: usize) -> Result<(), PatternError> {
        if let Some(left) = self.left.checked_sub(steps) {
            self.left = left;
            return Ok(());
        }
        self.left = STEPS;
        if self.limits.is_late() { Err(PatternError::OutOfTime) } else { Ok(()) }
    }
}

/// `string.find(s, pattern, init, plain)`.
pub(in super::super) struct Find;

impl Builtin for Find {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        let (subject, pattern) = (stack.argument(1, "find")?, stack.argument(2, "find")?);
        let start = start(stack, subject, "find")?;
        let mut clock = Clock::new(&stack.shared.limits);
        let is_plain = stack.is_true(4) || !pattern.iter().any(|byte| b"^$*+?.([%-".contains(byte));
        if is_plain {
            let found = find_plain(subject, pattern, start, &mut clock);
            let Some(at) = raising(stack, found)? else { return none(stack) };
            stack.push_integer(at + 1);
            stack.push_integer(at + pattern.len());
            return Ok(2);
        }
        let (pattern, anchored) = without_anchor(pattern);
        let mut matcher = Matcher::new(subject, pattern, clock);
        let Some((from, to)) = raising(stack, matcher.find(start, anchored))? else {
            return none(stack);
        };
        stack.push_integer(from + 1);
        stack.push_integer(to);
        Ok(2 + push_captures(stack, subject, matcher.captures(), None)?)
    }
}

/// `string.match(s, pattern, init)`.
pub(in super::super) struct Match;

impl Builtin for Match {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        let (subject, pattern) = (stack.argument(1, "match")?, stack.argument(2, "match")?);
        let start = start(stack, subject, "match")?;
        let (pattern, anchored) = without_anchor(pattern);
        let mut matcher = Matcher::new(subject, pattern, Clock::new(&stack.shared.limits));
        let Some(whole) = raising(stack, matcher.find(start, anchored))? else {
            return none(stack);
        };
        push_captures(stack, subject, matcher.captures(), Some(whole))
    }
}

/// `string.gmatch(s, pattern)`: makes a [`GmatchNext`].
pub(in super::super) struct Gmatch;

impl Builtin for Gmatch {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        stack.argument(1, "gmatch")?;
        stack.argument(2, "gmatch")?;
        stack.push_copy(1);
        stack.push_copy(2);
        stack.push_integer(0);
        stack.push_closure(builtin::entry::<GmatchNext>, 3);
        Ok(1)
    }
}

/// One step of `gmatch`. Upvalues: the subject, the pattern, where to go on.
struct GmatchNext;

impl Builtin for GmatchNext {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        let upvalue = ffi::lua_upvalueindex;
        let subject = stack.argument(upvalue(1), "gmatch")?;
        let pattern = stack.argument(upvalue(2), "gmatch")?;
        let start = stack.integer_or(upvalue(3), "gmatch", 0)? as usize;
        if start > subject.len() {
            return none(stack);
        }
        let mut matcher = Matcher::new(subject, pattern, Clock::new(&stack.shared.limits));
        let Some((from, to)) = raising(stack, matcher.search(start))? else {
            stack.push_integer(subject.len() + 1);
            stack.set_upvalue(3);
            return none(stack);
        };
        stack.push_integer(if to == from { to + 1 } else { to });
        stack.set_upvalue(3);
        push_captures(stack, subject, matcher.captures(), Some((from, to)))
    }
}

impl<F: Fuel> Matcher<'_, F> {
    fn find(
        &mut self,
        start: usize,
        anchored: bool,
    ) -> Result<Option<(usize, usize)>, PatternError> {
        if anchored {
            return Ok(self.match_at(start)?.map(|end| (start, end)));
        }
        self.search(start)
    }
}

/// The pattern behind its `^`, and whether it had one.
pub(super) fn without_anchor(pattern: &[u8]) -> (&[u8], bool) {
    match pattern {
        [b'^', pattern @ ..] => (pattern, true),
        _ => (pattern, false),
    }
}

/// Turns an error of a match into one of Lua.
pub(super) fn raising<T>(stack: &Stack<'_>, result: Result<T, PatternError>) -> Result<T, Raised> {
    result.map_err(|error| match error {
        PatternError::Malformed(message) => stack.raise(message),
        PatternError::OutOfTime => stack.raise("time limit reached"),
    })
}

/// Pushes a capture.
pub(super) fn push_capture(
    stack: &Stack<'_>,
    subject: &[u8],
    capture: Capture,
) -> Result<(), Raised> {
    match capture {
        Capture::Span(start, end) => stack.push_text(&subject[start..end]),
        Capture::Position(at) => {
            stack.push_integer(at + 1);
            Ok(())
        }
        Capture::Open(_) => Err(stack.raise("unfinished capture")),
    }
}

/// Pushes all captures or, if there is none, the `whole` match; says how many.
pub(super) fn push_captures(
    stack: &Stack<'_>,
    subject: &[u8],
    captures: &[Capture],
    whole: Option<(usize, usize)>,
) -> Result<c_int, Raised> {
    stack.reserve(MAX_CAPTURES as c_int + 4)?;
    if let ([], Some((start, end))) = (captures, whole) {
        push_capture(stack, subject, Capture::Span(start, end))?;
        return Ok(1);
    }
    for capture in captures {
        push_capture(stack, subject, *capture)?;
    }
    Ok(captures.len() as c_int)
}

/// Where the third argument says to begin; beyond the end means at the end.
fn start(stack: &Stack<'_>, subject: &[u8], function: &str) -> Result<usize, Raised> {
    let length = subject.len() as i64;
    let start = match stack.integer_or(3, function, 1)? {
        from_end @ ..0 => length.saturating_add(from_end),
        from_start => from_start.saturating_sub(1),
    };
    Ok(start.clamp(0, length) as usize)
}

fn find_plain(
    subject: &[u8],
    wanted: &[u8],
    start: usize,
    clock: &mut Clock<'_>,
) -> Result<Option<usize>, PatternError> {
    let Some(&first) = wanted.first() else { return Ok(Some(start)) };
    let mut at = start;
    while at + wanted.len() <= subject.len() {
        let last = subject.len() - wanted.len();
        let Some(skipped) = subject[at..=last].iter().position(|&byte| byte == first) else {
            return Ok(None);
        };
        at += skipped;
        clock.burn(skipped / 16 + wanted.len() / 16 + 1)?;
        if subject[at..].starts_with(wanted) {
            return Ok(Some(at));
        }
        at += 1;
    }
    Ok(None)
}

fn none(stack: &Stack<'_>) -> Result<c_int, Raised> {
    stack.push_nil();
    Ok(1)
}
