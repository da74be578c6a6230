//! An implementation that is somewhere else, reached as the contract's own trait.
//!
//! The trait's methods have no room for a failure of the call itself. Such a failure
//! unwinds to the nearest boundary, [`serve`](super::serve_shared), and becomes the
//! error of the call that is served there.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::resume_unwind;

use super::call::receive;
use super::loan::threads;
use super::serve::Refused;
use super::{Holder, Reply};
use crate::abi::{ErrorBuffer, ErrorKind, ErrorReport, ForwardInstance, LentObject, Status};
use crate::contract::Contract;
use crate::convert::{Invalid, Value};
use crate::panic::Unwound;

/// The type by which a contract implements its own trait over a [`LentObject`].
///
/// # Safety
///
/// `Self` is `repr(transparent)` over [`LentObject`].
pub unsafe trait Remote: 'static {
    /// The contract.
    type Contract: Contract + ?Sized;
}

/// Calls a method of `object`. A failure unwinds.
///
/// # Safety
///
/// `object` is of the contract `C`, `Table` is the function table of `C`, and `invoke`
/// calls the function of `method`, which `object` has and which returns an `R`, with the
/// instance and buffer that it is given.
#[inline]
pub unsafe fn call_remote<C: Contract + ?Sized, Table: 'static, R: Value>(
    object: &LentObject,
    method: &'static str,
    invoke: impl FnOnce(*const Table, *mut c_void, *mut ErrorBuffer) -> Reply<R>,
) -> R {
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    let returned = invoke(object.functions.cast(), object.instance, error);
    // SAFETY: the function wrote its value, or described a failure in the buffer.
    match unsafe { received::<R>(returned, error) } {
        Ok(value) => value,
        Err(report) => fail::<C>(method, report),
    }
}

/// What a function returned, or why that is missing.
///
/// # Errors
///
/// The failure as it was described, or what is wrong with the reply.
///
/// # Safety
///
/// A function whose result is an `R` returned this, once, and `error` is the buffer
/// that it was lent.
#[inline]
pub(super) unsafe fn received<R: Value>(
    returned: Reply<R>,
    error: *mut ErrorBuffer,
) -> Result<R, Result<ErrorReport, Invalid>> {
    if returned.status == Status::Ok as u32 {
        // SAFETY: the status says that the function wrote its value, which is
        // received once.
        return unsafe { receive::<R>(returned.value.assume_init()) }.map_err(Err);
    }
    if returned.status == Status::Failed as u32 {
        // SAFETY: the function announced a failure in the buffer that it was lent.
        return Err(unsafe { ErrorBuffer::take(error) });
    }
    Err(Err(Invalid::Status))
}

/// Whether `object` is of a version that has the method `number`.
///
/// # Safety
///
/// All that `object` points at is what its types say.
#[inline]
pub unsafe fn has(object: &LentObject, number: usize) -> bool {
    // SAFETY: the caller's promise; the first version of both tables had these.
    unsafe { number < (*(*object.client).schema).methods.len }
}

/// Unwinds because the implementation is older than `method`.
pub fn missing<C: Contract + ?Sized>(method: &'static str) -> ! {
    let (kind, message, detail) = (ErrorKind::Unavailable, String::new(), String::new());
    fail::<C>(method, Ok(ErrorReport { kind, code: 0, message, detail }))
}

#[cold]
#[inline(never)]
fn fail<C: Contract + ?Sized>(method: &'static str, report: Result<ErrorReport, Invalid>) -> ! {
    unwind(format!("in `{}.{method}`", C::NAME), report)
}

/// Unwinds because of a call that failed at `place`.
pub(super) fn unwind(place: String, report: Result<ErrorReport, Invalid>) -> ! {
    let mut report = report.unwrap_or_else(|invalid| ErrorReport {
        kind: ErrorKind::InvalidReply,
        code: 0,
        message: invalid.to_string(),
        detail: String::new(),
    });
    report.message = match report.message.is_empty() {
        true => place,
        false => format!("{place}: {}", report.message),
    };
    // No hook is run: nothing is wrong with this side.
    resume_unwind(Box::new(Unwound(report)))
}

/// The instance is a [`ForwardInstance`], whose methods are called as those of the
/// trait.
#[derive(Debug)]
pub struct Forwarded<R>(PhantomData<R>);

// SAFETY: the target is made here, for the call alone.
unsafe impl<R: Remote> Holder for Forwarded<R> {
    type Target = R;

    // A default body has none of its own.
    const KEEPS_STATE: bool = false;

    unsafe fn shared<T>(instance: *mut c_void, body: impl FnOnce(Result<&R, Refused>) -> T) -> T {
        // SAFETY: the caller's promise about `instance`.
        let object = unsafe { forwarded::<R>(instance) };
        // SAFETY: a `Remote` is transparent over the object.
        body(Ok(unsafe { &*(&raw const object).cast::<R>() }))
    }

    unsafe fn exclusive<T>(
        instance: *mut c_void,
        body: impl FnOnce(Result<&mut R, Refused>) -> T,
    ) -> T {
        // SAFETY: the caller's promise about `instance`.
        let mut object = unsafe { forwarded::<R>(instance) };
        // SAFETY: a `Remote` is transparent over the object.
        body(Ok(unsafe { &mut *(&raw mut object).cast::<R>() }))
    }
}

/// # Safety
///
/// `instance` points at a [`ForwardInstance`], alive during the call, of the contract
/// of `R`.
unsafe fn forwarded<R: Remote>(instance: *mut c_void) -> LentObject {
    // SAFETY: the caller's promise.
    let functions = unsafe { (*instance.cast::<ForwardInstance>()).functions };
    LentObject {
        size: size_of::<LentObject>(),
        client: R::Contract::CLIENT,
        functions,
        instance,
        // What a plugin made may be used by any thread.
        threads: threads(true, true),
        reserved: 0,
    }
}
