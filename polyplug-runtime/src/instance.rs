//! The object behind a proxy: which instance it stands for at the moment.
//!
//! A proxy holds a counted reference to a [`Cell`], at whose head is the
//! [`Place`](crate::reclaim::Place) where callers find their binding. A reload or an
//! unload replaces what is there; a call finishes in the version in which it began. What
//! was replaced is destroyed when no call is in it any more, and with the last binding
//! the version is closed; [`reclaim`](crate::reclaim) knows when that is.
//!
//! Several cells may stand for one instance: a proxy that was passed on as a value is
//! bound anew for its receiver, who has a view of the contract and functions of its own.
//! Whatever happens to an instance happens to all its cells at once, under the lock of the
//! [`Instances`] to which it belongs:
//!
//! ```text
//! proxy --> Cell (a client, a config, a place) --> Instances
//!              \--> Binding (a table) --> Made (one version's) --> Implementation
//! ```

mod binding;
mod cell;
mod cells;
mod client;
mod hold;
mod made;
mod object;
mod replace;
mod set;
#[cfg(all(test, not(loom)))]
mod tests;
mod version;

use cell::Cell;
pub(crate) use cells::CellRef;
pub(crate) use client::Client;
pub(crate) use made::Maker;
#[cfg(feature = "lua")]
pub(crate) use object::{bind, is_own, uniform};
pub(crate) use replace::{ReplaceError, Replaced};
pub(crate) use set::{Instances, MakeError};
pub(crate) use version::{Locals, Version};
