//! The plugin's side: from the function to the user's method and back.

use std::ffi::c_void;
use std::mem::ManuallyDrop;

use super::{Holder, Passed, Reply};
use crate::abi::{ErrorBuffer, ErrorKind, ErrorReport, Phase, Returned};
use crate::convert::{Argument, Invalid, Register, Texts, Value};
use crate::panic::{Panic, Stopped, contain, contain_call};

/// Why a method is not run.
#[derive(Debug)]
pub enum Refused {
    /// An argument does not have the form of its type.
    Argument {
        /// The name of the argument.
        name: &'static str,
        /// What is wrong with it.
        invalid: Invalid,
    },
    /// The method takes `&mut self`, and somebody keeps a clone of the value.
    SharedElsewhere,
    /// What was lent is in use, or was lent for `&self` methods alone.
    InUse,
    /// A call to what was lent failed before.
    FailedBefore(Box<ErrorReport>),
}

impl Refused {
    #[cold]
    fn into_report(self) -> ErrorReport {
        let (kind, message) = match self {
            Self::Argument { name, invalid } => {
                (ErrorKind::InvalidArgument, format!("argument `{name}`: {invalid}"))
            }
            Self::SharedElsewhere => {
                let message = "a `&mut self` method needs the only clone of the `Arc`";
                (ErrorKind::Reentrant, message.to_owned())
            }
            Self::InUse => {
                let message =
                    "what was lent is in use by a call that has not returned, or may only be read";
                (ErrorKind::Reentrant, message.to_owned())
            }
            Self::FailedBefore(report) => return *report,
        };
        ErrorReport { kind, code: 0, message, detail: String::new() }
    }
}

/// Runs a `&self` method for a caller on the other side. Panics stop here.
///
/// # Safety
///
/// `instance` is one of `H` that nobody uses exclusively during the call, and
/// `error` points at an error buffer lent for it.
#[inline]
pub unsafe fn serve_shared<H: Holder, R: Value>(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
    body: impl FnOnce(Result<&H::Target, Refused>) -> Result<R, Refused>,
) -> Reply<R> {
    // SAFETY: the caller's promise about `instance` and `error`.
    unsafe { serve::<H, R>(instance, error, || H::shared(instance, body), failure_as_it_is) }
}

/// Runs a `&mut self` method for a caller on the other side. Panics stop here.
///
/// # Safety
///
/// `instance` is one of `H` that nobody else uses during the call, unless `H` can
/// tell, and `error` points at an error buffer lent for it.
#[inline]
pub unsafe fn serve_exclusive<H: Holder, R: Value>(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
    body: impl FnOnce(Result<&mut H::Target, Refused>) -> Result<R, Refused>,
) -> Reply<R> {
    // SAFETY: the caller's promise about `instance` and `error`.
    unsafe {
        let what = if H::KEEPS_STATE { failure_as_panic } else { failure_as_it_is };
        serve::<H, R>(instance, error, || H::exclusive(instance, body), what)
    }
}

/// # Safety
///
/// `instance` is one of `H`, and `error` points at an error buffer lent for this
/// call.
#[inline]
unsafe fn serve<H: Holder, R: Value>(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
    body: impl FnOnce() -> Result<R, Refused>,
    unwound: fn(ErrorReport) -> ErrorReport,
) -> Reply<R> {
    let report = match contain_call(|| body().map(|value| value.into_abi().pass())) {
        Ok(Ok(value)) => return Returned::ok(value),
        Ok(Err(refused)) => refused.into_report(),
        Err(Stopped::Failure(report)) => unwound(report),
        Err(Stopped::Panic(Panic { message, location })) => {
            ErrorReport { kind: ErrorKind::Panicked, code: 0, message, detail: location }
        }
    };
    // SAFETY: the instance is alive, and the buffer is lent for this call.
    unsafe {
        H::failed(instance, &report);
        report.write(error, Phase::Call);
    }
    Returned::failed()
}

fn failure_as_it_is(report: ErrorReport) -> ErrorReport {
    report
}

/// A failure that unwinds leaves a `&mut self` method in the middle, as a panic does:
/// its state is not to be trusted either.
fn failure_as_panic(report: ErrorReport) -> ErrorReport {
    ErrorReport { kind: ErrorKind::Panicked, ..report }
}

/// Receives an argument, without a check of its texts where `TRUSTING`.
///
/// # Errors
///
/// [`Refused::Argument`] names it and says what is wrong.
///
/// # Safety
///
/// As for [`Argument::lift`]; and if `TRUSTING`, all texts in it are UTF-8.
#[inline]
pub unsafe fn lift<A: Argument, const TRUSTING: bool>(
    name: &'static str,
    passed: Passed<A>,
) -> Result<A, Refused> {
    let texts = if TRUSTING { Texts::Vouched } else { Texts::Checked };
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { A::lift_with(passed, texts) }.map_err(|invalid| Refused::Argument { name, invalid })
}

/// Whether one of the arguments has texts: `has_texts` says so for each.
pub const fn have_texts(has_texts: &[bool]) -> bool {
    let mut i = 0;
    while i < has_texts.len() {
        if has_texts[i] {
            return true;
        }
        i += 1;
    }
    false
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
