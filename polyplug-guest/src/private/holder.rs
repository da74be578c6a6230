//! What the instance that a function gets stands for.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

use super::serve::Refused;
use crate::abi::ErrorReport;

/// How functions find the implementation that they call.
///
/// # Safety
///
/// `body` is run once, with what `instance` stands for or with the reason why
/// that cannot be used now; what it gets is used by nobody in a conflicting way
/// while `body` runs.
pub unsafe trait Holder: 'static {
    /// The implementation.
    type Target: ?Sized;

    /// Whether the implementation has a state that a call may leave in the middle.
    const KEEPS_STATE: bool = true;

    /// Runs `body` for a `&self` method.
    ///
    /// # Safety
    ///
    /// `instance` is one of this holder, alive during the call, and nobody runs an
    /// exclusive method of it.
    unsafe fn shared<R>(
        instance: *mut c_void,
        body: impl FnOnce(Result<&Self::Target, Refused>) -> R,
    ) -> R;

    /// Runs `body` for a `&mut self` method.
    ///
    /// # Safety
    ///
    /// `instance` is one of this holder, alive during the call, and nobody else
    /// runs a method of it, unless this holder can tell.
    unsafe fn exclusive<R>(
        instance: *mut c_void,
        body: impl FnOnce(Result<&mut Self::Target, Refused>) -> R,
    ) -> R;

    /// Is told that a method failed.
    ///
    /// # Safety
    ///
    /// `instance` is one of this holder, alive during the call.
    unsafe fn failed(_instance: *mut c_void, _report: &ErrorReport) {}
}

/// The instance points at a `T` of its own.
#[derive(Debug)]
pub struct Own<T>(PhantomData<T>);

// SAFETY: a value of its own is used by nobody but its callers, who keep to the
// promises about `shared` and `exclusive`.
unsafe impl<T: 'static> Holder for Own<T> {
    type Target = T;

    #[inline(always)]
    unsafe fn shared<R>(instance: *mut c_void, body: impl FnOnce(Result<&T, Refused>) -> R) -> R {
        // SAFETY: the caller's promise about `instance`.
        body(Ok(unsafe { &*instance.cast::<T>() }))
    }

    #[inline(always)]
    unsafe fn exclusive<R>(
        instance: *mut c_void,
        body: impl FnOnce(Result<&mut T, Refused>) -> R,
    ) -> R {
        // SAFETY: the caller's promise about `instance`.
        body(Ok(unsafe { &mut *instance.cast::<T>() }))
    }
}

/// The instance points at an `Arc<S>`, whose clones others may keep.
#[derive(Debug)]
pub struct InArc<S: ?Sized>(PhantomData<S>);

// SAFETY: what is behind an `Arc` is reached exclusively only when nobody else
// has a clone of it.
unsafe impl<S: ?Sized + 'static> Holder for InArc<S> {
    type Target = S;

    #[inline]
    unsafe fn shared<R>(instance: *mut c_void, body: impl FnOnce(Result<&S, Refused>) -> R) -> R {
        // SAFETY: the caller's promise about `instance`.
        body(Ok(unsafe { &**instance.cast::<Arc<S>>() }))
    }

    #[inline]
    unsafe fn exclusive<R>(
        instance: *mut c_void,
        body: impl FnOnce(Result<&mut S, Refused>) -> R,
    ) -> R {
        // SAFETY: the caller's promise about `instance`.
        let shared = unsafe { &mut *instance.cast::<Arc<S>>() };
        body(Arc::get_mut(shared).ok_or(Refused::SharedElsewhere))
    }
}
