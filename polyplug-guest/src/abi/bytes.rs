//! Strings and sequences: borrowed for a call, or owned with their release function.

use std::ffi::c_void;
use std::mem::ManuallyDrop;

use crate::convert::Invalid;

/// Text borrowed for a call: UTF-8 bytes that the other side keeps.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawStr {
    /// The first byte. May be null when `len` is 0.
    pub ptr: *const u8,
    /// The length in bytes.
    pub len: usize,
}

impl RawStr {
    /// Lends `text`.
    pub const fn new(text: &str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }

    /// Checks the pointer, the length and the encoding.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says which of the three was wrong.
    ///
    /// # Safety
    ///
    /// If `ptr` is not null and `len` is a length that a slice can have, `ptr`
    /// points at that many readable bytes, which nobody writes during `'a`.
    pub unsafe fn as_str<'a>(self) -> Result<&'a str, Invalid> {
        // SAFETY: the caller's promise is the one that the slice asks for.
        let bytes = unsafe { RawSlice { ptr: self.ptr, len: self.len }.as_slice()? };
        simdutf8::basic::from_utf8(bytes).map_err(|_| Invalid::Utf8)
    }

    /// As [`as_str`](Self::as_str), but for the encoding, for which somebody vouches.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what was wrong.
    ///
    /// # Safety
    ///
    /// As for [`as_str`](Self::as_str), and the bytes are UTF-8.
    #[inline]
    pub unsafe fn as_vouched_str<'a>(self) -> Result<&'a str, Invalid> {
        // SAFETY: the caller's promise is the one that the slice asks for.
        let bytes = unsafe { RawSlice { ptr: self.ptr, len: self.len }.as_slice()? };
        // SAFETY: the caller's promise.
        Ok(unsafe { std::str::from_utf8_unchecked(bytes) })
    }
}

/// Elements borrowed for a call.
#[repr(C)]
#[derive(Debug)]
pub struct RawSlice<T> {
    /// The first element. May be null when `len` is 0.
    pub ptr: *const T,
    /// The number of elements.
    pub len: usize,
}

impl<T> RawSlice<T> {
    /// Lends `elements`.
    pub const fn new(elements: &[T]) -> Self {
        Self { ptr: elements.as_ptr(), len: elements.len() }
    }

    /// Checks the pointer and the length.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says which of the two was wrong.
    ///
    /// # Safety
    ///
    /// If `ptr` is not null, aligned, and `len` a length that a slice can have,
    /// `ptr` points at that many initialised elements, which nobody writes
    /// during `'a`.
    pub unsafe fn as_slice<'a>(self) -> Result<&'a [T], Invalid> {
        if self.len == 0 {
            return Ok(&[]);
        }
        check_range(self.ptr, self.len)?;
        // SAFETY: not null, aligned, within `isize::MAX` bytes by the check;
        // the elements are the caller's promise.
        Ok(unsafe { std::slice::from_raw_parts(self.ptr, self.len) })
    }
}

impl<T> Clone for RawSlice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RawSlice<T> {}

/// Elements borrowed for a call, to be written in place.
#[repr(C)]
#[derive(Debug)]
pub struct RawSliceMut<T> {
    /// The first element. May be null when `len` is 0.
    pub ptr: *mut T,
    /// The number of elements.
    pub len: usize,
}

impl<T> RawSliceMut<T> {
    /// Lends `elements`.
    pub fn new(elements: &mut [T]) -> Self {
        Self { ptr: elements.as_mut_ptr(), len: elements.len() }
    }

    /// Checks the pointer and the length.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says which of the two was wrong.
    ///
    /// # Safety
    ///
    /// If `ptr` is not null, aligned, and `len` a length that a slice can have,
    /// `ptr` points at that many initialised elements, which nobody else reads
    /// or writes during `'a`.
    pub unsafe fn as_mut_slice<'a>(self) -> Result<&'a mut [T], Invalid> {
        if self.len == 0 {
            return Ok(&mut []);
        }
        check_range(self.ptr, self.len)?;
        // SAFETY: not null, aligned, within `isize::MAX` bytes by the check;
        // the elements and their exclusiveness are the caller's promise.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.ptr, self.len) })
    }
}

impl<T> Clone for RawSliceMut<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RawSliceMut<T> {}

/// An owned sequence: whoever holds it must give it back to `release`, once.
///
/// # Invariants
///
/// A value made by [`RawVec::new`] owns a `Vec` of this module's allocator. One
/// that came from elsewhere is hostile until [`RawVec::as_slice`] took it.
#[repr(C)]
#[derive(Debug)]
pub struct RawVec<T> {
    /// The first element. May be null when `len` is 0.
    pub ptr: *mut T,
    /// The number of elements.
    pub len: usize,
    /// What the allocation has room for; only `release` reads it.
    pub capacity: usize,
    /// Frees the allocation, not what the elements own. Null when the memory is
    /// the callee's to reuse: such a sequence must be copied at once.
    pub release: Option<ReleaseElements>,
}

/// Frees the allocation of a [`RawVec`], given its three parts.
pub type ReleaseElements = unsafe extern "C" fn(ptr: *mut c_void, len: usize, capacity: usize);

impl<T> RawVec<T> {
    /// What frees the vectors that this copy of the crate gives away. A generic
    /// function has an address in each crate that uses it, so that numbers, whose
    /// vectors are to be recognised, share functions that are not.
    const RELEASE: ReleaseElements = match (size_of::<T>(), align_of::<T>()) {
        (1, 1) => release_of_1,
        (2, 2) => release_of_2,
        (4, 4) => release_of_4,
        (8, 8) => release_of_8,
        _ => release::<T>,
    };

    /// Hands `elements` over, without a copy.
    pub fn new(elements: Vec<T>) -> Self {
        let mut elements = ManuallyDrop::new(elements);
        Self {
            ptr: elements.as_mut_ptr(),
            len: elements.len(),
            capacity: elements.capacity(),
            release: Some(Self::RELEASE),
        }
    }

    /// Checks the pointer and the length.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says which of the two was wrong.
    ///
    /// # Safety
    ///
    /// As for [`RawSlice::as_slice`], and `release` was not called.
    pub unsafe fn as_slice<'a>(&self) -> Result<&'a [T], Invalid> {
        if self.len == 0 {
            return Ok(&[]);
        }
        check_range(self.ptr.cast_const(), self.len)?;
        // Before a slice is made: what lies behind the capacity is not lent.
        if self.release.is_some() && self.len > self.capacity {
            return Err(Invalid::Capacity);
        }
        // SAFETY: as for `RawSlice::as_slice`.
        Ok(unsafe { std::slice::from_raw_parts(self.ptr, self.len) })
    }

    /// Takes the allocation over when this copy of the crate made it, so that
    /// nothing needs to be copied; else gives the value back.
    ///
    /// # Safety
    ///
    /// As for [`RawVec::as_slice`], which took the value, and for
    /// [`RawVec::release`].
    pub(crate) unsafe fn into_own(self) -> Result<Vec<T>, Self> {
        let Self { ptr, len, capacity, release: Some(made_by) } = self else { return Err(self) };
        // Functions that share an address free the same layout through the same
        // allocator.
        if !std::ptr::fn_addr_eq(made_by, Self::RELEASE) || ptr.is_null() {
            return Err(self);
        }
        // SAFETY: the function that frees it is ours, so it is a `Vec` that
        // `RawVec::new` took apart; length and capacity were checked.
        Ok(unsafe { Vec::from_raw_parts(ptr, len, capacity) })
    }

    /// Gives the allocation back to whoever made it. What the elements own is
    /// not released.
    ///
    /// # Safety
    ///
    /// The value came whole from the side that made it, nothing refers to its
    /// elements any more, and it is not used again.
    #[inline]
    pub unsafe fn release(self) {
        if let Some(release) = self.release {
            // SAFETY: the maker's own function gets the maker's own values, once.
            unsafe { release(self.ptr.cast(), self.len, self.capacity) }
        }
    }
}

impl RawVec<u8> {
    /// Hands `text` over to somebody who shares this copy of the crate, and takes it
    /// without looking at its bytes again.
    #[inline]
    pub fn of_own_text(text: String) -> Self {
        Self { release: Some(release_own_text), ..Self::new(text.into_bytes()) }
    }

    /// Takes a text over that [`of_own_text`](Self::of_own_text) of this copy of the crate
    /// made; else gives the value back.
    ///
    /// # Safety
    ///
    /// As for [`RawVec::release`].
    #[inline]
    pub(crate) unsafe fn into_own_text(self) -> Result<String, Self> {
        let Self { ptr, len, capacity, release: Some(made_by) } = self else { return Err(self) };
        if !std::ptr::fn_addr_eq(made_by, release_own_text as ReleaseElements) || len > capacity {
            return Err(self);
        }
        // SAFETY: the function's address is given away by `of_own_text` alone, so this is a
        // `String` that it took apart; no other function has the address, because none does
        // the same.
        Ok(unsafe { String::from_raw_parts(ptr, len, capacity) })
    }
}

/// Frees what [`RawVec::of_own_text`] took apart. It looks at what nothing else knows, so
/// that a linker which folds equal functions finds none that is equal. Never inlined, so
/// that it has one address in a program.
#[inline(never)]
unsafe extern "C" fn release_own_text(ptr: *mut c_void, _len: usize, capacity: usize) {
    static OWN: u8 = 0;

    std::hint::black_box(&OWN);
    // SAFETY: as for `release`.
    drop(unsafe { Vec::from_raw_parts(ptr.cast::<u8>(), 0, capacity) });
}

macro_rules! releases {
    ($($name:ident: $size:literal;)*) => {$(
        /// [`release`] for elements of this size and alignment.
        unsafe extern "C" fn $name(ptr: *mut c_void, len: usize, capacity: usize) {
            #[repr(C, align($size))]
            struct Element([u8; $size]);
            // SAFETY: the caller's promise: a `Vec` of the same layout.
            unsafe { release::<Element>(ptr, len, capacity) }
        }
    )*};
}

releases! {
    release_of_1: 1;
    release_of_2: 2;
    release_of_4: 4;
    release_of_8: 8;
}

/// Frees a `Vec` that [`RawVec::new`] took apart, without dropping elements.
unsafe extern "C" fn release<T>(ptr: *mut c_void, _len: usize, capacity: usize) {
    // SAFETY: pointer and capacity are those of the `Vec` that this
    // instantiation's `RawVec::new` took apart; the elements were moved out.
    drop(unsafe { Vec::from_raw_parts(ptr.cast::<T>(), 0, capacity) });
}

#[inline]
fn check_range<T>(ptr: *const T, len: usize) -> Result<(), Invalid> {
    if ptr.is_null() {
        return Err(Invalid::Null);
    }
    if !ptr.is_aligned() {
        return Err(Invalid::Alignment);
    }
    match len.checked_mul(size_of::<T>()) {
        Some(bytes) if bytes <= isize::MAX as usize => Ok(()),
        _ => Err(Invalid::Length),
    }
}

const WORD: usize = size_of::<usize>();
const _: () = assert!(size_of::<RawStr>() == 2 * WORD);
const _: () = assert!(size_of::<RawSlice<u64>>() == 2 * WORD);
const _: () = assert!(size_of::<RawSliceMut<u64>>() == 2 * WORD);
const _: () = assert!(size_of::<RawVec<u64>>() == 4 * WORD);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Value;

    #[test]
    fn an_own_text_is_told_from_any_other_sequence() {
        let own = String::from("text").into_own_abi();
        let given = String::from("text").into_abi();
        assert!(!std::ptr::fn_addr_eq(own.release.unwrap(), given.release.unwrap()));
        // SAFETY: each is taken over once.
        unsafe {
            assert_eq!(own.into_own_text().unwrap(), "text");
            assert_eq!(String::from_abi(given.into_own_text().unwrap_err()).unwrap(), "text");
        }
    }

    #[test]
    fn an_own_text_may_be_given_back_like_any_other_sequence() {
        for text in [String::new(), "text".to_owned(), String::with_capacity(9)] {
            // SAFETY: it is given back once.
            unsafe { text.into_own_abi().release() };
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_although_this_side_made_them() {
        let bytes = RawVec::new(vec![0xff]);
        // SAFETY: it is taken over once.
        assert_eq!(unsafe { String::from_abi(bytes) }, Err(Invalid::Utf8));
    }
}
