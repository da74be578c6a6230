//! How Rust types cross: each type's form in memory and in registers.
//!
//! A [`Value`] is owned and crosses in both directions; the side that receives
//! it takes it over, together with whatever it must release. An [`Argument`] is
//! a value, or something lent for the call. Both are described by a
//! [`TypeSchema`], so that a host can check that the two sides mean the same.

mod array;
mod duration;
mod option;
mod register;
mod result;
mod scalar;
mod sequence;
mod tuple;

use std::error::Error;
use std::fmt;
use std::mem::ManuallyDrop;

use crate::abi::TypeSchema;

pub use register::Register;
pub use sequence::Plain;
pub(crate) use sequence::copied;

/// Why something that crossed does not have the form that its type promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Invalid {
    /// A pointer is null.
    Null,
    /// A pointer is not aligned for its type.
    Alignment,
    /// A length is larger than any allocation can be.
    Length,
    /// More elements are said to be there than there is room for.
    Capacity,
    /// A table is smaller than its first version, or ends in the middle of a field.
    Size,
    /// A text is not UTF-8.
    Utf8,
    /// A number lies outside the range of its type.
    Range,
    /// A discriminant is none of its type's.
    Discriminant,
    /// A status is neither success nor failure.
    Status,
    /// A failure was announced and not described.
    Undescribed,
    /// A proxy, or a lent implementation, is of another contract than the receiver
    /// knows, or of another form of it.
    Contract,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "a pointer is null",
            Self::Alignment => "a pointer is not aligned for its type",
            Self::Length => "a length is larger than any allocation",
            Self::Capacity => "a length is larger than the capacity",
            Self::Size => "a table has a size that no version of it has",
            Self::Utf8 => "a text is not UTF-8",
            Self::Range => "a number lies outside the range of its type",
            Self::Discriminant => "a discriminant is unknown",
            Self::Status => "a status is unknown",
            Self::Contract => {
                "it is of another contract, or of another form of it; build both sides with the same version"
            }
            Self::Undescribed => "a failure was announced and not described",
        })
    }
}

impl Error for Invalid {}

/// How texts are taken that come from the other side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Texts {
    /// Each is checked.
    Checked,
    /// The types of the other side's language make them UTF-8, for which it vouches.
    Vouched,
}

/// An owned type that may cross, as an argument and as a result.
///
/// # Safety
///
/// `SCHEMA` describes `Abi` truly; the texts in what `into_abi` gives are UTF-8, because
/// other sides take that on trust; `from_abi` relies on nothing but what its
/// own safety section grants, and with [`Value::PLAIN`] every bit pattern is a
/// valid `Self` whose form in memory is `Abi`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between a host and a plugin",
    label = "this type cannot cross",
    note = "what may cross: numbers, `bool`, `char`, `()`, `String`, `Duration`, `PluginError`, of those `Vec<T>`, \
            `Option<T>`, `Result<T, E>`, arrays and tuples, and your own types under `#[derive(Abi)]`; as an \
            argument also `&str`, and `&[T]` and `&mut [T]` with numbers in them"
)]
pub unsafe trait Value: Sized {
    /// The form in memory, as an element or a field.
    type Abi: Register;

    /// The description that both sides compare.
    const SCHEMA: &'static TypeSchema;

    /// Whether the form in memory is the type itself, for any bit pattern.
    const PLAIN: bool = false;

    /// Whether there may be texts in it for which [`Value::from_abi_with`] takes a word.
    const HAS_TEXTS: bool = false;

    /// Gives the value away, with all that it owns.
    fn into_abi(self) -> Self::Abi;

    /// As [`into_abi`](Self::into_abi), for somebody who shares this copy of the crate:
    /// what was checked on this side may say so.
    #[inline]
    fn into_own_abi(self) -> Self::Abi {
        self.into_abi()
    }

    /// Takes a value over, and releases what the other side owned of it also
    /// when it is invalid.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with it.
    ///
    /// # Safety
    ///
    /// `abi` came from the other side as a value of this schema and is taken
    /// over once; its pointers, where they are not null and its lengths are
    /// possible, point at that much initialised memory.
    unsafe fn from_abi(abi: Self::Abi) -> Result<Self, Invalid>;

    /// As [`Value::from_abi`], where somebody may vouch for the texts in it.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with it.
    ///
    /// # Safety
    ///
    /// As for [`Value::from_abi`], and all texts are UTF-8 if they are vouched for.
    #[inline]
    unsafe fn from_abi_with(abi: Self::Abi, texts: Texts) -> Result<Self, Invalid> {
        // What is vouched for may be checked all the same.
        let _ = texts;
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { Self::from_abi(abi) }
    }
}

/// A type that may stand in a method's arguments.
///
/// # Safety
///
/// As for [`Value`], and for what `lower` gives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between a host and a plugin",
    label = "this type cannot cross",
    note = "what may cross: numbers, `bool`, `char`, `()`, `String`, `Duration`, `PluginError`, of those `Vec<T>`, \
            `Option<T>`, `Result<T, E>`, arrays and tuples, and your own types under `#[derive(Abi)]`; as an \
            argument also `&str`, and `&[T]` and `&mut [T]` with numbers in them"
)]
pub unsafe trait Argument: Sized {
    /// The form in which the argument is passed.
    type Passed;

    /// The description that both sides compare.
    const SCHEMA: &'static TypeSchema;

    /// Whether there may be texts in it for which [`Argument::lift_with`] takes a word.
    const HAS_TEXTS: bool = false;

    /// The form in which the argument is passed. What was owned now belongs to
    /// the callee; what was borrowed is lent.
    ///
    /// # Safety
    ///
    /// Called once; `this` is neither moved nor touched until the call for
    /// which it is passed has returned.
    unsafe fn lower(this: &mut ManuallyDrop<Self>) -> Self::Passed;

    /// Receives the argument.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with it.
    ///
    /// # Safety
    ///
    /// `passed` was passed by a caller as an argument of this schema, and is
    /// received once, during the call for which borrowed parts were lent.
    unsafe fn lift(passed: Self::Passed) -> Result<Self, Invalid>;

    /// As [`Argument::lift`], where somebody may vouch for the texts in it.
    ///
    /// # Errors
    ///
    /// [`Invalid`] says what is wrong with it.
    ///
    /// # Safety
    ///
    /// As for [`Argument::lift`], and all texts are UTF-8 if they are vouched for.
    #[inline]
    unsafe fn lift_with(passed: Self::Passed, texts: Texts) -> Result<Self, Invalid> {
        // What is vouched for may be checked all the same.
        let _ = texts;
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { Self::lift(passed) }
    }
}

// SAFETY: both sides are the promises of `Value`.
unsafe impl<T: Value> Argument for T {
    type Passed = <T::Abi as Register>::Passed;

    const SCHEMA: &'static TypeSchema = <T as Value>::SCHEMA;

    const HAS_TEXTS: bool = <T as Value>::HAS_TEXTS;

    #[inline]
    unsafe fn lower(this: &mut ManuallyDrop<Self>) -> Self::Passed {
        // SAFETY: called once, and `this` is not touched afterwards.
        unsafe { ManuallyDrop::take(this) }.into_abi().pass()
    }

    #[inline]
    unsafe fn lift(passed: Self::Passed) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise covers what is asked for.
        unsafe { Self::lift_with(passed, Texts::Checked) }
    }

    #[inline]
    unsafe fn lift_with(passed: Self::Passed, texts: Texts) -> Result<Self, Invalid> {
        let abi = Register::receive(passed)?;
        // SAFETY: the caller's promise covers what `from_abi_with` asks for.
        unsafe { T::from_abi_with(abi, texts) }
    }
}
