//! What types must be able to do, asked so that the compiler's answer is about
//! the user's type and in the user's words.

use crate::convert::{Plain, Value};

/// That a value can be made without a config.
#[diagnostic::on_unimplemented(
    message = "hosts could not make a `{Self}`: it has no `Default`, and `#[plugin]` names no function",
    label = "no `Default` for this type",
    note = "implement `Default`, or name a function that makes an instance: `#[plugin(create = Self::create)]`"
)]
pub trait FromDefault: Sized {
    /// The default.
    fn from_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> FromDefault for T {
    fn from_default() -> Self {
        T::default()
    }
}

/// That hosts may call a value from any thread, for as long as they want.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a plugin, because it cannot be used from several threads",
    label = "holds something that belongs to one thread",
    note = "hosts call a plugin from any thread: use `Arc` instead of `Rc`, a `Mutex`, an `RwLock` or an \
            atomic instead of `RefCell` and `Cell`, and nothing that is borrowed",
    note = "in terms of traits: a plugin's type must be `Send + Sync + 'static`"
)]
pub trait AnyThread: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> AnyThread for T {}

/// That a type can cross as an owned value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between a host and a plugin",
    label = "this type cannot cross",
    note = "what can cross: numbers, `bool`, `char`, `String`, `Vec<T>`, `Result<T, E>`, `PluginError` and `()`; \
            as an argument also `&str`, `&[T]` and `&mut [T]` with numbers in them"
)]
pub trait CanCross {
    /// Asks.
    const ASKED: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Value> CanCross for T {}

/// That slices of a type can be lent.
#[diagnostic::on_unimplemented(
    message = "a slice of `{Self}` cannot be lent between a host and a plugin",
    label = "only slices of numbers can be lent",
    note = "use a `Vec` if the element can cross at all"
)]
pub trait CanBeLent {
    /// Asks.
    const ASKED: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Plain> CanBeLent for T {}
