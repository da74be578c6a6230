//! `Option` as a value.

use std::mem::MaybeUninit;

use super::register::as_it_is;
use super::{Invalid, Texts, Value};
use crate::abi::{RawVec, TypeKind, TypeSchema};

/// An `Option` in memory: whether there is a value, then the value.
#[repr(C)]
pub struct RawOption<T> {
    /// 1 for `Some`, 0 for `None`; anything else is invalid.
    pub is_some: u32,
    /// The value, when there is one. Else zero bytes.
    pub value: MaybeUninit<T>,
}

as_it_is! {
    [T] RawOption<T>,
}

// SAFETY: the discriminant is checked, and the value received as its own type's.
unsafe impl<T: Value> Value for Option<T> {
    type Abi = RawOption<T::Abi>;

    const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::Option, &[<T as Value>::SCHEMA]);

    const HAS_TEXTS: bool = T::HAS_TEXTS;

    #[inline]
    fn into_abi(self) -> Self::Abi {
        match self {
            Some(value) => RawOption { is_some: 1, value: MaybeUninit::new(value.into_abi()) },
            None => RawOption { is_some: 0, value: MaybeUninit::zeroed() },
        }
    }

    #[inline]
    unsafe fn from_abi(abi: Self::Abi) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise; nothing is vouched for.
        unsafe { Self::from_abi_with(abi, Texts::Checked) }
    }

    #[inline]
    unsafe fn from_abi_with(abi: Self::Abi, texts: Texts) -> Result<Self, Invalid> {
        match abi.is_some {
            0 => Ok(None),
            // SAFETY: the discriminant says that there is a value.
            1 => unsafe { T::from_abi_with(abi.value.assume_init(), texts) }.map(Some),
            _ => Err(Invalid::Discriminant),
        }
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<RawOption<u8>>() == 8);
    assert!(size_of::<RawOption<u64>>() == 16);
    assert!(size_of::<RawOption<RawVec<u8>>>() == 40);
};
