//! Sequences that are handed over without a copy: the code that frees one stays until
//! it was freed.

use super::RawVec;
use crate::convert::Invalid;

/// An owned sequence of whoever holds it, for as long as it is wanted: beside the
/// elements, the lease on the code that frees them.
#[repr(C)]
#[derive(Debug)]
pub struct RawOwned<T> {
    /// The elements. They are released before the lease ends.
    pub elements: RawVec<T>,
    /// What keeps the code of `release`. Null when nothing does but the running call:
    /// such a sequence must be copied at once.
    pub lease: *const RawLease,
}

/// What keeps the code of a bundle until it is ended, once. It lies in memory of the
/// host's, behind the function that ends it.
#[repr(C)]
#[derive(Debug)]
pub struct RawLease {
    /// Ends the lease, from any thread. Code of the host's: what it ends may be the last
    /// thing that kept the bundle.
    pub end: Option<unsafe extern "C" fn(lease: *const RawLease)>,
}

impl RawLease {
    /// Checks the pointer to a lease, which may be null, and that it can be ended.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says which of the two was wrong.
    ///
    /// # Safety
    ///
    /// If `lease` is neither null nor misaligned it points at a lease that was not ended.
    #[inline]
    pub unsafe fn check(lease: *const Self) -> Result<(), Invalid> {
        if lease.is_null() {
            return Ok(());
        }
        if !lease.is_aligned() {
            return Err(Invalid::Alignment);
        }
        // SAFETY: the caller's promise.
        unsafe { (*lease).end }.map(|_| ()).ok_or(Invalid::Null)
    }

    /// Ends a lease; null, or one that cannot be ended, is passed over.
    ///
    /// # Safety
    ///
    /// As for [`RawLease::check`], and it is not used again.
    #[inline]
    pub unsafe fn end(lease: *const Self) {
        if lease.is_null() || !lease.is_aligned() {
            return;
        }
        // SAFETY: the caller's promise.
        if let Some(end) = unsafe { (*lease).end } {
            // SAFETY: the lease is ended once, here.
            unsafe { end(lease) }
        }
    }
}

impl<T> RawOwned<T> {
    /// Gives the allocation back to whoever made it, then ends the lease. What the
    /// elements own is not released.
    ///
    /// # Safety
    ///
    /// As for [`RawVec::release`] and [`RawLease::end`].
    #[inline]
    pub unsafe fn release(self) {
        // SAFETY: the caller's promise; the code of the first outlives the lease.
        unsafe {
            self.elements.release();
            RawLease::end(self.lease);
        }
    }
}

const WORD: usize = size_of::<usize>();
const _: () = assert!(size_of::<RawLease>() == WORD);
const _: () = assert!(size_of::<RawOwned<u64>>() == 5 * WORD);
const _: () = assert!(std::mem::offset_of!(RawOwned<u8>, lease) == 4 * WORD);
