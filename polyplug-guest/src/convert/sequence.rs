//! Text and slices lent for a call, and owned strings and vectors.

use std::mem::ManuallyDrop;

use super::{Argument, Invalid, Texts, Value};
use crate::abi::{RawSlice, RawSliceMut, RawStr, RawVec, TypeKind, TypeSchema};

/// A type whose slices cross without a copy: a number, an array of such, or a
/// `repr(C)` struct of such. Padding is never looked at.
///
/// # Safety
///
/// Every bit pattern is valid, and [`Value::PLAIN`] holds, except for an array
/// without elements.
#[diagnostic::on_unimplemented(
    message = "a slice of `{Self}` cannot be lent between a host and a plugin",
    label = "only slices of numbers, and of `#[repr(C)]` structs of numbers, can be lent",
    note = "take a `Vec<{Self}>` where the element may cross at all"
)]
pub unsafe trait Plain: Value {}

macro_rules! plain {
    ($($ty:ty),* $(,)?) => {
        // SAFETY: each is a number of a fixed width.
        $(unsafe impl Plain for $ty {})*
    };
}

plain!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);

// SAFETY: the text is lent as pointer and length, and checked when received.
unsafe impl Argument for &str {
    type Passed = RawStr;

    const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::Str, &[]);

    const HAS_TEXTS: bool = true;

    #[inline]
    unsafe fn lower(this: &mut ManuallyDrop<Self>) -> RawStr {
        RawStr::new(this)
    }

    #[inline]
    unsafe fn lift(passed: RawStr) -> Result<Self, Invalid> {
        // SAFETY: the caller lent the text for the call.
        unsafe { passed.as_str() }
    }

    #[inline]
    unsafe fn lift_with(passed: RawStr, texts: Texts) -> Result<Self, Invalid> {
        match texts {
            // SAFETY: the caller lent the text for the call.
            Texts::Checked => unsafe { passed.as_str() },
            // SAFETY: the same, and it is vouched for.
            Texts::Vouched => unsafe { passed.as_vouched_str() },
        }
    }
}

// SAFETY: the elements are lent as pointer and length, any bit pattern is valid.
unsafe impl<T: Plain> Argument for &[T] {
    type Passed = RawSlice<T>;

    const SCHEMA: &'static TypeSchema = {
        assert!(T::PLAIN, "a slice of arrays without elements cannot be lent: leave it out");
        &TypeSchema::new(TypeKind::Slice, &[<T as Value>::SCHEMA])
    };

    #[inline]
    unsafe fn lower(this: &mut ManuallyDrop<Self>) -> RawSlice<T> {
        RawSlice::new(this)
    }

    #[inline]
    unsafe fn lift(passed: RawSlice<T>) -> Result<Self, Invalid> {
        // SAFETY: the caller lent the elements for the call.
        unsafe { passed.as_slice() }
    }
}

// SAFETY: the elements are lent as pointer and length, any bit pattern is valid.
unsafe impl<T: Plain> Argument for &mut [T] {
    type Passed = RawSliceMut<T>;

    const SCHEMA: &'static TypeSchema = {
        assert!(T::PLAIN, "a slice of arrays without elements cannot be lent: leave it out");
        &TypeSchema::new(TypeKind::SliceMut, &[<T as Value>::SCHEMA])
    };

    #[inline]
    unsafe fn lower(this: &mut ManuallyDrop<Self>) -> RawSliceMut<T> {
        RawSliceMut::new(this)
    }

    #[inline]
    unsafe fn lift(passed: RawSliceMut<T>) -> Result<Self, Invalid> {
        // SAFETY: the caller lent the elements for the call, exclusively.
        unsafe { passed.as_mut_slice() }
    }
}

// SAFETY: the bytes move with their release function, and are checked or vouched for.
unsafe impl Value for String {
    type Abi = RawVec<u8>;

    const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::String, &[]);

    const HAS_TEXTS: bool = true;

    #[inline]
    fn into_abi(self) -> RawVec<u8> {
        RawVec::new(self.into_bytes())
    }

    #[inline]
    fn into_own_abi(self) -> RawVec<u8> {
        RawVec::of_own_text(self)
    }

    #[inline]
    unsafe fn from_abi(abi: RawVec<u8>) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise; nothing is vouched for.
        unsafe { Self::from_abi_with(abi, Texts::Checked) }
    }

    // Always: as a call of its own this would return the text through memory, from where it
    // would be copied on before it has arrived there.
    #[inline(always)]
    unsafe fn from_abi_with(abi: RawVec<u8>, texts: Texts) -> Result<Self, Invalid> {
        // SAFETY: the bytes are taken over once.
        match unsafe { abi.into_own_text() } {
            Ok(text) => Ok(text),
            // SAFETY: the caller's promise is the one that is asked for.
            Err(abi) => unsafe { received_text(abi, texts) },
        }
    }
}

/// Takes over what is to be a text.
///
/// # Safety
///
/// As for [`Value::from_abi_with`].
#[inline]
unsafe fn received_text(abi: RawVec<u8>, texts: Texts) -> Result<String, Invalid> {
    // SAFETY: the bytes are the other side's, any bits are valid, and they are taken over
    // once.
    let bytes = unsafe { plain(abi)? };
    if texts == Texts::Checked && simdutf8::basic::from_utf8(&bytes).is_err() {
        return Err(Invalid::Utf8);
    }
    // SAFETY: just checked, or vouched for.
    Ok(unsafe { String::from_utf8_unchecked(bytes) })
}

// SAFETY: the elements move with their release function; each is received on
// its own unless any bit pattern will do.
unsafe impl<T: Value> Value for Vec<T> {
    type Abi = RawVec<T::Abi>;

    const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::Vec, &[<T as Value>::SCHEMA]);

    const HAS_TEXTS: bool = T::HAS_TEXTS;

    #[inline]
    fn into_abi(self) -> RawVec<T::Abi> {
        if T::PLAIN {
            let RawVec { ptr, len, capacity, release } = RawVec::new(self);
            return RawVec { ptr: ptr.cast(), len, capacity, release };
        }
        let mut elements = Vec::new();
        // Elements without a size get one here, so that the memory may not be there. A
        // panic can be caught (in a plugin's reply it is, at the boundary); a failed
        // allocation would abort.
        if elements.try_reserve_exact(self.len()).is_err() {
            panic!("no memory for {} elements", self.len());
        }
        elements.extend(self.into_iter().map(T::into_abi));
        RawVec::new(elements)
    }

    #[inline]
    unsafe fn from_abi(abi: RawVec<T::Abi>) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise; nothing is vouched for.
        unsafe { Self::from_abi_with(abi, Texts::Checked) }
    }

    #[inline]
    unsafe fn from_abi_with(abi: RawVec<T::Abi>, texts: Texts) -> Result<Self, Invalid> {
        if T::PLAIN {
            let RawVec { ptr, len, capacity, release } = abi;
            let abi = RawVec { ptr: ptr.cast::<T>(), len, capacity, release };
            // SAFETY: any bits are valid elements, which are taken over once.
            return unsafe { plain(abi) };
        }
        // SAFETY: the elements are the other side's until they are released.
        let received = match unsafe { abi.as_slice() } {
            // SAFETY: the elements are taken over here, once.
            Ok(elements) => unsafe { taken_over(elements, texts) },
            Err(error) => Err(error),
        };
        // SAFETY: the elements were taken over, so nothing refers to them.
        unsafe { abi.release() };
        received
    }
}

/// Takes elements over of which any bits are valid: without a copy when this side
/// made the allocation.
///
/// # Safety
///
/// As for [`Value::from_abi`], and any bits are a valid `T`.
#[inline]
unsafe fn plain<T>(abi: RawVec<T>) -> Result<Vec<T>, Invalid> {
    // SAFETY: the elements are the other side's until they are released.
    let elements = match unsafe { abi.as_slice() } {
        Ok(elements) => elements.as_ptr(),
        Err(invalid) => {
            // SAFETY: nothing refers to the elements.
            unsafe { abi.release() };
            return Err(invalid);
        }
    };
    // SAFETY: the elements were checked, and are taken over once.
    unsafe {
        abi.into_own().or_else(|foreign| {
            let copy = copied(elements, foreign.len);
            foreign.release();
            Ok(copy)
        })
    }
}

/// # Safety
///
/// `len` elements can be read at `elements`, which may be read twice.
pub(crate) unsafe fn copied<T>(elements: *const T, len: usize) -> Vec<T> {
    let mut copy = Vec::<T>::with_capacity(len);
    // SAFETY: the source is the caller's promise, the target was just allocated.
    unsafe {
        copy.as_mut_ptr().copy_from_nonoverlapping(elements, len);
        copy.set_len(len);
    }
    copy
}

/// # Safety
///
/// The elements came from the other side and are not used again; `texts` is true.
unsafe fn taken_over<T: Value>(elements: &[T::Abi], texts: Texts) -> Result<Vec<T>, Invalid> {
    let mut received = Vec::with_capacity(elements.len());
    let mut first_error = None;
    for element in elements {
        // SAFETY: each element is read once, and taken over also after another
        // one was found invalid, so that none leaks.
        match unsafe { T::from_abi_with(std::ptr::read(element), texts) } {
            Ok(element) => received.push(element),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    first_error.map_or(Ok(received), Err)
}
