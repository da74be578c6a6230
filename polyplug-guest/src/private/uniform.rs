//! Adapters: a uniform call that becomes a native one, for callers that interpret
//! a schema.

use std::ffi::c_void;

use super::{Passed, Reply};
use crate::abi::Status;
use crate::convert::{Argument, Register, Value};

/// Takes the argument over that is the `number`th of `args`.
///
/// # Safety
///
/// `args` holds more than `number` pointers, and that one is to an argument of the
/// schema of `A` in the form in which it is passed, which is taken over once.
#[inline]
pub unsafe fn uniform_argument<A: Argument>(
    args: *const *const c_void,
    number: usize,
) -> Passed<A> {
    // SAFETY: the caller's promise.
    unsafe { args.add(number).read().cast::<Passed<A>>().read() }
}

/// Writes what a native function returned to `result`, if it succeeded, and gives
/// the status as it came.
///
/// # Safety
///
/// `result` has room for an `R` in the form in which it is returned.
#[inline]
pub unsafe fn uniform_reply<R: Value>(reply: Reply<R>, result: *mut c_void) -> u32 {
    if reply.status == Status::Ok as u32 {
        let result = result.cast::<<R::Abi as Register>::Passed>();
        // SAFETY: a function that says that it succeeded has written its value; the
        // room is the caller's promise.
        unsafe { result.write(reply.value.assume_init()) }
    }
    reply.status
}
