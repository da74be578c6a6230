//! The frozen binary interface between a host and its bundles.
//!
//! Every table is `repr(C)`, begins with its size in bytes and only ever grows
//! at its end: a reader looks at `size` before it reads a field that the first
//! version of the table did not have. [`ABI_VERSION`] changes when something
//! that exists changes. Enumerations cross as plain integers and are checked by
//! whoever reads them; each file here ends in the assertions of its layouts.
//!
//! The same layouts are described for other languages in `docs/abi.md`.

mod arena;
mod bundle;
mod bytes;
mod client;
mod contract;
mod host;
mod instance;
mod lent;
mod owned;
mod proxy;
mod schema;
mod status;
mod table;

pub use arena::CallArena;
pub use bundle::{
    BundleEntry, HostTable, MANIFEST_MAGIC, MANIFEST_RECORD_VERSION, MANIFEST_SECTION,
    ManifestRecord, StaticBundle,
};
pub use bytes::{RawSlice, RawSliceMut, RawStr, RawVec, ReleaseElements};
pub use client::{ContractClient, ForwardInstance, ProviderKind, ProxyRequest};
pub use contract::{
    Dispatch, DispatchKind, Function, GuestContractInterface, InterfaceFlags, NativeDispatch,
    UniformCall, VmCall, VmDispatch, VmInstance,
};
pub use host::{HostObject, HostVtable, LocalInstance, LogLevel, LogRecord, RawHost};
pub use instance::{
    CreateContext, CreateInstance, DestroyInstance, RestoreInstance, SaveInstance, UnloadInstance,
};
pub use lent::{LentClosure, LentObject};
pub use owned::{RawLease, RawOwned};
pub use proxy::{
    CallFrame, FRAMES, ProxyBinding, ProxyCell, ProxyVtable, RawPin, RawProxy, ThreadRecord,
};
pub use schema::{ArgumentSchema, ContractSchema, MethodSchema, Receiver, TypeKind, TypeSchema};
pub use status::{ErrorBuffer, ErrorKind, ErrorReport, MESSAGE_CAPACITY, Phase, Returned, Status};
pub use table::{PlainTable, Table, copy_table, size_of_table};

/// The version of the binary interface that this crate speaks.
pub const ABI_VERSION: u32 = 1;
