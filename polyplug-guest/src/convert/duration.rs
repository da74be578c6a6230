//! `Duration` as a value.

use std::time::Duration;

use super::register::as_it_is;
use super::{Invalid, Value};
use crate::abi::{TypeKind, TypeSchema};

/// A [`Duration`] in memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawDuration {
    /// Whole seconds.
    pub secs: u64,
    /// Nanoseconds beyond them, less than 1,000,000,000.
    pub nanos: u32,
}

as_it_is! {
    [] RawDuration,
}

// SAFETY: the nanoseconds are checked.
unsafe impl Value for Duration {
    type Abi = RawDuration;

    const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::Duration, &[]);

    #[inline]
    fn into_abi(self) -> RawDuration {
        RawDuration { secs: self.as_secs(), nanos: self.subsec_nanos() }
    }

    #[inline]
    unsafe fn from_abi(abi: RawDuration) -> Result<Self, Invalid> {
        if abi.nanos < 1_000_000_000 {
            Ok(Self::new(abi.secs, abi.nanos))
        } else {
            Err(Invalid::Range)
        }
    }
}

const _: () = assert!(std::mem::offset_of!(RawDuration, nanos) == 8);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<RawDuration>() == 16);
