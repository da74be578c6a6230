//! The runtime: what a host owns, and asks for everything else.

mod builder;
mod bundles;
mod contracts;
mod dependencies;
mod known;
mod load;
mod lookup;
mod reload;
mod request;
mod services;
mod shutdown;
mod stages;
mod unload;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use polyplug_guest::Contract;
use polyplug_guest::abi::StaticBundle;
use polyplug_guest::private::SharedContract;

pub use builder::RuntimeBuilder;
pub use lookup::{Provider, Request};
pub use services::Service;
pub use unload::Unloaded;

use crate::bundle::{Bundle, Origin, Source};
use crate::config::Config;
use crate::error::{LoadError, LookupError, ProvideError, ReloadError, UnloadError};
use crate::events::{Event, ListenerId, Listeners};
use crate::lifecycle::Lifecycle;
use crate::loader::BundleLoader;
use crate::registry::Registry;
use bundles::Bundles;
use known::Known;
use services::Services;

/// A set of loaded bundles, and the contracts that they provide.
///
/// Cloning gives another name for the same runtime; it may be used from any
/// thread. Several runtimes of one process know nothing of each other.
///
/// Dropping the last clone unloads everything, the last loaded first: proxies that
/// are left over say [`Unloaded`](polyplug_guest::CallError::Unloaded). Handlers are
/// not told of that, but for instances that fail while they go
/// ([`Event::InstanceFailed`]). A handler that owns a clone keeps the runtime alive;
/// see [`Runtime::on_event`].
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

/// What all clones of a runtime share.
pub(crate) struct Shared {
    /// For those that may not keep the runtime.
    this: Weak<Self>,
    loaders: Vec<Box<dyn BundleLoader>>,
    known: Known,
    registry: Registry,
    bundles: Bundles,
    pub(crate) services: Services,
    lifecycle: Lifecycle,
    listeners: Arc<Listeners>,
    /// How long a reload waits for calls and pins of instances that it saves.
    state_timeout: Duration,
}

impl Runtime {
    /// Begins a runtime without contracts and loaders.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    /// Loads the bundle at `path`: a directory with a `manifest.toml`, or a bare
    /// file that describes itself.
    ///
    /// # Errors
    ///
    /// [`LoadError`] says what is wrong with which file. The runtime is then as
    /// it was before.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Bundle, LoadError> {
        self.shared.load(Origin::Path(path.as_ref().to_owned()))
    }

    /// Loads a bundle that is linked into this program.
    ///
    /// # Errors
    ///
    /// As for [`Runtime::load`].
    pub fn load_static(&self, bundle: &'static StaticBundle) -> Result<Bundle, LoadError> {
        self.shared.load(Origin::Static(bundle))
    }

    /// Loads a bundle whose source is in memory, by a loader that can: the
    /// manifest names it. Native libraries cannot be loaded so.
    ///
    /// # Errors
    ///
    /// As for [`Runtime::load`].
    pub fn load_source(&self, manifest: &str, source: Source) -> Result<Bundle, LoadError> {
        self.shared.load(Origin::Memory { manifest: manifest.into(), source: Arc::new(source) })
    }

    /// Loads a bundle anew from where it was loaded, in place of its present
    /// version. Proxies follow: their next call runs the new code.
    ///
    /// # Errors
    ///
    /// [`ReloadError`] says why not. The present version then goes on untouched.
    pub fn reload(&self, bundle: &str) -> Result<Bundle, ReloadError> {
        self.shared.reload(bundle, None)
    }

    /// Loads a bundle anew from `path`, in place of its present version.
    ///
    /// # Errors
    ///
    /// As for [`Runtime::reload`].
    pub fn reload_from(&self, bundle: &str, path: impl AsRef<Path>) -> Result<Bundle, ReloadError> {
        self.shared.reload(bundle, Some(Origin::Path(path.as_ref().to_owned())))
    }

    /// Loads a bundle that came from memory anew from `source`, with the manifest
    /// that it had.
    ///
    /// # Errors
    ///
    /// As for [`Runtime::reload`]; also when the bundle came from no memory.
    pub fn reload_source(&self, bundle: &str, source: Source) -> Result<Bundle, ReloadError> {
        self.shared.reload_source(bundle, source)
    }

    /// Unloads a bundle. Calls that run in it finish undisturbed; each later one
    /// says [`Unloaded`](polyplug_guest::CallError::Unloaded).
    ///
    /// # Errors
    ///
    /// [`UnloadError`] says why nothing was done: other bundles may need it, because
    /// they declared so or hold a proxy that they got from it
    /// ([`UnloadError::Dependents`] names them).
    pub fn unload(&self, bundle: &str) -> Result<Unloaded, UnloadError> {
        self.shared.unload(bundle)
    }

    /// Unloads a bundle, and waits no longer than `patience` for the calls and pins that
    /// keep it open. A thread that is inside a call, a hook or a handler does not wait,
    /// because it may be what would be waited for.
    ///
    /// [`Event::Unloaded`] tells what came of it before the wait.
    ///
    /// # Errors
    ///
    /// As for [`Runtime::unload`].
    pub fn unload_within(&self, bundle: &str, patience: Duration) -> Result<Unloaded, UnloadError> {
        self.shared.unload_within(bundle, patience)
    }

    /// Unloads everything, the last loaded first, and waits no longer than `patience`
    /// for all of it together. Says what came of each bundle, in that order.
    ///
    /// What is asked for in the middle of a call, a hook or a handler does not wait; if
    /// another load, reload or unload runs then, nothing is unloaded and all are pending.
    #[must_use = "it says what is still open"]
    pub fn shutdown(&self, patience: Duration) -> Vec<(String, Unloaded)> {
        self.shared.shutdown(patience)
    }

    /// Unloads a bundle, and before it all that could not go on without it. Says what
    /// came of each, in the order in which they went; the bundle itself comes last.
    ///
    /// # Errors
    ///
    /// [`UnloadError`] says why nothing was done.
    pub fn unload_cascade(&self, bundle: &str) -> Result<Vec<(String, Unloaded)>, UnloadError> {
        self.shared.unload_cascade(bundle)
    }

    /// A proxy over a new instance of the first loaded provider, with an empty
    /// config.
    ///
    /// # Errors
    ///
    /// [`LookupError`] says why there is none.
    pub fn get<C: Contract + ?Sized>(&self) -> Result<C::Proxy, LookupError> {
        self.request::<C>().get()
    }

    /// A proxy over a new instance of the first loaded provider, made from
    /// `config`.
    ///
    /// # Errors
    ///
    /// [`LookupError`] says why there is none.
    pub fn get_with<C: Contract + ?Sized>(
        &self,
        config: impl Into<Config>,
    ) -> Result<C::Proxy, LookupError> {
        self.request::<C>().config(config).get()
    }

    /// A proxy over a new instance of the provider in `bundle`, which is `name`
    /// or `name@version`.
    ///
    /// # Errors
    ///
    /// [`LookupError`] says why there is none.
    pub fn get_from<C: Contract + ?Sized>(&self, bundle: &str) -> Result<C::Proxy, LookupError> {
        self.request::<C>().bundle(bundle).get()
    }

    /// A proxy for each loaded provider, in the order of their loading; none
    /// when none is loaded.
    ///
    /// # Errors
    ///
    /// The first [`LookupError`], which names the bundle.
    pub fn get_all<C: Contract + ?Sized>(&self) -> Result<Vec<C::Proxy>, LookupError> {
        self.request::<C>().all()
    }

    /// Begins a request that says more than which contract.
    ///
    /// ```
    /// use polyplug_guest::contract;
    /// use polyplug_runtime::{LookupError, Runtime};
    ///
    /// #[contract(name = "text.spelling", version = "1.2")]
    /// pub trait Spelling {
    ///     fn correct(&self, word: &str) -> String;
    /// }
    ///
    /// /// The German spelling, of a provider that has all that 1.1 has.
    /// fn german(runtime: &Runtime) -> Result<SpellingProxy, LookupError> {
    ///     let spelling = runtime.request::<dyn Spelling>();
    ///     spelling.bundle("dictionaries").config("lang = 'de'").at_least(1, 1).get()
    /// }
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let runtime = Runtime::builder().contract::<dyn Spelling>().build()?;
    ///     assert!(matches!(german(&runtime), Err(LookupError::NotInBundle { .. })));
    ///     Ok(())
    /// }
    /// ```
    pub fn request<C: Contract + ?Sized>(&self) -> Request<'_, C> {
        Request::new(&self.shared)
    }

    /// Who provides the contract, in the order of loading.
    pub fn providers<C: Contract + ?Sized>(&self) -> Vec<Provider<C>> {
        Provider::all(&self.shared)
    }

    /// Provides a contract to bundles: one implementation, which all of them call, from
    /// any thread. A panic in it is an error in the plugin that called.
    ///
    /// Bundles reach it by `Context::service`, which sees no plugins, and hosts by
    /// [`Service::proxy`]; [`get`](Self::get) does not see services.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// use polyplug_guest::contract;
    /// use polyplug_runtime::Runtime;
    ///
    /// /// Counts what happens.
    /// #[contract(name = "app.metrics", version = "1.0")]
    /// pub trait Metrics {
    ///     fn add(&self, by: u64) -> u64;
    /// }
    ///
    /// #[derive(Default)]
    /// struct Total(AtomicU64);
    ///
    /// impl Metrics for Total {
    ///     fn add(&self, by: u64) -> u64 {
    ///         self.0.fetch_add(by, Ordering::Relaxed) + by
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Runtime::builder().build()?;
    /// let service = runtime.provide::<dyn Metrics>(Arc::new(Total::default()))?;
    /// assert_eq!(service.proxy()?.add(2)?, 2);
    /// service.withdraw();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An implementation that threads could not share is refused by the compiler:
    ///
    /// ```compile_fail,E0277
    /// # use polyplug_guest::contract;
    /// # use polyplug_runtime::Runtime;
    /// # #[contract(name = "app.metrics", version = "1.0")]
    /// # pub trait Metrics { fn add(&self, by: u64) -> u64; }
    /// struct Total(std::cell::Cell<u64>);
    ///
    /// impl Metrics for Total {
    ///     fn add(&self, by: u64) -> u64 {
    ///         self.0.replace(self.0.get() + by)
    ///     }
    /// }
    ///
    /// fn provide(runtime: &Runtime) {
    ///     let total = std::sync::Arc::new(Total(std::cell::Cell::new(0)));
    ///     let _ = runtime.provide::<dyn Metrics>(total);
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ProvideError`] when the contract is provided already.
    pub fn provide<C: SharedContract + ?Sized>(
        &self,
        implementation: Arc<C::Shared>,
    ) -> Result<Service<C>, ProvideError> {
        self.shared.provide(implementation)
    }

    /// As [`provide`](Self::provide), with an implementation for each bundle: made when
    /// the bundle first asks for it, kept over its reloads, and dropped when it is
    /// unloaded.
    ///
    /// # Errors
    ///
    /// As for [`provide`](Self::provide).
    pub fn provide_each<C: SharedContract + ?Sized>(
        &self,
        implementation: impl Fn(&Bundle) -> Arc<C::Shared> + Send + Sync + 'static,
    ) -> Result<Service<C>, ProvideError> {
        self.shared.provide_each(implementation)
    }

    /// The loaded bundles, in the order of loading.
    pub fn bundles(&self) -> Vec<Bundle> {
        self.shared.bundles.snapshots()
    }

    /// The registry, for lookups by id and handle.
    ///
    /// ```
    /// use polyplug_runtime::{ContractId, Runtime};
    ///
    /// /// Who provides the contract, and in which version.
    /// fn providers(runtime: &Runtime, contract: ContractId) -> Vec<String> {
    ///     let registry = runtime.registry();
    ///     let handles = registry.find_all(contract).into_iter();
    ///     // One that was unloaded since is left out.
    ///     let found = handles.filter_map(|handle| registry.describe(handle).ok());
    ///     let line = |found: std::sync::Arc<polyplug_runtime::Descriptor>| {
    ///         format!("{} {}", found.bundle_name(), found.contract_version())
    ///     };
    ///     found.map(line).collect()
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Runtime::builder().build()?;
    /// # use polyplug_guest::{Contract, contract};
    /// # #[contract(name = "text.spelling", version = "1.0")]
    /// # pub trait Spelling { fn correct(&self, word: &str) -> String; }
    /// # let contract = <dyn Spelling>::ID;
    /// assert_eq!(runtime.registry().count(), 0);
    /// assert!(providers(&runtime, contract).is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn registry(&self) -> &Registry {
        &self.shared.registry
    }

    /// Calls `handler` for each event, on the thread on which it happens. It may
    /// look up and call; what it asks to load, reload or unload never waits. A
    /// panic in it is contained and logged.
    ///
    /// The runtime owns its handlers: one that captures a `Runtime` keeps that alive
    /// until [`remove_listener`](Self::remove_listener), so that nothing is unloaded
    /// when all others are dropped.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use polyplug_runtime::{Event, Runtime};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Runtime::builder().build()?;
    /// let (failures, failed) = mpsc::channel();
    /// let id = runtime.on_event(move |event| {
    ///     if let Event::LoadFailed { bundle, error, .. } = event {
    ///         let _ = failures.send(format!("{bundle}: {error}"));
    ///     }
    /// });
    ///
    /// assert!(runtime.load("plugins/missing").is_err());
    /// assert!(failed.recv()?.starts_with("missing: "));
    /// assert!(runtime.remove_listener(id));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_event(&self, handler: impl Fn(&Event) + Send + Sync + 'static) -> ListenerId {
        self.shared.listeners.add(Arc::new(handler))
    }

    /// Removes a handler. Returns whether it was there.
    ///
    /// A handler may remove itself, which lets it finish, and others: one that an
    /// event has not reached yet is not told of that event any more. One that is added
    /// inside a handler is told of the next event. Another thread that is telling an
    /// event at this moment may still be about to call the handler, or be inside it.
    pub fn remove_listener(&self, id: ListenerId) -> bool {
        self.shared.listeners.remove(id)
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("bundles", &self.bundles())
            .field("registry", &self.shared.registry)
            .finish_non_exhaustive()
    }
}

impl Drop for Shared {
    /// Nobody else can ask for anything any more: no turn is needed.
    fn drop(&mut self) {
        for bundle in self.bundles.take_all().into_iter().rev() {
            self.end(bundle);
        }
    }
}

#[cfg(all(test, feature = "native", not(loom)))]
mod tests;
