//! Tables that are older or newer than the side that reads them.
//!
//! A table may be shorter than its type here, because the other side is older, or
//! longer, because it is newer. So a table of the other side's is never borrowed
//! whole: what both know is copied, and what is missing reads as zero.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use super::{
    ArgumentSchema, CallFrame, ContractClient, ContractSchema, CreateContext, ErrorBuffer,
    GuestContractInterface, HostObject, HostTable, HostVtable, LentClosure, LentObject, LogRecord,
    MethodSchema, ProxyCell, ProxyRequest, ProxyVtable, RawLease, RawPin, RawProxy, TypeSchema,
};
use crate::convert::Invalid;

/// A table that begins with its size in bytes, and grows at its end.
///
/// # Safety
///
/// The type is `repr(C)`, its first field is its `usize` size, and no table of it was
/// ever made that is smaller than `FIRST_SIZE`.
pub unsafe trait Table {
    /// The size of the first version.
    const FIRST_SIZE: usize;
}

/// A table of which each field may have any bits: numbers, raw pointers, functions that
/// may be null, and unions and structs of those.
///
/// # Safety
///
/// That is so.
pub unsafe trait PlainTable: Table {}

/// Says up to which field the first version of a table went.
macro_rules! first_versions {
    ($($table:ty, up to $field:ident;)*) => {$(
        // SAFETY: a `repr(C)` struct with its size in front, which ended there at first.
        unsafe impl Table for $table {
            const FIRST_SIZE: usize =
                std::mem::offset_of!($table, $field) + size_of_field(|it: &$table| &it.$field);
        }
    )*};
}

first_versions! {
    ArgumentSchema, up to type_fingerprint;
    ContractClient, up to uniform;
    ContractSchema, up to fingerprint;
    CreateContext, up to loader_data;
    GuestContractInterface, up to unload_instance;
    HostTable, up to is_inside_guest;
    HostVtable, up to log;
    LentClosure, up to context;
    LentObject, up to instance;
    LogRecord, up to file;
    MethodSchema, up to has_default;
    ProxyRequest, up to at_least;
    ProxyVtable, up to bundle_name;
    TypeSchema, up to fingerprint;
}

// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for ArgumentSchema {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for ContractClient {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for ContractSchema {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for CreateContext {}
// SAFETY: numbers, raw pointers, functions that may be null, and a union of those.
unsafe impl PlainTable for GuestContractInterface {}
// SAFETY: numbers, raw pointers, and functions that may be null.
unsafe impl PlainTable for LentClosure {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for LentObject {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for LogRecord {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for MethodSchema {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for ProxyRequest {}
// SAFETY: numbers and raw pointers.
unsafe impl PlainTable for TypeSchema {}

/// Checks the pointer of a table and its size, and copies what is there of it. What an
/// older table does not have reads as zero.
///
/// # Errors
///
/// [`Invalid`] says what is wrong: null, misaligned, or of a size that no version has.
///
/// # Safety
///
/// If `table` is not null and aligned, a `usize` can be read there, and if that is at
/// least `FIRST_SIZE`, as many bytes, which nobody writes during the call.
pub unsafe fn copy_table<T: PlainTable>(table: *const T) -> Result<T, Invalid> {
    // SAFETY: the caller's promise.
    let size = unsafe { size_of_table(table)? };
    let mut whole = MaybeUninit::<T>::zeroed();
    let shared = size.min(size_of::<T>());
    // SAFETY: as many bytes are there, and have room; both are aligned.
    unsafe { whole.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(table.cast(), shared) };
    // SAFETY: any bits are valid, by `PlainTable`.
    Ok(unsafe { whole.assume_init() })
}

/// Checks the pointer of a table and gives its size, which is that of its first version
/// or more.
///
/// # Errors
///
/// As for [`copy_table`].
///
/// # Safety
///
/// If `table` is not null and aligned, a `usize` can be read there.
pub unsafe fn size_of_table<T: Table>(table: *const T) -> Result<usize, Invalid> {
    if table.is_null() {
        return Err(Invalid::Null);
    }
    if !table.is_aligned() {
        return Err(Invalid::Alignment);
    }
    // SAFETY: neither null nor misaligned; the rest is the caller's promise.
    let size = unsafe { table.cast::<usize>().read() };
    // Each version ends with a whole field and its padding, which no later one uses.
    if size < T::FIRST_SIZE || !size.is_multiple_of(align_of::<T>()) {
        return Err(Invalid::Size);
    }
    Ok(size)
}

/// Functions that the first version of a table did not have, each read by a function
/// of its name.
macro_rules! later_functions {
    ($($(#[$doc:meta])* $table:ty, $field:ident: $function:ty;)*) => {$(
        impl $table {
            $(#[$doc])*
            ///
            /// `None` when the table is older than that.
            ///
            /// # Safety
            ///
            /// `table` points at a table whose size is true.
            pub unsafe fn $field(table: *const Self) -> Option<$function> {
                let offset = std::mem::offset_of!($table, $field);
                // The field of the type has that offset and type, see below.
                let _: fn(&$table) -> &$function = |table| &table.$field;
                // SAFETY: the caller's promise; a function pointer may be null, which
                // reads as none.
                unsafe { later(table, offset) }
            }
        }
    )*};
}

later_functions! {
    /// Reads [`bundle`](field@HostTable::bundle).
    HostTable, bundle: unsafe extern "C" fn(*mut c_void) -> *const HostObject;
    /// Reads [`lease`](field@HostVtable::lease).
    HostVtable, lease: unsafe extern "C" fn(*const HostObject) -> *const RawLease;
    /// Reads [`rebind`](field@ProxyVtable::rebind).
    ProxyVtable, rebind: unsafe extern "C" fn(
        *const ProxyCell,
        *const ContractClient,
        *mut RawProxy,
        *mut ErrorBuffer,
    ) -> u32;
    /// Reads [`pin`](field@ProxyVtable::pin).
    ProxyVtable, pin: unsafe extern "C" fn(
        *const ProxyCell,
        *mut RawPin,
        *mut ErrorBuffer,
    ) -> u32;
    /// Reads [`settle`](field@ProxyVtable::settle).
    ProxyVtable, settle: unsafe extern "C" fn(
        *const ProxyCell,
        *mut CallFrame,
        *mut ErrorBuffer,
    ) -> u32;
}

/// What is at `offset` in a table, which gave it to readers in a later version.
///
/// # Safety
///
/// `table` points at a table whose size is true, and of which as much as a pointer at
/// `offset` is a function that may be null.
unsafe fn later<T: Table, F: Copy>(table: *const T, offset: usize) -> Option<F> {
    const { assert!(size_of::<Option<F>>() == size_of::<usize>()) };
    // SAFETY: a table begins with its size.
    let size = unsafe { table.cast::<usize>().read() };
    if size < offset + size_of::<F>() {
        return None;
    }
    // SAFETY: the field lies inside of the table.
    unsafe { table.byte_add(offset).cast::<Option<F>>().read() }
}

const fn size_of_field<T, F>(_field: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(ArgumentSchema::FIRST_SIZE == 40);
    assert!(ContractClient::FIRST_SIZE == 56);
    assert!(ContractSchema::FIRST_SIZE == 72);
    assert!(CreateContext::FIRST_SIZE == 64);
    assert!(GuestContractInterface::FIRST_SIZE == 104);
    assert!(HostTable::FIRST_SIZE == 32);
    assert!(HostVtable::FIRST_SIZE == 72);
    assert!(LogRecord::FIRST_SIZE == 64);
    assert!(MethodSchema::FIRST_SIZE == 88);
    assert!(ProxyRequest::FIRST_SIZE == 64);
    assert!(ProxyVtable::FIRST_SIZE == 64);
    assert!(TypeSchema::FIRST_SIZE == 40);
};

#[cfg(test)]
mod tests;
