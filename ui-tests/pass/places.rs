//! Contracts and plugins in every place where a trait may stand.

use polyplug_guest::{Contract, Plugin, contract};

/// Seen in this module alone.
#[contract(name = "places.private", version = "1.0")]
trait Private {
    fn private(&self) -> Hidden;
}

type Hidden = u32;

/// Seen in this crate alone.
#[contract(name = "places.restricted", version = "1.0")]
pub(crate) trait Restricted {
    /// Does nothing.
    fn restricted(&mut self);
}

/// A module of its own.
pub mod inner {
    use super::contract as renamed;

    /// Reached through other names.
    #[renamed(name = "places.inner", version = "1.0", crate = super::super::places::guest)]
    pub trait Inner {
        /// Does nothing.
        fn inner(&self, text: &str);
    }
}

/// The support crate under another name.
pub use polyplug_guest as guest;

/// Names of contracts, one of which stands in this function.
pub fn names() -> [&'static str; 4] {
    #[contract(name = "places.local", version = "1.0")]
    trait Local {
        fn number(&self) -> Number;
    }

    type Number = u32;

    #[derive(Default)]
    struct Plain;

    #[polyplug_guest::plugin]
    impl Local for Plain {
        fn number(&self) -> Number {
            7
        }
    }

    fn stateless<T: Plugin<C>, C: ?Sized>() -> bool {
        T::STATELESS
    }

    assert!(stateless::<Plain, dyn Local>());
    assert_eq!(Plain.number(), 7);
    [
        <dyn Local as Contract>::NAME,
        <dyn Private as Contract>::NAME,
        <dyn Restricted as Contract>::NAME,
        <dyn inner::Inner as Contract>::NAME,
    ]
}

macro_rules! contracts {
    ($($contract:ident as $proxy:ident = $name:literal { $($method:ident($argument:ident: $ty:ty) -> $result:ty;)* })*) => {$(
        /// Made by a macro.
        #[$crate::places::guest::contract(name = $name, version = "1.0", proxy = $proxy, crate = $crate::places::guest)]
        pub trait $contract {
            $(
                /// Made by a macro.
                fn $method(&self, $argument: $ty, error: $ty) -> $result;
            )*
        }
    )*};
}

contracts! {
    Made as MadeClient = "places.made" {
        make(argument: u32) -> Result<Vec<u32>, String>;
    }
    Lent as LentClient = "places.lent" {
        lend(argument: &str) -> String;
    }
}
