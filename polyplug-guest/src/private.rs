//! What expanded code calls. Not for use by hand: it may change in any release.

mod adapted;
mod bounds;
mod call;
mod client;
mod closure;
mod crossing;
mod holder;
mod interface;
mod lender;
mod loan;
mod manifest;
mod reach;
mod remote;
mod serve;
mod shared;
mod uniform;
mod view;
mod vm;

pub use adapted::Adapted;
pub use bounds::{
    Answer, AnyThread, CanBeBorrowed, CanBeLent, CanBePassed, CanCross, FromDefault, TakenApart,
    Yes,
};
pub use call::{call, call_exclusive, flatten, pin, renew};
pub use client::client;
pub use closure::{
    Closure, OfFn, OfFnMut, OwnedParameter, SliceMutParameter, SliceParameter, TextParameter,
};
pub use crossing::{ArgumentOr, LentField, Otherwise, Probe, ValueOr, lower_field};
pub use holder::{Holder, InArc, Own};
pub use interface::{OneContract, Provided, are_distinct, enter_bundle, interface};
pub use lender::Loan;
pub use loan::{Lent, Settle, settled, threads};
pub use manifest::{Manifest, text};
pub use reach::Reach;
pub use remote::{Forwarded, Remote, call_remote, has, missing};
pub use serve::{
    Refused, discard, have_texts, lift, lower, outgoing, serve_exclusive, serve_shared, unavailable,
};
pub use shared::{SharedInstance, shared_instance};
pub use uniform::{uniform_argument, uniform_reply};
pub(crate) use view::View;
pub use vm::call_vm;

pub use std::ffi::c_void;
pub use std::mem::ManuallyDrop;
pub use std::ptr;
pub use std::sync::Arc;
pub use std::vec::Vec;

pub use crate::abi::{
    ABI_VERSION, ArgumentSchema, ContractClient, ContractSchema, ErrorBuffer, ForwardInstance,
    Function, GuestContractInterface, HostTable, LentObject, ManifestRecord, MethodSchema,
    RawProxy, Receiver, Returned, StaticBundle, TypeKind, TypeSchema, UniformCall,
};
pub use crate::contract::{Functions, Serve, Served, SharedContract};
pub use crate::convert::{Argument, Invalid, Plain, Register, Texts, Value};
pub use crate::fingerprint::Fingerprint;
pub use crate::host::enter_library;
pub use crate::local::local;
pub use crate::panic::{Panic, contain};
pub use crate::proxy::{
    Callee, Frame, PinCore, ProxyCore, home, name, present_record, set_present_record,
};
pub use crate::sync;

/// The form in which an argument of type `A` is passed.
pub type Passed<A> = <A as Argument>::Passed;

/// What a function that returns an `R` returns.
pub type Reply<R> = Returned<<<R as Value>::Abi as Register>::Passed>;
