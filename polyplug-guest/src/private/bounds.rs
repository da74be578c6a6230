//! What types must be able to do, asked so that the compiler's answer is about
//! the user's type and in the user's words.

use crate::contract::Contract;
use crate::convert::{Argument, Plain, Value};
use crate::error::PluginError;
use crate::plugin::{Context, Plugin};

/// That a value can be made without a config.
#[diagnostic::on_unimplemented(
    message = "hosts could not make a `{Self}`: it has no `Default`, and `#[plugin]` names no function",
    label = "no `Default` for this type",
    note = "implement `Default`, or name a function that makes an instance: `#[plugin(create = Self::create)]`"
)]
pub trait FromDefault: Sized {
    /// The default, as `create` would give it.
    ///
    /// # Errors
    ///
    /// None.
    fn from_default(_: &Context<'_>) -> Result<Self, PluginError>;
}

#[diagnostic::do_not_recommend]
impl<T: Default> FromDefault for T {
    fn from_default(_: &Context<'_>) -> Result<Self, PluginError> {
        Ok(T::default())
    }
}

/// That hosts may call a plugin from any thread, for as long as they want.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a plugin, because it cannot be used from several threads",
    label = "holds something that belongs to one thread",
    note = "hosts call a plugin from any thread: use `Arc` instead of `Rc`, and a `Mutex`, an `RwLock` or an \
            atomic instead of `RefCell` and `Cell`",
    note = "in terms of traits: the type of a plugin must be `Send + Sync + 'static`"
)]
pub trait AnyThread<C: ?Sized> {
    /// Asks.
    const ASKED: () = ();
}

// Through a `bool`, because the compiler's own answer would be about a field,
// once for `Send` and once for `Sync`.
#[diagnostic::do_not_recommend]
impl<T: Plugin<C>, C: ?Sized> AnyThread<C> for T where T::IsAnyThread: Yes {}

/// What a [`Probe`](super::Probe) said.
pub struct Answer<const YES: bool>;

/// The answer was yes.
pub trait Yes {}

impl Yes for Answer<true> {}

/// That a type can cross as an owned value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between a host and a plugin",
    label = "this type cannot cross",
    note = "if it is a type of yours, put `#[derive(polyplug_guest::Abi)]` on it",
    note = "what can cross: numbers, `bool`, `char`, `()`, `String`, `Duration`, `PluginError`, of those `Vec<T>`, \
            `Option<T>`, `Result<T, E>`, arrays and tuples, and types under `#[derive(Abi)]`; as an argument \
            also `&str`, and `&[T]` and `&mut [T]` with numbers in them"
)]
pub trait CanCross {
    /// Asks.
    const ASKED: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Value> CanCross for T {}

/// That a type that borrows can be passed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed between a host and a plugin",
    label = "this type cannot cross",
    note = "if it is a type of yours, put `#[derive(polyplug_guest::Abi)]` on it"
)]
pub trait CanBePassed {
    /// Asks.
    const ASKED: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Argument> CanBePassed for T {}

/// That a type has no destructor of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between a host and a plugin, because it has a `Drop` of its own",
    label = "its fields are taken apart when it crosses, so that `drop` would not run",
    note = "put what `drop` has to do into a type that stays on one side, and let the data cross"
)]
pub trait TakenApart<const HAS_DROP: bool> {
    /// Asks.
    const ASKED: () = ();
}

#[diagnostic::do_not_recommend]
impl<T> TakenApart<false> for T {}

/// That slices of a type can be lent.
#[diagnostic::on_unimplemented(
    message = "a slice of `{Self}` cannot be lent between a host and a plugin",
    label = "only slices of numbers, and of `#[repr(C)]` structs of numbers, can be lent",
    note = "use a `Vec` if the element can cross at all; a struct of yours that has nothing but numbers in it can \
            be lent under `#[derive(polyplug_guest::Abi)]` and `#[repr(C)]`"
)]
pub trait CanBeLent {
    /// Asks.
    const ASKED: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Plain> CanBeLent for T {}

/// That an implementation of a trait can be lent for a call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a contract, so no implementation of it can be lent",
    label = "not a contract",
    note = "put `#[contract(name = \"..\", version = \"1.0\")]` on the trait"
)]
pub trait CanBeBorrowed {
    /// Asks.
    const ASKED: () = ();
}

#[diagnostic::do_not_recommend]
impl<C: Contract + ?Sized> CanBeBorrowed for C {}
