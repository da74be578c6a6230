//! Arrays as values.

use std::mem::ManuallyDrop;

use super::register::as_it_is;
use super::{Invalid, Plain, Value};
use crate::abi::TypeSchema;

/// An array in memory.
#[repr(C)]
pub union RawArray<T, const N: usize> {
    /// The elements.
    pub elements: ManuallyDrop<[T; N]>,
    /// Gives an array without elements a size, which C wants of everything.
    pub nothing: u8,
}

as_it_is! {
    [T, const N: usize] RawArray<T, N>,
}

// SAFETY: each element is received on its own. With `PLAIN` the union is as large
// as its elements, of which any bits are valid.
unsafe impl<T: Value, const N: usize> Value for [T; N] {
    type Abi = RawArray<T::Abi, N>;

    const SCHEMA: &'static TypeSchema = &TypeSchema::array(N, &[<T as Value>::SCHEMA]);

    const PLAIN: bool = T::PLAIN && N > 0;

    #[inline]
    fn into_abi(self) -> Self::Abi {
        RawArray { elements: ManuallyDrop::new(self.map(T::into_abi)) }
    }

    #[inline]
    unsafe fn from_abi(abi: Self::Abi) -> Result<Self, Invalid> {
        // SAFETY: `elements` was written, and has no bytes when there are none.
        let elements = ManuallyDrop::into_inner(unsafe { abi.elements });
        let mut invalid = None;
        // All are taken over, also after one was found invalid, so that none leaks.
        let received = elements.map(|element| {
            // SAFETY: each element came with the array, and is taken over once.
            unsafe { T::from_abi(element) }.map_err(|why| invalid = invalid.or(Some(why))).ok()
        });
        match invalid {
            Some(why) => Err(why),
            None => Ok(received.map(|element| match element {
                Some(element) => element,
                None => unreachable!("none was invalid"),
            })),
        }
    }
}

// SAFETY: any bits are valid elements, and so for the array.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

const _: () = {
    assert!(size_of::<RawArray<u16, 3>>() == 6);
    assert!(size_of::<RawArray<u8, 0>>() == 1);
    assert!(size_of::<RawArray<u64, 0>>() == align_of::<u64>());
};
