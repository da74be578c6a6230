//! What a closure takes.
//!
//! A parameter that borrows has another lifetime in each call, so a closure is described
//! by types that stand for its parameters at any lifetime.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use crate::abi::{RawSlice, RawSliceMut, RawStr, TypeSchema};
use crate::convert::{Argument, Invalid, Plain, Register, Value};

/// Stands for the type of a parameter, whether or not that can cross.
pub trait Parameter: 'static {
    /// The type in a call that lasts as long as `'a`.
    type As<'a>;
}

/// A parameter that can cross.
///
/// # Safety
///
/// As for [`Argument`].
pub unsafe trait Crossing: Parameter {
    /// The form in which it is passed.
    type Passed;

    /// The description that both sides compare.
    const SCHEMA: &'static TypeSchema;

    /// As [`Argument::lower`].
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn lower(this: &mut ManuallyDrop<Self::As<'_>>) -> Self::Passed;

    /// As [`Argument::lift`].
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with it.
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn lift<'a>(passed: Self::Passed) -> Result<Self::As<'a>, Invalid>;
}

/// A parameter that is passed by value.
#[derive(Debug)]
pub struct OwnedParameter<T>(PhantomData<T>);

/// `&str`
#[derive(Debug)]
pub struct TextParameter;

/// `&[T]`
#[derive(Debug)]
pub struct SliceParameter<T>(PhantomData<T>);

/// `&mut [T]`
#[derive(Debug)]
pub struct SliceMutParameter<T>(PhantomData<T>);

macro_rules! parameters {
    ($($stands:ident $(<$generic:ident: $bound:ident>)?, $ty:ty, $passed:ty;)*) => {$(
        impl $(<$generic: 'static>)? Parameter for $stands $(<$generic>)? {
            type As<'a> = $ty;
        }

        // SAFETY: each is the type's own answer, which is the same at any lifetime.
        unsafe impl $(<$generic: $bound + 'static>)? Crossing for $stands $(<$generic>)? {
            type Passed = $passed;

            const SCHEMA: &'static TypeSchema = {
                type Of<'a, $($generic)?> = $ty;
                <Of<'static, $($generic)?> as Argument>::SCHEMA
            };

            #[inline]
            unsafe fn lower(this: &mut ManuallyDrop<Self::As<'_>>) -> $passed {
                // SAFETY: the caller's promise is the one that is asked for.
                unsafe { Argument::lower(this) }
            }

            #[inline]
            unsafe fn lift<'a>(passed: $passed) -> Result<Self::As<'a>, Invalid> {
                // SAFETY: the caller's promise is the one that is asked for.
                unsafe { Argument::lift(passed) }
            }
        }
    )*};
}

parameters! {
    OwnedParameter<T: Value>, T, <T::Abi as Register>::Passed;
    TextParameter, &'a str, RawStr;
    SliceParameter<T: Plain>, &'a [T], RawSlice<T>;
    SliceMutParameter<T: Plain>, &'a mut [T], RawSliceMut<T>;
}
