//! A proxy that crosses as a value.
//!
//! What crosses is one counted reference. The functions of its cell are those of
//! whoever made the proxy, or passed it on before: thunks and default bodies in it may
//! be of a library that goes. So the receiver has the host make a cell of its own, for
//! the same instance.

use std::mem::offset_of;

use super::ProxyCore;
use crate::abi::{ErrorBuffer, ErrorKind, ProxyVtable, RawProxy, Status, size_of_table};
use crate::contract::Contract;
use crate::convert::Invalid;
use crate::local;

impl<C: Contract + ?Sized> ProxyCore<C> {
    /// Takes a reference over that came from the other side, and binds it for this
    /// side. The reference is given back in any case.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with the proxy. One whose provider is gone is
    /// not: calling it says so.
    ///
    /// # Safety
    ///
    /// If the pointers of `raw` are neither null nor misaligned, it holds one reference
    /// to a cell, which keeps to the rules of [`ProxyVtable`].
    pub unsafe fn receive(raw: RawProxy) -> Result<Self, Invalid> {
        check(raw.cell)?;
        // SAFETY: the cell is alive, because the reference is held.
        let vtable = unsafe { (*raw.cell).vtable };
        // SAFETY: the caller's promise.
        let size = unsafe { size_of_table(vtable)? };
        let reference = Reference { raw, vtable };
        if size < offset_of!(ProxyVtable, rebind) + size_of::<usize>() {
            return Err(Invalid::Contract);
        }
        let mut bound = RawProxy { cell: std::ptr::null() };
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        // SAFETY: the reference is held; client, place and buffer are lent for the call.
        let status =
            unsafe { ((*vtable).rebind)(reference.raw.cell, C::CLIENT, &mut bound, error) };
        if status == Status::Ok as u32 {
            check(bound.cell)?;
            // SAFETY: the cell was made for the client of `C`, for whoever holds it.
            return Ok(unsafe { Self::from_raw(bound) });
        }
        // SAFETY: the function announced a failure in the buffer that it was lent.
        match unsafe { ErrorBuffer::take(error)? }.kind {
            // SAFETY: the cell has nothing to call.
            ErrorKind::Unloaded => Ok(unsafe { Self::from_raw(local::unloaded()) }),
            _ => Err(Invalid::Contract),
        }
    }
}

/// Whether a pointer can be one to a cell.
fn check<T>(cell: *const T) -> Result<(), Invalid> {
    if cell.is_null() {
        return Err(Invalid::Null);
    }
    if cell.is_aligned() { Ok(()) } else { Err(Invalid::Alignment) }
}

/// The reference that came, which goes when it was bound.
struct Reference {
    raw: RawProxy,
    vtable: *const ProxyVtable,
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: the reference was taken over, and is given back once, here.
        unsafe { ((*self.vtable).release)(self.raw.cell) }
    }
}
