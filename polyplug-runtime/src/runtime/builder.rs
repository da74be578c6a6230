//! Putting a runtime together.

use std::sync::{Arc, Weak};
use std::time::Duration;

use polyplug_guest::Contract;

use super::bundles::Bundles;
use super::known::Known;
use super::services::Services;
use super::{Runtime, Shared};
use crate::error::BuildError;
use crate::events::Listeners;
use crate::lifecycle::Lifecycle;
use crate::loader::BundleLoader;
use crate::registry::Registry;

/// Puts a [`Runtime`] together.
///
/// ```
/// use std::time::Duration;
///
/// use polyplug_guest::contract;
/// use polyplug_runtime::{LuaLoader, Runtime};
///
/// #[contract(name = "text.counter", version = "1.0")]
/// pub trait Counter {
///     fn count(&self, text: &str) -> u64;
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let runtime = Runtime::builder()
///         .contract::<dyn Counter>()
///         .loader(LuaLoader::new().time_limit(Duration::from_secs(1)))
///         .build()?;
///     assert!(runtime.bundles().is_empty());
///     Ok(())
/// }
/// ```
#[must_use = "nothing happens until `build` is called"]
pub struct RuntimeBuilder {
    known: Known,
    loaders: Vec<Box<dyn BundleLoader>>,
    error: Option<BuildError>,
    state_timeout: Duration,
}

impl Default for RuntimeBuilder {
    fn default() -> Self {
        let (known, loaders) = (Known::default(), Vec::new());
        Self { known, loaders, error: None, state_timeout: Duration::from_secs(5) }
    }
}

impl RuntimeBuilder {
    /// Makes a contract known, so that bundles are checked against it when they
    /// are loaded, and those that cannot describe it themselves can provide it.
    pub fn contract<C: Contract + ?Sized>(mut self) -> Self {
        if let Err(error) = self.known.add::<C>() {
            self.error.get_or_insert(error);
        }
        self
    }

    /// Adds a loader. Manifests choose one by its name; a bare file goes to the
    /// first that accepts it.
    pub fn loader(mut self, loader: impl BundleLoader) -> Self {
        if self.loaders.iter().any(|other| other.name() == loader.name()) {
            let name = loader.name().to_owned();
            self.error.get_or_insert(BuildError::DuplicateLoader { name });
        }
        self.loaders.push(Box::new(loader));
        self
    }

    /// Sets how long a reload waits for the calls and pins of instances whose state it
    /// carries over, before it fails with
    /// [`ReloadError::Busy`](crate::ReloadError::Busy): 5 seconds unless set. Other
    /// calls of those instances wait meanwhile.
    pub fn state_timeout(mut self, timeout: Duration) -> Self {
        self.state_timeout = timeout;
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says what does not fit together.
    pub fn build(self) -> Result<Runtime, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let shared = |this: &Weak<Shared>| Shared {
            this: this.clone(),
            loaders: self.loaders,
            known: self.known,
            registry: Registry::new(),
            bundles: Bundles::default(),
            services: Services::default(),
            lifecycle: Lifecycle::default(),
            state_timeout: self.state_timeout,
            listeners: Arc::new(Listeners::default()),
        };
        Ok(Runtime { shared: Arc::new_cyclic(shared) })
    }
}

impl std::fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let loaders: Vec<_> = self.loaders.iter().map(|loader| loader.name()).collect();
        f.debug_struct("RuntimeBuilder").field("loaders", &loaders).finish_non_exhaustive()
    }
}
