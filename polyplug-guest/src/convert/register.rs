//! How a value in memory travels when it is passed alone.

use super::Invalid;
use crate::abi::{RawOwned, RawProxy, RawVec};

/// The form in which a value of this layout is passed to a function and
/// returned from it. Small integers travel as 32 bits, because C conventions
/// disagree about who fills the rest of the register.
pub trait Register: Sized {
    /// The form in the register.
    type Passed;

    /// Puts the value into the register.
    fn pass(self) -> Self::Passed;

    /// Checks what arrived.
    ///
    /// # Errors
    ///
    /// [`Invalid::Range`] when a small integer does not fit.
    fn receive(passed: Self::Passed) -> Result<Self, Invalid>;
}

macro_rules! widened {
    ($($small:ty => $wide:ty),* $(,)?) => {$(
        impl Register for $small {
            type Passed = $wide;

            #[inline]
            fn pass(self) -> $wide {
                self.into()
            }

            #[inline]
            fn receive(passed: $wide) -> Result<Self, Invalid> {
                passed.try_into().map_err(|_| Invalid::Range)
            }
        }
    )*};
}

macro_rules! unchanged {
    ($($ty:ty),* $(,)?) => {$(
        impl Register for $ty {
            type Passed = Self;

            #[inline]
            fn pass(self) -> Self {
                self
            }

            #[inline]
            fn receive(passed: Self) -> Result<Self, Invalid> {
                Ok(passed)
            }
        }
    )*};
}

widened!(u8 => u32, u16 => u32, i8 => i32, i16 => i32);
unchanged!(u32, u64, i32, i64, f32, f64);

/// Types of the ABI that travel as they lie in memory.
macro_rules! as_it_is {
    ($([$($generics:tt)*] $ty:ty,)*) => {$(
        impl<$($generics)*> $crate::convert::Register for $ty {
            type Passed = Self;

            #[inline]
            fn pass(self) -> Self {
                self
            }

            #[inline]
            fn receive(passed: Self) -> Result<Self, $crate::convert::Invalid> {
                Ok(passed)
            }
        }
    )*};
}

pub(super) use as_it_is;

as_it_is! {
    [T] RawVec<T>,
    [T] RawOwned<T>,
    [] RawProxy,
}
