//! Types of which a macro knows only the name.
//!
//! A [`Probe`] tells what such a type can do, as a constant. Expanded code asks once, at the place where the user wrote the type, whether
//! it can cross. So that the answer "no" is one error and not one for every use,
//! all other uses go through [`ArgumentOr`] and [`ValueOr`]: they stand for the
//! type itself when it can cross, and for `()` in a program that does not
//! compile.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use crate::convert::{Argument, Plain, Value};

/// Tells what `T` can do: by its own constants where it can, else by those of
/// [`Otherwise`], which must be in scope.
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: Value> Probe<T> {
    /// `T` is a [`Value`].
    pub const IS_VALUE: bool = true;
}

impl<T: Argument> Probe<T> {
    /// `T` is an [`Argument`].
    pub const IS_ARGUMENT: bool = true;
}

impl<T: Plain> Probe<T> {
    /// `T` is [`Plain`].
    pub const IS_PLAIN: bool = true;
}

impl<T: Send + Sync + 'static> Probe<T> {
    /// Any thread may use a `T`.
    pub const IS_ANY_THREAD: bool = true;
}

impl<T: Send + ?Sized> Probe<T> {
    /// A `T` may be handed to another thread.
    pub const IS_SEND: bool = true;
}

impl<T: Sync + ?Sized> Probe<T> {
    /// Several threads may use a `T` at once.
    pub const IS_SYNC: bool = true;
}

#[allow(drop_bounds, reason = "the question is whether the type itself has a destructor")]
impl<T: Drop> Probe<T> {
    /// `T` has a destructor of its own, whatever its fields have.
    pub const HAS_DROP: bool = true;
}

/// What a [`Probe`] says about any other type.
pub trait Otherwise {
    /// The type is no [`Value`].
    const IS_VALUE: bool = false;

    /// The type is no [`Argument`].
    const IS_ARGUMENT: bool = false;

    /// The type is not [`Plain`].
    const IS_PLAIN: bool = false;

    /// Some threads must not use the type.
    const IS_ANY_THREAD: bool = false;

    /// The type must stay on its thread.
    const IS_SEND: bool = false;

    /// One thread at a time may use the type.
    const IS_SYNC: bool = false;

    /// The type has no destructor of its own.
    const HAS_DROP: bool = false;
}

impl<T: ?Sized> Otherwise for Probe<T> {}

/// An argument of type `Self`, where `IS` says whether it can be one.
pub trait ArgumentOr<const IS: bool>: Sized {
    /// What crosses.
    type As: Argument;

    /// What crosses for `self`.
    fn give(self) -> Self::As;

    /// What has crossed as `it`.
    fn take(it: Self::As) -> Self;
}

impl<T: Argument> ArgumentOr<true> for T {
    type As = T;

    #[inline(always)]
    fn give(self) -> T {
        self
    }

    #[inline(always)]
    fn take(it: T) -> T {
        it
    }
}

impl<T> ArgumentOr<false> for T {
    type As = ();

    fn give(self) {}

    fn take((): ()) -> T {
        unreachable!("the program does not compile")
    }
}

/// A result of type `Self`, where `IS` says whether it can be one.
pub trait ValueOr<const IS: bool>: Sized {
    /// What crosses.
    type As: Value;

    /// What crosses for `self`.
    fn give(self) -> Self::As;

    /// What has crossed as `it`.
    fn take(it: Self::As) -> Self;
}

impl<T: Value> ValueOr<true> for T {
    type As = T;

    #[inline(always)]
    fn give(self) -> T {
        self
    }

    #[inline(always)]
    fn take(it: T) -> T {
        it
    }
}

impl<T> ValueOr<false> for T {
    type As = ();

    fn give(self) {}

    fn take((): ()) -> T {
        unreachable!("the program does not compile")
    }
}

/// What a field of a type that borrows may borrow.
///
/// # Safety
///
/// What the form refers to lies outside of the argument, and lives as long as what the
/// argument borrows: it may be lowered from a temporary place.
pub unsafe trait LentField: Argument {}

// SAFETY: the form refers to the text.
unsafe impl LentField for &str {}
// SAFETY: the form refers to the elements.
unsafe impl<T: Plain> LentField for &[T] {}
// SAFETY: there is nothing.
unsafe impl LentField for () {}

/// The form of a field that is lent with the whole.
#[inline]
pub fn lower_field<F: LentField>(field: F) -> F::Passed {
    // SAFETY: called once; by `LentField` the form does not refer to this place.
    unsafe { F::lower(&mut ManuallyDrop::new(field)) }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn a_probe_tells_what_a_type_can_do() {
        struct Colour;
        const {
            assert!(Probe::<Vec<String>>::IS_VALUE && Probe::<String>::IS_ARGUMENT);
            assert!(Probe::<&[u8]>::IS_ARGUMENT && !Probe::<&[u8]>::IS_VALUE);
            assert!(!Probe::<Vec<Colour>>::IS_VALUE && !Probe::<&[Colour]>::IS_ARGUMENT);
        }
        const {
            assert!(Probe::<u8>::IS_PLAIN && !Probe::<bool>::IS_PLAIN);
            assert!(Probe::<Colour>::IS_ANY_THREAD && !Probe::<Rc<u8>>::IS_ANY_THREAD);
            assert!(!Probe::<RefCell<u8>>::IS_ANY_THREAD);
            assert!(Probe::<RefCell<u8>>::IS_SEND && !Probe::<RefCell<u8>>::IS_SYNC);
            assert!(Probe::<dyn Send + Sync>::IS_SYNC && !Probe::<dyn Sync>::IS_SEND);
        }
        assert_eq!(<u8 as ValueOr<true>>::take(<u8 as ValueOr<true>>::give(7)), 7);
        <Colour as ArgumentOr<false>>::give(Colour);
    }
}
