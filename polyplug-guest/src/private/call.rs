//! The caller's side: from a proxy's method to the function and back.

use std::ffi::c_void;

use super::Reply;
use crate::abi::{ErrorBuffer, ErrorKind, ErrorReport, ProxyBinding, Status};
use crate::contract::Contract;
use crate::convert::{Invalid, Register, Texts, Value};
use crate::error::{CallError, Failure};
use crate::proxy::{Callee, Frame, PinCore, ProxyCore};

/// Calls a `&self` method: `invoke` gets the function table, the instance and
/// the error buffer.
///
/// # Errors
///
/// Why the method's result did not come.
///
/// # Safety
///
/// `Table` is the function table of `C`, and `invoke` calls the function of
/// `method`, which returns an `R`, with the instance and buffer that it is given.
#[inline(always)]
pub unsafe fn call<C: Contract + ?Sized, Table: 'static, R: Value>(
    callee: &impl Callee<C>,
    method: &'static str,
    invoke: impl FnOnce(&Table, *mut c_void, *mut ErrorBuffer) -> Reply<R>,
) -> Result<R, CallError> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { call_then(callee, method, invoke, |_, _| ()) }
}

/// Calls a `&mut self` method. When it panics, the instance refuses all later
/// calls.
///
/// # Errors
///
/// Why the method's result did not come.
///
/// # Safety
///
/// As for [`call`]. The caller has the only proxy of the instance.
#[inline(always)]
pub unsafe fn call_exclusive<C: Contract + ?Sized, Table: 'static, R: Value>(
    callee: &mut impl Callee<C>,
    method: &'static str,
    invoke: impl FnOnce(&Table, *mut c_void, *mut ErrorBuffer) -> Reply<R>,
) -> Result<R, CallError> {
    // SAFETY: the caller's promise is the one that is asked for.
    let result = unsafe {
        call_then(&*callee, method, invoke, |frame, error| {
            if let CallError::Panicked(_) = error {
                frame.poison();
            }
        })
    };
    if let Err(CallError::Panicked(_)) = &result {
        callee.poisoned();
    }
    result
}

/// # Safety
///
/// As for [`call`].
#[inline(always)]
unsafe fn call_then<C: Contract + ?Sized, Table: 'static, R: Value>(
    callee: &impl Callee<C>,
    method: &'static str,
    invoke: impl FnOnce(&Table, *mut c_void, *mut ErrorBuffer) -> Reply<R>,
    after_failure: impl FnOnce(&Frame<'_>, &CallError),
) -> Result<R, CallError> {
    // SAFETY: the frame stays in this function, and so do those of nested calls in
    // theirs.
    let mut frame = unsafe { callee.enter() };
    let core = callee.proxy();
    if frame.binding().functions.is_null() {
        settle(core, method, &mut frame)?;
    }
    let binding = frame.binding();
    // SAFETY: by the caller's promise the table is one of `C`; the frame keeps it.
    let table = unsafe { &*binding.functions.cast::<Table>() };
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    let returned = invoke(table, binding.instance, error);
    // The frame ends after the reply was received: it may point into the library.
    if returned.status == Status::Ok as u32 {
        // SAFETY: the status says that the function wrote its value, which is
        // received once; the binding says whether its texts are vouched for.
        return unsafe { receive_with(returned.value.assume_init(), binding.texts()) }
            .map_err(|invalid| invalid_reply(core, method, invalid));
    }
    let failure = if returned.status == Status::Failed as u32 {
        // SAFETY: the function announced a failure in the buffer it was lent.
        unsafe { failed(core, method, error, Says::Method) }
    } else {
        invalid_reply(core, method, Invalid::Status)
    };
    after_failure(&frame, &failure);
    Err(failure)
}

/// # Safety
///
/// `passed` was returned by a function whose result is an `R`, and is received
/// once.
#[inline]
pub(super) unsafe fn receive<R: Value>(passed: <R::Abi as Register>::Passed) -> Result<R, Invalid> {
    // SAFETY: the caller's promise; nothing is vouched for.
    unsafe { receive_with(passed, Texts::Checked) }
}

/// # Safety
///
/// As for [`receive`], and all texts are UTF-8 if they are vouched for.
#[inline]
unsafe fn receive_with<R: Value>(
    passed: <R::Abi as Register>::Passed,
    texts: Texts,
) -> Result<R, Invalid> {
    let abi = Register::receive(passed)?;
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { R::from_abi_with(abi, texts) }
}

/// Makes the method's own error a variant of the call's.
///
/// # Errors
///
/// The call's error, or the method's.
#[inline]
pub fn flatten<T, E>(result: Result<Result<T, E>, CallError>) -> Result<T, CallError<E>> {
    match result {
        Ok(result) => result.map_err(CallError::Method),
        Err(error) => Err(error.widen()),
    }
}

/// Makes a new instance behind a proxy.
///
/// # Errors
///
/// Why there can be none.
pub fn renew<C: Contract + ?Sized>(core: &ProxyCore<C>) -> Result<(), CallError> {
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    if core.renew(error) {
        return Ok(());
    }
    // SAFETY: `renew` failed, so it wrote the buffer.
    Err(unsafe { failed(core, "renew", error, Says::Host) })
}

/// Keeps the present version of the instance behind a proxy.
///
/// # Errors
///
/// Why there is none.
pub fn pin<C: Contract + ?Sized>(core: &ProxyCore<C>) -> Result<PinCore<'_, C>, CallError> {
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    match PinCore::new(core, error) {
        Some(Some(pinned)) => Ok(pinned),
        // SAFETY: pinning failed, so it wrote the buffer.
        Some(None) => Err(unsafe { failed(core, "pin", error, Says::Host) }),
        None => {
            let message = "the host is too old to pin a version; update the host";
            let failure = failure(core, "pin", message.to_owned(), String::new(), 0);
            Err(CallError::Unavailable(failure))
        }
    }
}

/// # Safety
///
/// As for [`ErrorBuffer::take`].
#[cold]
#[inline(never)]
unsafe fn failed<C: Contract + ?Sized>(
    core: &ProxyCore<C>,
    method: &'static str,
    error: *mut ErrorBuffer,
    says: Says,
) -> CallError {
    // SAFETY: the caller's promise is the one that is asked for.
    let report = match unsafe { ErrorBuffer::take(error) } {
        Ok(report) => report,
        Err(invalid) => return invalid_reply(core, method, invalid),
    };
    let ErrorReport { kind, code, message, detail } = report;
    let is_for_host_to_say = matches!(
        kind,
        ErrorKind::Unloaded | ErrorKind::Withdrawn | ErrorKind::StateLost | ErrorKind::Poisoned
    );
    if is_for_host_to_say && says == Says::Method {
        return invalid_reply(core, method, Invalid::Discriminant);
    }
    with_kind(kind, failure(core, method, message, detail, code))
}

/// Who described a failure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Host,
    Method,
}

/// Waits where callers are to; gives an error if there still is nothing to call then.
#[cold]
#[inline(never)]
fn settle<C: Contract + ?Sized>(
    core: &ProxyCore<C>,
    method: &'static str,
    frame: &mut Frame<'_>,
) -> Result<(), CallError> {
    if frame.binding().waits == 1 {
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        // SAFETY: the buffer is this function's.
        if unsafe { frame.settle(error) } == Some(false) {
            // SAFETY: waiting failed, so it wrote the buffer.
            return Err(unsafe { failed(core, method, error, Says::Host) });
        }
    }
    if frame.binding().functions.is_null() {
        return Err(absent(core, method, frame.binding()));
    }
    Ok(())
}

/// The error of a call for which there is no instance.
#[cold]
#[inline(never)]
fn absent<C: Contract + ?Sized>(
    core: &ProxyCore<C>,
    method: &'static str,
    binding: &ProxyBinding,
) -> CallError {
    let kind = binding.why_absent();
    let message = match kind {
        ErrorKind::Withdrawn => "the service was withdrawn".to_owned(),
        _ => String::new(),
    };
    with_kind(kind, failure(core, method, message, String::new(), 0))
}

fn with_kind(kind: ErrorKind, failure: Box<Failure>) -> CallError {
    match kind {
        ErrorKind::Panicked => CallError::Panicked(failure),
        ErrorKind::Plugin | ErrorKind::InvalidArgument => CallError::Plugin(failure),
        ErrorKind::Unavailable => CallError::Unavailable(failure),
        ErrorKind::Unloaded | ErrorKind::Withdrawn => CallError::Unloaded(failure),
        ErrorKind::StateLost => CallError::StateLost(failure),
        ErrorKind::Poisoned => CallError::Poisoned(failure),
        ErrorKind::Reentrant => CallError::Reentrant(failure),
        ErrorKind::Limit => CallError::Limit(failure),
        // The rest are answers to requests, and none to calls.
        ErrorKind::InvalidReply
        | ErrorKind::NotFound
        | ErrorKind::Undeclared
        | ErrorKind::Incompatible => CallError::InvalidReply(failure),
    }
}

#[cold]
#[inline(never)]
fn invalid_reply<C: Contract + ?Sized>(
    core: &ProxyCore<C>,
    method: &'static str,
    invalid: Invalid,
) -> CallError {
    CallError::InvalidReply(failure(core, method, invalid.to_string(), String::new(), 0))
}

fn failure<C: Contract + ?Sized>(
    core: &ProxyCore<C>,
    method: &'static str,
    message: String,
    detail: String,
    code: u16,
) -> Box<Failure> {
    Box::new(Failure {
        bundle: core.bundle_name().to_owned(),
        contract: C::NAME,
        method,
        message,
        detail,
        code,
    })
}
