//! `Result` and `PluginError` as values.

use std::mem::ManuallyDrop;

use super::register::as_it_is;
use super::{Invalid, Texts, Value};
use crate::abi::{RawVec, TypeKind, TypeSchema};
use crate::error::PluginError;

/// A `Result` in memory: which side holds, then that side.
#[repr(C)]
pub struct RawResult<T, E> {
    /// 0 for `Ok`, 1 for `Err`; anything else is invalid.
    pub is_err: u32,
    /// The side that `is_err` names.
    pub side: RawSide<T, E>,
}

/// The two sides of a [`RawResult`].
#[repr(C)]
pub union RawSide<T, E> {
    /// For 0.
    pub ok: ManuallyDrop<T>,
    /// For 1.
    pub err: ManuallyDrop<E>,
}

as_it_is! {
    [T, E] RawResult<T, E>,
    [] RawPluginError,
}

// SAFETY: the discriminant is checked, and each side is received as its own
// type's.
unsafe impl<T: Value, E: Value> Value for Result<T, E> {
    type Abi = RawResult<T::Abi, E::Abi>;

    const SCHEMA: &'static TypeSchema =
        &TypeSchema::new(TypeKind::Result, &[<T as Value>::SCHEMA, <E as Value>::SCHEMA]);

    const HAS_TEXTS: bool = T::HAS_TEXTS || E::HAS_TEXTS;

    #[inline]
    fn into_abi(self) -> Self::Abi {
        match self {
            Ok(value) => {
                RawResult { is_err: 0, side: RawSide { ok: ManuallyDrop::new(value.into_abi()) } }
            }
            Err(error) => {
                RawResult { is_err: 1, side: RawSide { err: ManuallyDrop::new(error.into_abi()) } }
            }
        }
    }

    #[inline]
    unsafe fn from_abi(abi: Self::Abi) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise; nothing is vouched for.
        unsafe { Self::from_abi_with(abi, Texts::Checked) }
    }

    #[inline]
    unsafe fn from_abi_with(abi: Self::Abi, texts: Texts) -> Result<Self, Invalid> {
        match abi.is_err {
            0 => {
                // SAFETY: the discriminant says that this side was written.
                let ok = unsafe { ManuallyDrop::into_inner(abi.side.ok) };
                // SAFETY: the caller's promise.
                unsafe { T::from_abi_with(ok, texts) }.map(Ok)
            }
            1 => {
                // SAFETY: the discriminant says that this side was written.
                let err = unsafe { ManuallyDrop::into_inner(abi.side.err) };
                // SAFETY: the caller's promise.
                unsafe { E::from_abi_with(err, texts) }.map(Err)
            }
            _ => Err(Invalid::Discriminant),
        }
    }
}

/// A [`PluginError`] in memory.
#[repr(C)]
pub struct RawPluginError {
    /// The kind that the plugin chose, 0 to 65,535.
    pub kind: u32,
    /// The message.
    pub message: RawVec<u8>,
}

// SAFETY: the kind is checked, the message is received as a `String`.
unsafe impl Value for PluginError {
    type Abi = RawPluginError;

    const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::PluginError, &[]);

    fn into_abi(self) -> RawPluginError {
        let (kind, message) = self.into_parts();
        RawPluginError { kind: kind.into(), message: message.into_abi() }
    }

    unsafe fn from_abi(abi: RawPluginError) -> Result<Self, Invalid> {
        // SAFETY: the message is taken over here, also when the kind is wrong.
        let message = unsafe { String::from_abi(abi.message)? };
        let kind = u16::try_from(abi.kind).map_err(|_| Invalid::Range)?;
        Ok(Self::msg(message).with_kind(kind))
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<RawPluginError>() == 40);
    assert!(size_of::<RawResult<u32, u32>>() == 8);
    assert!(size_of::<RawResult<u8, RawVec<u8>>>() == 40);
};
