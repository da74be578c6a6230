//! Numbers, `bool`, `char` and `()`.

use super::{Invalid, Value};
use crate::abi::{TypeKind, TypeSchema};

macro_rules! numbers {
    ($($ty:ident: $kind:ident),* $(,)?) => {$(
        // SAFETY: the form in memory is the number itself.
        unsafe impl Value for $ty {
            type Abi = Self;

            const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::$kind, &[]);

            const PLAIN: bool = true;

            #[inline]
            fn into_abi(self) -> Self {
                self
            }

            #[inline]
            unsafe fn from_abi(abi: Self) -> Result<Self, Invalid> {
                Ok(abi)
            }
        }
    )*};
}

/// Numbers and others that cross as a number of another type.
macro_rules! as_numbers {
    ($($ty:ty: $kind:ident as $abi:ty, $into:expr, $from:expr;)*) => {$(
        // SAFETY: any number is taken, and checked.
        unsafe impl Value for $ty {
            type Abi = $abi;

            const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::$kind, &[]);

            #[inline]
            fn into_abi(self) -> $abi {
                $into(self)
            }

            #[inline]
            unsafe fn from_abi(abi: $abi) -> Result<Self, Invalid> {
                $from(abi)
            }
        }
    )*};
}

numbers! {
    u8: U8, u16: U16, u32: U32, u64: U64,
    i8: I8, i16: I16, i32: I32, i64: I64,
    f32: F32, f64: F64,
}

as_numbers! {
    (): Unit as u8, |()| 0, |abi| match abi {
        0 => Ok(()),
        _ => Err(Invalid::Range),
    };
    bool: Bool as u8, u8::from, |abi| match abi {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Invalid::Range),
    };
    char: Char as u32, u32::from, |abi| char::from_u32(abi).ok_or(Invalid::Range);
    usize: Usize as u64, |value| value as u64, |abi| usize::try_from(abi).map_err(|_| Invalid::Range);
    isize: Isize as i64, |value| value as i64, |abi| isize::try_from(abi).map_err(|_| Invalid::Range);
}
