//! Arithmetic on what headers say, which must not be believed.

use std::fmt::Display;

use super::InspectError;

/// The file, of which every part must lie inside.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    len: u64,
}

impl Bounds {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len() as u64 }
    }

    /// Checks that the `size` bytes at `offset`, which are `part`, are all there.
    pub(super) fn hold(
        self,
        part: impl Display,
        offset: impl Into<u64>,
        size: impl Into<u64>,
    ) -> Result<(), InspectError> {
        match offset.into().checked_add(size.into()) {
            Some(end) if end <= self.len => Ok(()),
            Some(end) => {
                Err(InspectError::Truncated { part: part.to_string(), end, len: self.len })
            }
            None => Err(damaged(part, "has an impossible size")),
        }
    }

    /// Checks a table of `count` entries of `size` bytes each.
    pub(super) fn hold_table(
        self,
        part: impl Display,
        offset: impl Into<u64>,
        count: impl Into<u64>,
        size: usize,
    ) -> Result<(), InspectError> {
        match count.into().checked_mul(size as u64) {
            Some(size) => self.hold(part, offset, size),
            None => Err(damaged(part, "has an impossible size")),
        }
    }
}

/// The error that `part` has `problem`.
pub(super) fn damaged(part: impl Display, problem: impl Display) -> InspectError {
    InspectError::Damaged { part: part.to_string(), problem: problem.to_string() }
}

/// Turns what the reader of a format says of `part` into our error.
pub(super) fn unreadable(part: &'static str) -> impl Fn(object::read::Error) -> InspectError {
    move |error| damaged(part, format_args!("cannot be read ({error})"))
}
