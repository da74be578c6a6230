//! Releasing a proxy before it is collected.

use std::ffi::c_int;

use super::super::super::caller;
use super::super::{
    builtin::Builtin,
    stack::{Raised, Stack},
};

/// `release(proxy)` of the module `polyplug`.
pub(in super::super) struct Release;

impl Builtin for Release {
    fn call(stack: &Stack<'_>) -> Result<c_int, Raised> {
        stack.reserve(4)?;
        // SAFETY: the interpreter calls this, in the host's section, and there is room.
        if unsafe { caller::release_at(stack.state(), 1, &stack.shared.released) } {
            return Ok(0);
        }
        Err(stack.bad_argument(1, "release", "proxy expected, got "))
    }
}
