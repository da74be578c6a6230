//! The host's side of polyplug: a registry of contracts, the life of bundles,
//! and the loaders that open them.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bundle;
mod config;
mod entry;
mod error;
mod events;
mod hash;
mod implementation;
mod inside;
mod instance;
mod interface;
mod lifecycle;
pub mod loader;
mod reclaim;
pub mod registry;
mod runtime;
mod schema;
mod sync;

pub use bundle::{Bundle, Description, ManifestError, Source};
pub use config::Config;
pub use entry::GuestError;
pub use error::{BuildError, LoadError, LookupError, ReloadError, UnloadError};
pub use events::{Event, ListenerId};
pub use interface::InterfaceError;
#[cfg(feature = "lua")]
pub use loader::lua::LuaLoader;
#[cfg(feature = "native")]
pub use loader::native::NativeLoader;
pub use registry::{ContractHandle, Descriptor, Registry, RegistryError};
pub use runtime::{Provider, Request, Runtime, RuntimeBuilder, Unloaded};
pub use schema::SchemaError;

#[doc(no_inline)]
pub use polyplug_guest::{
    BundleId, CallError, Contract, ContractId, ContractVersion, Failure, PluginError, Proxy,
    abi::StaticBundle,
};
