//! The host's side of polyplug: a registry of contracts, the life of bundles,
//! and the loaders that open them.
//!
//! A host names the contracts that it knows, gives a [`Runtime`] its loaders, loads
//! bundles, and calls what they provide through typed proxies:
//!
//! ```no_run
//! use polyplug_guest::contract;
//! use polyplug_runtime::{LuaLoader, NativeLoader, Runtime};
//!
//! /// Turns text into other text. (A crate of its own, which plugins share.)
//! #[contract(name = "text.transform", version = "1.0")]
//! pub trait Transform {
//!     fn transform(&self, input: &str) -> String;
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let runtime = Runtime::builder()
//!         .contract::<dyn Transform>()
//!         // SAFETY: ./plugins holds only bundles that we build and ship.
//!         .loader(unsafe { NativeLoader::new() })
//!         .loader(LuaLoader::new())
//!         .build()?;
//!     runtime.load("plugins/upper")?;
//!     runtime.load("plugins/reverse")?;
//!
//!     for transform in runtime.get_all::<dyn Transform>()? {
//!         println!("{}: {}", transform.bundle_name(), transform.transform("hello")?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Loading
//!
//! A bundle is a directory with a `manifest.toml`, or a bare file that describes
//! itself ([`Runtime::load`]), a source in memory ([`Runtime::load_source`]), or
//! linked into the program ([`Runtime::load_static`]). Whether it fits is checked
//! before anybody can call it. [`Runtime::reload`] puts a new version in its place,
//! which existing proxies call from then on; [`Runtime::unload`] takes it away, and
//! [`Unloaded`] says what came of that. Nobody has to stop calling for either: a call
//! that runs finishes in the version in which it began.
//!
//! Each proxy stands for an instance of its own, made from the [`Config`] that was
//! asked for. A reload carries the state of an instance over if its plugin
//! saves and restores it; else calls say [`CallError::StateLost`] until `renew` makes a
//! new one. A stateless plugin's
//! proxies go on at once.
//!
//! # Errors
//!
//! Each thing that can be asked for has an error of its own: [`BuildError`],
//! [`LoadError`], [`ReloadError`], [`UnloadError`], [`LookupError`] for requests, and
//! [`CallError`] for calls. They name what they are about, and keep their source. A
//! load, reload or unload that fails leaves everything as it was. A plugin's panic is
//! [`CallError::Panicked`]; a method's own error is [`CallError::Method`].
//!
//! # Threads
//!
//! A runtime and its proxies may be used from any thread. Calls and lookups take no
//! lock of the runtime. Loads, reloads and unloads of one runtime take turns; asked
//! for inside a call, a constructor, a destructor or an event handler they never wait
//! for a turn, and fail with `Busy` where they would have to. What is unloaded is
//! destroyed on the thread that asked, or on that of the last call which was still in
//! it.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bundle;
mod config;
mod entry;
mod error;
mod events;
mod hash;
mod host;
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
pub use error::{BuildError, LoadError, LookupError, ProvideError, ReloadError, UnloadError};
pub use events::{Event, ListenerId};
pub use interface::InterfaceError;
#[cfg(feature = "lua")]
pub use loader::lua::LuaLoader;
#[cfg(feature = "native")]
pub use loader::native::NativeLoader;
pub use registry::{ContractHandle, Descriptor, Registry, RegistryError};
pub use runtime::{Provider, Request, Runtime, RuntimeBuilder, Service, Unloaded};
pub use schema::{Schema, SchemaError};

#[doc(no_inline)]
pub use polyplug_guest::{
    AbiString, AbiVec, BundleId, CallError, Contract, ContractId, ContractVersion, Failure, Pinned,
    PluginError, Proxy, abi::StaticBundle,
};
