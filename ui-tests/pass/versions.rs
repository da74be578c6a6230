//! Versions, and methods that were added later.

use polyplug_guest::contract;

/// Has grown twice.
#[contract(name = "versions.grown", version = "2.10")]
pub trait Grown {
    /// There from the start.
    fn first(&self);

    /// Says so.
    #[since("2.0")]
    fn also_first(&self);

    /// Added.
    #[since("2.9")]
    fn second(&self);

    /// Added with the one above.
    #[since("2.9")]
    fn third(&self);

    /// Added last.
    #[since("2.10")]
    fn fourth(&self);
}

/// Is not stable.
#[contract(name = "versions.early", version = "0.3")]
pub trait Early {
    /// As old as the contract.
    fn first(&self);

    /// Says so.
    #[since("0.3")]
    fn second(&self);
}

/// Has nothing in it.
#[contract(version = "1.0", name = "versions.empty")]
pub trait Empty {}
