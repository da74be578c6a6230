//! Signatures of closures with each number of parameters.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, transmute};

use super::parameter::{Crossing, Parameter};
use super::{Closure, Crosses, Side, Signature};
use crate::abi::{
    ErrorBuffer, ErrorReport, Function, LentClosure, TypeKind, TypeSchema, UniformCall,
};
use crate::convert::{Invalid, Value};
use crate::private::remote::{received, unwind};
use crate::private::serve::{Refused, serve_exclusive, serve_shared};
use crate::private::{Loan, Reply, uniform_reply};

/// The signature of a `dyn Fn` that takes the tuple `P` of parameters.
#[derive(Debug)]
pub struct OfFn<P, R>(PhantomData<(P, R)>);

/// The signature of a `dyn FnMut` that takes the tuple `P` of parameters.
#[derive(Debug)]
pub struct OfFnMut<P, R>(PhantomData<(P, R)>);

/// Receives a parameter, the `number`th from 1 on.
///
/// # Safety
///
/// As for [`Crossing::lift`].
#[inline]
unsafe fn lift<'a, P: Crossing>(
    number: &'static str,
    passed: P::Passed,
) -> Result<P::As<'a>, Refused> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { P::lift(passed) }.map_err(|invalid| Refused::Argument { name: number, invalid })
}

/// Unwinds because the closure that is the argument `name` failed.
#[cold]
#[inline(never)]
fn fail(name: &'static str, report: Result<ErrorReport, Invalid>) -> ! {
    unwind(format!("in the closure `{name}`"), report)
}

macro_rules! signature {
    (
        $form:ident, $kind:ident, $trait:ident, $serve:ident, $is_exclusive:literal,
        [$($mutable:tt)?], ($($p:ident $lifetime:lifetime $argument:ident $number:literal),*)
    ) => {
        impl<$($p: Parameter,)* R: 'static> Signature for $form<($($p,)*), R> {
            type Dyn = dyn for<$($lifetime),*> $trait($($p::As<$lifetime>),*) -> R;
            type Call = for<'c, $($lifetime),*> unsafe fn(
                &'c LentClosure,
                &'static str,
                $($p::As<$lifetime>),*
            ) -> R;

            const IS_EXCLUSIVE: bool = $is_exclusive;
        }

        impl<$($p: Parameter,)* R: 'static> Closure<'_, $form<($($p,)*), R>> {
            /// What was lent, as the argument `name`. A call that fails unwinds.
            #[inline]
            pub fn borrowed(
                $($mutable)? self,
                name: &'static str,
            ) -> impl for<$($lifetime),*> $trait($($p::As<$lifetime>),*) -> R {
                move |$($argument: $p::As<'_>),*| match & $($mutable)? self.side {
                    // SAFETY: the closure was checked when it was received.
                    Side::Borrower { closure, call } => unsafe {
                        call(closure, name, $($argument),*)
                    },
                    // SAFETY: the reference behind it outlives this value.
                    Side::Lender(lender) => unsafe {
                        (& $($mutable)? *lender.lent())($($argument),*)
                    },
                }
            }
        }

        // SAFETY: the functions below are of these parameters, and of a `Lender` of the
        // closure.
        unsafe impl<$($p: Crossing,)* R: Value + 'static> Crosses for $form<($($p,)*), R> {
            const SCHEMA: &'static TypeSchema =
                &TypeSchema::new(TypeKind::$kind, &[$($p::SCHEMA,)* <R as Value>::SCHEMA]);

            const FUNCTION: Function = {
                let function: unsafe extern "C" fn(
                    *mut c_void,
                    $($p::Passed,)*
                    *mut ErrorBuffer,
                ) -> Reply<R> = Self::serve;
                // SAFETY: the schema says what its type is.
                unsafe { transmute(function) }
            };

            const UNIFORM: UniformCall = Self::uniform;

            const CALL: Self::Call = Self::call;
        }

        impl<$($p: Crossing,)* R: Value + 'static> $form<($($p,)*), R> {
            /// Calls what was lent.
            ///
            /// # Safety
            ///
            /// `context` is a `Lender` of the closure that is still lent; the parameters
            /// were passed as such, and `error` is lent for this call.
            unsafe extern "C" fn serve(
                context: *mut c_void,
                $($argument: $p::Passed,)*
                error: *mut ErrorBuffer,
            ) -> Reply<R> {
                type Held<F> = Loan<<F as Signature>::Dyn, LentClosure>;
                // SAFETY: the caller's promise. All parameters are received before one
                // of them is found to be wrong, so that none of them leaks.
                unsafe {
                    $serve::<Held<Self>, R>(context, error, |closure| {
                        $(let $argument = lift::<$p>($number, $argument);)*
                        Ok(closure?($($argument?),*))
                    })
                }
            }

            /// Calls `function` uniformly.
            ///
            /// # Safety
            ///
            /// It is as `serve`, and the rest is as for [`UniformCall`].
            #[allow(unused_variables, reason = "nothing is read where there are no parameters")]
            unsafe extern "C" fn uniform(
                function: Function,
                context: *mut c_void,
                args: *const *const c_void,
                result: *mut c_void,
                error: *mut ErrorBuffer,
            ) -> u32 {
                // SAFETY: the caller's promise: each argument is taken over once.
                unsafe {
                    let function = transmute::<
                        Function,
                        unsafe extern "C" fn(
                            *mut c_void,
                            $($p::Passed,)*
                            *mut ErrorBuffer,
                        ) -> Reply<R>,
                    >(function);
                    $(let (args, $argument) =
                        (args.add(1), args.read().cast::<$p::Passed>().read());)*
                    uniform_reply::<R>(function(context, $($argument,)* error), result)
                }
            }

            /// Calls `closure`, which is the argument `name`. A failure unwinds.
            ///
            /// # Safety
            ///
            /// The closure is of this signature, still lent, and has a function.
            #[allow(clippy::too_many_arguments, reason = "they are those of the closure")]
            unsafe fn call(
                closure: &LentClosure,
                name: &'static str,
                $($argument: $p::As<'_>),*
            ) -> R {
                let mut error = ErrorBuffer::cleared();
                let error = error.as_mut_ptr();
                $(let mut $argument = ManuallyDrop::new($argument);)*
                // SAFETY: the caller's promise. Each parameter is lowered once, and
                // stays in place until the call is over.
                let result = unsafe {
                    let function = transmute::<
                        Option<Function>,
                        unsafe extern "C" fn(
                            *mut c_void,
                            $($p::Passed,)*
                            *mut ErrorBuffer,
                        ) -> Reply<R>,
                    >(closure.function);
                    let reply = function(closure.context, $($p::lower(&mut $argument),)* error);
                    received::<R>(reply, error)
                };
                result.unwrap_or_else(|report| fail(name, report))
            }
        }
    };
}

macro_rules! signatures {
    ($($parameters:tt)*) => {$(
        signature! { OfFn, Fn, Fn, serve_shared, false, [], $parameters }
        signature! { OfFnMut, FnMut, FnMut, serve_exclusive, true, [mut], $parameters }
    )*};
}

signatures! {
    ()
    (A 'a a "1")
    (A 'a a "1", B 'b b "2")
    (A 'a a "1", B 'b b "2", C 'd c "3")
    (A 'a a "1", B 'b b "2", C 'd c "3", D 'e d "4")
    (A 'a a "1", B 'b b "2", C 'd c "3", D 'e d "4", E 'f e "5")
    (A 'a a "1", B 'b b "2", C 'd c "3", D 'e d "4", E 'f e "5", F 'g f "6")
    (A 'a a "1", B 'b b "2", C 'd c "3", D 'e d "4", E 'f e "5", F 'g f "6", G 'h g "7")
    (
        A 'a a "1", B 'b b "2", C 'd c "3", D 'e d "4",
        E 'f e "5", F 'g f "6", G 'h g "7", H 'i h "8"
    )
}
