//! A closure that is lent for a call: `&dyn Fn(A, ..) -> R` and
//! `&mut dyn FnMut(A, ..) -> R`.
//!
//! It crosses as an implementation of a contract with one method would: the lender's
//! side is a [`Lender`], a failure of the closure unwinds on the borrower's side, and
//! fails the call for which the closure was lent.

mod arity;
mod parameter;

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use super::lender::Lender;
use super::loan::Settle;
use crate::abi::{ErrorReport, Function, LentClosure, TypeSchema, UniformCall, copy_table};
use crate::convert::{Argument, Invalid};

pub use arity::{OfFn, OfFnMut};
pub use parameter::{OwnedParameter, SliceMutParameter, SliceParameter, TextParameter};

/// An argument that is a closure: on the lender's side what is lent, on the other one
/// how that is called.
pub struct Closure<'a, F: Signature> {
    side: Side<F>,
    lent: PhantomData<&'a F::Dyn>,
}

enum Side<F: Signature> {
    Lender(Lender<F::Dyn, LentClosure>),
    Borrower { closure: LentClosure, call: F::Call },
}

/// What a closure takes and returns, whether or not that can cross.
pub trait Signature {
    /// The closure.
    type Dyn: ?Sized + 'static;

    /// How a borrower calls it.
    type Call: Copy;

    /// Whether it is called by one at a time.
    const IS_EXCLUSIVE: bool;
}

/// A signature of which every type can cross.
///
/// # Safety
///
/// `SCHEMA` describes the parameters and the result; `FUNCTION` takes a `Lender` of the
/// closure and calls it, `UNIFORM` calls such a function, and so does `CALL`.
pub unsafe trait Crosses: Signature {
    /// The description that both sides compare.
    const SCHEMA: &'static TypeSchema;

    /// The lender's function.
    const FUNCTION: Function;

    /// The adapter for it.
    const UNIFORM: UniformCall;

    /// How a borrower calls such a function.
    const CALL: Self::Call;
}

impl<F: Signature> Closure<'_, F> {
    /// Lends `lent`.
    ///
    /// # Safety
    ///
    /// `lent` comes from a reference that lives as long as the result: from a `&mut` one
    /// if the signature is exclusive.
    pub unsafe fn lend(lent: *mut F::Dyn) -> Self {
        Self { side: Side::Lender(Lender::new(lent, F::IS_EXCLUSIVE)), lent: PhantomData }
    }
}

// SAFETY: a pointer to a table is passed, which is read as far as it goes.
unsafe impl<F: Crosses> Argument for Closure<'_, F> {
    type Passed = *const LentClosure;

    const SCHEMA: &'static TypeSchema = F::SCHEMA;

    unsafe fn lower(this: &mut ManuallyDrop<Self>) -> *const LentClosure {
        let Side::Lender(lender) = &mut this.side else { return std::ptr::null() };
        // SAFETY: the argument stays in place until the call is over.
        unsafe {
            Lender::pass(lender, |context| LentClosure {
                size: size_of::<LentClosure>(),
                function: Some(F::FUNCTION),
                uniform: Some(F::UNIFORM),
                context,
            })
        }
    }

    unsafe fn lift(passed: *const LentClosure) -> Result<Self, Invalid> {
        // SAFETY: the caller lent the table for the call.
        let closure = unsafe { copy_table(passed)? };
        if closure.function.is_none() {
            return Err(Invalid::Null);
        }
        Ok(Self { side: Side::Borrower { closure, call: F::CALL }, lent: PhantomData })
    }
}

impl<F: Signature> Settle for ManuallyDrop<Closure<'_, F>> {
    unsafe fn settle(&mut self) -> Option<ErrorReport> {
        // SAFETY: the caller's promise.
        match unsafe { ManuallyDrop::take(self) }.side {
            Side::Lender(lender) => lender.into_failure(),
            Side::Borrower { .. } => None,
        }
    }
}
