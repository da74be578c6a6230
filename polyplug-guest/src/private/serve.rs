//! The plugin's side: from the function to the user's method and back.

use std::ffi::c_void;
use std::mem::ManuallyDrop;

use super::{Passed, Reply};
use crate::abi::{ErrorBuffer, ErrorKind, Phase, Returned};
use crate::convert::{Argument, Invalid, Register, Value};
use crate::panic::contain;

/// An argument that does not have the form of its type.
#[derive(Debug)]
pub struct BadArgument {
    name: &'static str,
    invalid: Invalid,
}

/// Runs a `&self` method for a caller on the other side. Panics stop here.
///
/// # Safety
///
/// `instance` points at a `T` that nobody uses exclusively during the call, and
/// `error` at an error buffer lent for it.
#[inline]
pub unsafe fn serve_shared<T, R: Value>(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
    body: impl FnOnce(&T) -> Result<R, BadArgument>,
) -> Reply<R> {
    // SAFETY: the caller's promise about `instance`.
    unsafe { serve(error, || body(&*instance.cast::<T>())) }
}

/// Runs a `&mut self` method for a caller on the other side. Panics stop here.
///
/// # Safety
///
/// `instance` points at a `T` that nobody else uses during the call, and `error`
/// at an error buffer lent for it.
#[inline]
pub unsafe fn serve_exclusive<T, R: Value>(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
    body: impl FnOnce(&mut T) -> Result<R, BadArgument>,
) -> Reply<R> {
    // SAFETY: the caller's promise about `instance`.
    unsafe { serve(error, || body(&mut *instance.cast::<T>())) }
}

/// # Safety
///
/// `error` points at an error buffer lent for this call.
#[inline]
unsafe fn serve<R: Value>(
    error: *mut ErrorBuffer,
    body: impl FnOnce() -> Result<R, BadArgument>,
) -> Reply<R> {
    let result = contain(|| body().map(|value| value.into_abi().pass()));
    let (kind, message, detail) = match result {
        Ok(Ok(value)) => return Returned::ok(value),
        Ok(Err(bad)) => {
            let message = format!("argument `{}`: {}", bad.name, bad.invalid);
            (ErrorKind::InvalidArgument, message, String::new())
        }
        Err(panic) => (ErrorKind::Panicked, panic.message, panic.location),
    };
    // SAFETY: the buffer is lent for this call.
    unsafe { ErrorBuffer::write(error, Phase::Call, kind, 0, &message, detail) };
    Returned::failed()
}

/// Receives an argument.
///
/// # Errors
///
/// [`BadArgument`] names it and says what is wrong.
///
/// # Safety
///
/// As for [`Argument::lift`].
#[inline]
pub unsafe fn lift<A: Argument>(name: &'static str, passed: Passed<A>) -> Result<A, BadArgument> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { A::lift(passed) }.map_err(|invalid| BadArgument { name, invalid })
}

/// Holds an argument in place while it is passed.
#[inline]
pub fn outgoing<A: Argument>(argument: A) -> ManuallyDrop<A> {
    ManuallyDrop::new(argument)
}

/// Passes an argument.
///
/// # Safety
///
/// As for [`Argument::lower`].
#[inline]
pub unsafe fn lower<A: Argument>(argument: &mut ManuallyDrop<A>) -> Passed<A> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { A::lower(argument) }
}

/// Gives up an argument that was passed to a function which has no use for it.
///
/// # Safety
///
/// As for [`Argument::lift`].
pub unsafe fn discard<A: Argument>(passed: Passed<A>) {
    // A destructor of the caller's could panic, and this function must not.
    // SAFETY: the caller's promise is the one that is asked for.
    let _ = contain(|| drop(unsafe { A::lift(passed) }));
}

/// What a function returns that stands for a method which the provider lacks.
///
/// # Safety
///
/// `error` points at an error buffer lent for this call.
pub unsafe fn unavailable<R: Value>(error: *mut ErrorBuffer) -> Reply<R> {
    // SAFETY: the buffer is lent for this call.
    unsafe {
        ErrorBuffer::write(error, Phase::Call, ErrorKind::Unavailable, 0, "", String::new());
    }
    Returned::failed()
}
