//! Lua as a caller: objects over plugins of other bundles and services of the host.
//!
//! `cx:get` and `cx:service` give a proxy object: a userdata that holds one
//! reference to a cell, whose methods are those of the contract. A call checks and
//! reads its arguments by the schema into the form in which a native function gets
//! them, names the cell's binding like any proxy, and goes to the provider: to an
//! interpreter directly by its uniform call, to native code through an adapter of
//! the provider's own. What is lent to a method is such an object as well, until the
//! method returns. What comes back is checked, pushed by the schema, and given
//! back to whoever owns it.
//!
//! All of that runs in the host's section, where nothing raises, in Rust functions
//! that return: an error becomes a Lua error when they have returned.
//!
//! The interpreter's lock stays taken while the call is outside. A call that comes
//! back on the same thread runs on the `lua_State` that called out; two interpreters
//! that wait for each other are found by the lock of the second one.
//!
//! A collected object only leaves its reference behind: it is given back when no
//! code of the interpreter runs, because what that destroys may call back.

mod argument;
mod call;
mod contract;
mod failure;
mod handle;
mod incoming;
mod object;
mod outgoing;
mod parts;
mod reply;
mod uniform;

pub(super) use contract::Called;
pub(super) use failure::{keep_error_metatable, of_request};
pub(super) use handle::{Handle, Released};
pub(super) use incoming::{Incoming, lent};
pub(super) use object::{end, push, push_lent, release_at};
pub(super) use outgoing::Outgoing;
