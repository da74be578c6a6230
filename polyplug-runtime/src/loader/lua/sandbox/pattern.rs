//! Lua's patterns, matched under a budget.
//!
//! The language is that of Lua 5.1 with LuaJIT's `%g`. A pattern can take time
//! exponential in its length, and a single step time in proportion to the
//! subject, so every step is paid for.

mod class;

use class::Set;

/// How many captures a pattern may have.
pub(super) const MAX_CAPTURES: usize = 32;

/// How deep the parts of a pattern may nest in a match.
const MAX_DEPTH: usize = 200;

/// A match cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatternError {
    /// The pattern is wrong.
    Malformed(&'static str),
    /// The budget is used up.
    OutOfTime,
}

use PatternError::Malformed;

/// What a match may use up.
pub(super) trait Fuel {
    /// Pays for `steps`.
    fn burn(&mut self, steps: usize) -> Result<(), PatternError>;
}

/// A part of the subject that a pattern captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capture {
    /// From the first byte to before the second.
    Span(usize, usize),
    /// The place itself, of `()`.
    Position(usize),
    /// Begun at this place, not ended.
    Open(usize),
}

/// A pattern at work on a subject.
pub(super) struct Matcher<'a, F> {
    subject: &'a [u8],
    pattern: &'a [u8],
    fuel: F,
    captures: [Capture; MAX_CAPTURES],
    level: usize,
    depth: usize,
}

/// The end of a match, if there is one.
type Found = Result<Option<usize>, PatternError>;

impl<'a, F: Fuel> Matcher<'a, F> {
    /// `pattern` is without its anchor.
    pub(super) fn new(subject: &'a [u8], pattern: &'a [u8], fuel: F) -> Self {
        let captures = [Capture::Open(0); MAX_CAPTURES];
        Self { subject, pattern, fuel, captures, level: 0, depth: 0 }
    }

    /// Matches at `start`, and there alone.
    pub(super) fn match_at(&mut self, start: usize) -> Found {
        self.level = 0;
        self.depth = 0;
        self.run(start, 0)
    }

    /// Matches at `start` or behind it, and says where the match begins and ends.
    pub(super) fn search(&mut self, start: usize) -> Result<Option<(usize, usize)>, PatternError> {
        for start in start..=self.subject.len() {
            if let Some(end) = self.match_at(start)? {
                return Ok(Some((start, end)));
            }
        }
        Ok(None)
    }

    /// The captures of the last match.
    pub(super) fn captures(&self) -> &[Capture] {
        &self.captures[..self.level]
    }

    fn run(&mut self, subject: usize, pattern: usize) -> Found {
        if self.depth == MAX_DEPTH {
            return Err(Malformed("pattern too complex"));
        }
        self.depth += 1;
        let found = self.items(subject, pattern);
        self.depth -= 1;
        found
    }

    /// Matches the items from `at_item` on.
    fn items(&mut self, mut at: usize, mut at_item: usize) -> Found {
        loop {
            self.fuel.burn(1)?;
            let rest = &self.pattern[at_item..];
            match rest {
                [] => return Ok(Some(at)),
                [b'(', b')', ..] => return self.open(Capture::Position(at), at, at_item + 2),
                [b'(', ..] => return self.open(Capture::Open(at), at, at_item + 1),
                [b')', ..] => return self.close(at, at_item + 1),
                [b'$'] => return Ok((at == self.subject.len()).then_some(at)),
                [b'%', b'b', ends @ ..] => {
                    let [first, last, ..] = *ends else {
                        return Err(Malformed("unbalanced pattern"));
                    };
                    let Some(end) = self.balanced(at, first, last)? else { return Ok(None) };
                    (at, at_item) = (end, at_item + 4);
                    continue;
                }
                [b'%', b'f', ..] => {
                    let Some(next) = self.frontier(at, at_item + 2)? else { return Ok(None) };
                    at_item = next;
                    continue;
                }
                [b'%', digit @ b'0'..=b'9', ..] => {
                    let Some(end) = self.back_reference(at, *digit)? else { return Ok(None) };
                    (at, at_item) = (end, at_item + 2);
                    continue;
                }
                _ => {}
            }
            let end = class::item_end(self.pattern, at_item)?;
            let behind = end + 1;
            match self.pattern.get(end) {
                Some(b'?') => {
                    if self.single(at, at_item, end)?
                        && let Some(found) = self.run(at + 1, behind)?
                    {
                        return Ok(Some(found));
                    }
                    at_item = behind;
                }
                Some(b'*') => return self.most(at, at_item, end),
                Some(b'+') if self.single(at, at_item, end)? => {
                    return self.most(at + 1, at_item, end);
                }
                Some(b'+') => return Ok(None),
                Some(b'-') => return self.fewest(at, at_item, end),
                _ if self.single(at, at_item, end)? => (at, at_item) = (at + 1, end),
                _ => return Ok(None),
            }
        }
    }

    /// Whether the item of one byte at `item..end` matches at `at`.
    fn single(&mut self, at: usize, item: usize, end: usize) -> Result<bool, PatternError> {
        self.fuel.burn(end - item)?;
        let Some(&byte) = self.subject.get(at) else { return Ok(false) };
        Ok(class::matches_item(&self.pattern[item..end], byte))
    }

    /// `*` and, behind the first byte, `+`: as many as possible.
    fn most(&mut self, from: usize, item: usize, end: usize) -> Found {
        let mut to = from;
        while self.single(to, item, end)? {
            to += 1;
        }
        loop {
            if let Some(found) = self.run(to, end + 1)? {
                return Ok(Some(found));
            }
            if to == from {
                return Ok(None);
            }
            to -= 1;
        }
    }

    /// `-`: as few as possible.
    fn fewest(&mut self, mut at: usize, item: usize, end: usize) -> Found {
        loop {
            if let Some(found) = self.run(at, end + 1)? {
                return Ok(Some(found));
            }
            if !self.single(at, item, end)? {
                return Ok(None);
            }
            at += 1;
        }
    }

    fn open(&mut self, capture: Capture, at: usize, next: usize) -> Found {
        if self.level == MAX_CAPTURES {
            return Err(Malformed("too many captures"));
        }
        self.captures[self.level] = capture;
        self.level += 1;
        let found = self.run(at, next)?;
        if found.is_none() {
            self.level -= 1;
        }
        Ok(found)
    }

    fn close(&mut self, at: usize, next: usize) -> Found {
        let open = self.captures().iter().rposition(|one| matches!(one, Capture::Open(_)));
        let Some(index) = open else { return Err(Malformed("invalid pattern capture")) };
        let Capture::Open(start) = self.captures[index] else { return Ok(None) };
        self.captures[index] = Capture::Span(start, at);
        let found = self.run(at, next)?;
        if found.is_none() {
            self.captures[index] = Capture::Open(start);
        }
        Ok(found)
    }

    /// `%b`: from `first` to the `last` that closes it.
    fn balanced(&mut self, at: usize, first: u8, last: u8) -> Found {
        if self.subject.get(at) != Some(&first) {
            return Ok(None);
        }
        let mut depth = 1usize;
        for (offset, &byte) in self.subject[at + 1..].iter().enumerate() {
            self.fuel.burn(1)?;
            if byte == last {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(at + offset + 2));
                }
            } else if byte == first {
                depth += 1;
            }
        }
        Ok(None)
    }

    /// `%f[set]`: the item behind it, where the subject passes into the set.
    fn frontier(&mut self, at: usize, set: usize) -> Found {
        if self.pattern.get(set) != Some(&b'[') {
            return Err(Malformed("missing '[' after '%f' in pattern"));
        }
        let end = class::item_end(self.pattern, set)?;
        self.fuel.burn(2 * (end - set))?;
        let contains = Set::new(&self.pattern[set..end]);
        let before = at.checked_sub(1).map_or(0, |index| self.subject[index]);
        let here = self.subject.get(at).copied().unwrap_or(0);
        Ok((!contains.has(before) && contains.has(here)).then_some(end))
    }

    /// `%1` to `%9`: the same bytes again.
    fn back_reference(&mut self, at: usize, digit: u8) -> Found {
        let index = usize::from(digit).wrapping_sub(usize::from(b'1'));
        let (start, end) = match self.captures().get(index) {
            Some(&Capture::Span(start, end)) => (start, end),
            Some(Capture::Position(_)) => return Ok(None),
            Some(Capture::Open(_)) | None => return Err(Malformed("invalid capture index")),
        };
        let length = end - start;
        self.fuel.burn(length / 16 + 1)?;
        let same = self.subject[at..].starts_with(&self.subject[start..end]);
        Ok(same.then_some(at + length))
    }
}
