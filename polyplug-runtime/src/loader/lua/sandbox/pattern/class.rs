//! Items of a pattern that stand for one byte: itself, a class, a set.

use super::PatternError::{self, Malformed};

/// Where the item that begins at `at` ends.
pub(super) fn item_end(pattern: &[u8], at: usize) -> Result<usize, PatternError> {
    match pattern[at] {
        b'%' if at + 1 == pattern.len() => Err(Malformed("malformed pattern (ends with '%')")),
        b'%' => Ok(at + 2),
        b'[' => set_end(pattern, at + 1),
        _ => Ok(at + 1),
    }
}

/// Where the set ends whose inside begins at `at`.
fn set_end(pattern: &[u8], mut at: usize) -> Result<usize, PatternError> {
    const MISSING: PatternError = Malformed("malformed pattern (missing ']')");
    if pattern.get(at) == Some(&b'^') {
        at += 1;
    }
    loop {
        // The first byte of a set is one of its members, be it a bracket.
        let byte = pattern.get(at).ok_or(MISSING)?;
        at += 1;
        if *byte == b'%' && at < pattern.len() {
            at += 1;
        }
        if pattern.get(at).ok_or(MISSING)? == &b']' {
            return Ok(at + 1);
        }
    }
}

/// Whether `byte` is what the whole of `item` stands for.
pub(super) fn matches_item(item: &[u8], byte: u8) -> bool {
    match item {
        [b'.'] => true,
        [b'%', class] => in_class(byte, *class),
        [b'[', ..] => Set::new(item).has(byte),
        [own] => *own == byte,
        _ => false,
    }
}

/// A set, from its opening to its closing bracket.
pub(super) struct Set<'a> {
    members: &'a [u8],
    negated: bool,
}

impl<'a> Set<'a> {
    pub(super) fn new(item: &'a [u8]) -> Self {
        let members = &item[1..item.len() - 1];
        match members {
            [b'^', members @ ..] => Self { members, negated: true },
            _ => Self { members, negated: false },
        }
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.lists(byte) != self.negated
    }

    fn lists(&self, byte: u8) -> bool {
        let mut members = self.members;
        loop {
            let (hit, rest) = match members {
                [] => return false,
                [b'%', class, rest @ ..] => (in_class(byte, *class), rest),
                [first, b'-', last, rest @ ..] => ((*first..=*last).contains(&byte), rest),
                [own, rest @ ..] => (*own == byte, rest),
            };
            if hit {
                return true;
            }
            members = rest;
        }
    }
}

/// Whether `byte` is in the class of this letter; an upper-case one negates.
fn in_class(byte: u8, class: u8) -> bool {
    let inside = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'g' => byte.is_ascii_graphic(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => matches!(byte, b' ' | b'\t'..=b'\r'),
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return byte == class,
    };
    inside != class.is_ascii_uppercase()
}
