//! The lender's side of what is lent for a call.
//!
//! It keeps what is lent, and whether that is in use, behind the instance that the
//! functions get. So a guest of any language that calls back into what is in use
//! exclusively gets an error, and after a failure every later call gets the same one.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Holder;
use super::serve::Refused;
use crate::abi::{ErrorReport, LentObject};

/// What is lent, what it is used for at the moment, and the table by which the borrower
/// reaches it.
pub(super) struct Lender<C: ?Sized, T> {
    /// What is passed, which points at this.
    table: Option<T>,
    lent: *mut C,
    is_exclusive: bool,
    uses: Uses,
    /// Of the first call that failed.
    failure: OnceLock<ErrorReport>,
}

impl<C: ?Sized, T> Lender<C, T> {
    /// Lends what `lent` points at, for `&mut self` calls only if it `is_exclusive`.
    pub(super) fn new(lent: *mut C, is_exclusive: bool) -> Self {
        let (uses, failure) = (Uses::default(), OnceLock::new());
        Self { table: None, lent, is_exclusive, uses, failure }
    }

    /// What is lent.
    pub(super) fn lent(&self) -> *mut C {
        self.lent
    }

    /// Makes the table, of the instance that its functions get, and passes it.
    ///
    /// # Safety
    ///
    /// `lender` points at one which stays in place, and is reached through the instance
    /// alone, for as long as the table is used.
    pub(super) unsafe fn pass(lender: *mut Self, table: impl FnOnce(*mut c_void) -> T) -> *const T {
        // SAFETY: the caller's promise. Both pointers are derived from the one that the
        // functions get.
        unsafe {
            (&raw mut (*lender).table).write(Some(table(lender.cast())));
            match &(*lender).table {
                Some(table) => table,
                None => std::ptr::null(),
            }
        }
    }

    /// The failure of the first call that failed.
    pub(super) fn into_failure(self) -> Option<ErrorReport> {
        self.failure.into_inner()
    }
}

/// The instance is the lender's side of an argument, which is passed as a `T`.
#[derive(Debug)]
pub struct Loan<C: ?Sized, T = LentObject>(PhantomData<(T, *mut C)>);

// SAFETY: what is lent for reading is never reached exclusively, and what is lent
// exclusively is reached by one at a time.
unsafe impl<C: ?Sized + 'static, T: 'static> Holder for Loan<C, T> {
    type Target = C;

    unsafe fn shared<R>(instance: *mut c_void, body: impl FnOnce(Result<&C, Refused>) -> R) -> R {
        // SAFETY: the caller's promise about `instance`.
        let lender = unsafe { &*instance.cast::<Lender<C, T>>() };
        if let Some(failure) = lender.failure.get() {
            return body(Err(Refused::FailedBefore(Box::new(failure.clone()))));
        }
        let Some(_used) = lender.uses.share() else { return body(Err(Refused::InUse)) };
        // SAFETY: the reference behind it outlives the call, and is not used
        // exclusively now.
        body(Ok(unsafe { &*lender.lent }))
    }

    unsafe fn exclusive<R>(
        instance: *mut c_void,
        body: impl FnOnce(Result<&mut C, Refused>) -> R,
    ) -> R {
        // SAFETY: the caller's promise about `instance`.
        let lender = unsafe { &*instance.cast::<Lender<C, T>>() };
        if let Some(failure) = lender.failure.get() {
            return body(Err(Refused::FailedBefore(Box::new(failure.clone()))));
        }
        let used = lender.is_exclusive.then(|| lender.uses.take()).flatten();
        let Some(_used) = used else { return body(Err(Refused::InUse)) };
        // SAFETY: the exclusive reference behind it outlives the call, and is not used
        // by another call now.
        body(Ok(unsafe { &mut *lender.lent }))
    }

    unsafe fn failed(instance: *mut c_void, report: &ErrorReport) {
        // SAFETY: the caller's promise about `instance`.
        let lender = unsafe { &*instance.cast::<Lender<C, T>>() };
        // Later ones are of no interest.
        let _ = lender.failure.set(report.clone());
    }
}

/// How many use something, or that one does exclusively.
#[derive(Default, Debug)]
struct Uses(AtomicU32);

const EXCLUSIVE: u32 = u32::MAX;

impl Uses {
    fn share(&self) -> Option<Used<'_>> {
        let more = |uses: u32| uses.checked_add(1).filter(|uses| *uses != EXCLUSIVE);
        // Acquire: whoever used it exclusively before comes before this.
        self.0.fetch_update(Ordering::Acquire, Ordering::Relaxed, more).ok()?;
        Some(Used { uses: &self.0, by: 1 })
    }

    fn take(&self) -> Option<Used<'_>> {
        // Acquire: whoever used it before comes before this.
        self.0.compare_exchange(0, EXCLUSIVE, Ordering::Acquire, Ordering::Relaxed).ok()?;
        Some(Used { uses: &self.0, by: EXCLUSIVE })
    }
}

/// One use, which ends when this is dropped.
struct Used<'a> {
    uses: &'a AtomicU32,
    by: u32,
}

impl Drop for Used<'_> {
    fn drop(&mut self) {
        // Release: whoever uses it next comes after this.
        self.uses.fetch_sub(self.by, Ordering::Release);
    }
}
