//! From a contract to a proxy.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use polyplug_guest::{Contract, ContractVersion};

use super::Shared;
use super::bundles::list;
use crate::config::Config;
use crate::error::LookupError;
use crate::implementation::Implementation;
use crate::instance::MakeError;
use crate::registry::{ContractHandle, Descriptor, Present};
use crate::schema::{both_forms, read_contract};

/// A request for proxies of contract `C`, built up step by step.
#[must_use = "nothing is looked up until `get` or `all` is called"]
pub struct Request<'r, C: ?Sized> {
    shared: &'r Shared,
    bundle: Option<String>,
    config: Config,
    at_least: Option<ContractVersion>,
    contract: PhantomData<fn() -> Box<C>>,
}

impl<'r, C: Contract + ?Sized> Request<'r, C> {
    pub(super) fn new(shared: &'r Shared) -> Self {
        let (bundle, config, at_least) = (None, Config::default(), None);
        Self { shared, bundle, config, at_least, contract: PhantomData }
    }

    /// Asks for the provider in one bundle, which is `name` or `name@version`.
    pub fn bundle(mut self, bundle: impl Into<String>) -> Self {
        self.bundle = Some(bundle.into());
        self
    }

    /// Gives the config to make instances from; else it is empty.
    pub fn config(mut self, config: impl Into<Config>) -> Self {
        self.config = config.into();
        self
    }

    /// Asks for providers of this version or a later minor of it. Without it any
    /// minor will do.
    pub fn at_least(mut self, major: u32, minor: u32) -> Self {
        self.at_least = Some(ContractVersion::new(major, minor));
        self
    }

    /// A proxy over a new instance of the first provider that will do.
    ///
    /// # Errors
    ///
    /// [`LookupError`] says why there is none.
    pub fn get(self) -> Result<C::Proxy, LookupError> {
        loop {
            let Some(present) = self.first() else {
                self.learn();
                return Err(self.not_found());
            };
            if let Some(provider) = &present.implementation {
                provider.make_known(C::SCHEMA.fingerprint, || self.learn());
            }
            // A provider that went or was replaced meanwhile is looked up again.
            if let Some(proxy) = make::<C>(present, &self.config)? {
                return Ok(proxy);
            }
        }
    }

    /// A proxy for each provider that will do, in the order of loading; none is
    /// no error. One that is unloaded meanwhile is left out.
    ///
    /// # Errors
    ///
    /// The first [`LookupError`], which names the bundle.
    pub fn all(self) -> Result<Vec<C::Proxy>, LookupError> {
        self.learn();
        let mut proxies = Vec::new();
        for handle in self.candidates() {
            proxies.extend(make_by_handle::<C>(self.shared, handle, &self.config)?);
        }
        Ok(proxies)
    }

    /// Makes the contract known to the runtime; says whether it is. A form that
    /// contradicts what is known is found out where it meets a provider.
    fn learn(&self) -> bool {
        self.shared.known.add::<C>().is_ok()
    }

    fn first(&self) -> Option<Present> {
        let registry = &self.shared.registry;
        match (&self.bundle, self.at_least) {
            (None, None) => registry.first(C::ID),
            (Some(bundle), None) => registry.in_bundle(bundle, C::ID),
            (_, Some(_)) => {
                // What is unloaded meanwhile is left out.
                let present = |handle| registry.present(handle).ok();
                self.candidates().into_iter().find_map(present)
            }
        }
    }

    fn candidates(&self) -> Vec<ContractHandle> {
        let registry = &self.shared.registry;
        let mut candidates = match &self.bundle {
            Some(bundle) => registry.find_in_bundle(bundle, C::ID).into_iter().collect(),
            None => registry.find_all(C::ID),
        };
        if let Some(at_least) = self.at_least {
            let is_new_enough = |handle: &ContractHandle| {
                let version = registry.resolve(*handle).map(|found| found.contract_version());
                version.is_ok_and(|found| found.major == at_least.major && found >= at_least)
            };
            candidates.retain(is_new_enough);
        }
        candidates
    }

    fn not_found(&self) -> LookupError {
        let contract = C::NAME.to_owned();
        let version = self.at_least.unwrap_or(C::VERSION);
        let hint = hint(self.shared, C::NAME);
        match &self.bundle {
            None => LookupError::NotFound { contract, version, hint },
            Some(bundle) => {
                LookupError::NotInBundle { bundle: bundle.clone(), contract, version, hint }
            }
        }
    }
}

impl<C: Contract + ?Sized> fmt::Debug for Request<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("contract", &C::NAME)
            .field("bundle", &self.bundle)
            .field("at_least", &self.at_least)
            .finish_non_exhaustive()
    }
}

/// A loaded bundle that provides contract `C`.
pub struct Provider<C: ?Sized> {
    shared: Weak<Shared>,
    handle: ContractHandle,
    descriptor: Arc<Descriptor>,
    contract: PhantomData<fn() -> Box<C>>,
}

impl<C: Contract + ?Sized> Provider<C> {
    pub(super) fn all(shared: &Arc<Shared>) -> Vec<Self> {
        let provider = |handle| {
            let descriptor = shared.registry.describe(handle).ok()?;
            Some(Self { shared: Arc::downgrade(shared), handle, descriptor, contract: PhantomData })
        };
        shared.registry.find_all(C::ID).into_iter().filter_map(provider).collect()
    }

    /// The name of the bundle.
    pub fn bundle(&self) -> &str {
        self.descriptor.bundle_name()
    }

    /// The version of the contract that the bundle was built with.
    pub fn version(&self) -> ContractVersion {
        self.descriptor.contract_version()
    }

    /// The handle by which the registry knows the provider.
    pub fn handle(&self) -> ContractHandle {
        self.handle
    }

    /// A proxy over a new instance, with an empty config.
    ///
    /// # Errors
    ///
    /// [`LookupError`] says why there is none.
    pub fn get(&self) -> Result<C::Proxy, LookupError> {
        self.get_with(Config::default())
    }

    /// A proxy over a new instance, made from `config`.
    ///
    /// # Errors
    ///
    /// [`LookupError`] says why there is none.
    pub fn get_with(&self, config: impl Into<Config>) -> Result<C::Proxy, LookupError> {
        let unloaded = || LookupError::Unloaded {
            bundle: self.bundle().to_owned(),
            contract: C::NAME.to_owned(),
        };
        let shared = self.shared.upgrade().ok_or_else(unloaded)?;
        make_by_handle::<C>(&shared, self.handle, &config.into())?.ok_or_else(unloaded)
    }
}

impl<C: Contract + ?Sized> fmt::Debug for Provider<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("contract", &C::NAME)
            .field("version", &self.version())
            .field("bundle", &self.bundle())
            .finish_non_exhaustive()
    }
}

/// A proxy over a new instance of what `handle` names, over reloads; `None` when
/// it was unloaded.
fn make_by_handle<C: Contract + ?Sized>(
    shared: &Shared,
    handle: ContractHandle,
    config: &Config,
) -> Result<Option<C::Proxy>, LookupError> {
    while let Ok(present) = shared.registry.present(handle) {
        if let Some(proxy) = make::<C>(present, config)? {
            return Ok(Some(proxy));
        }
    }
    Ok(None)
}

/// A proxy over a new instance; `None` when the provider went or was replaced
/// meanwhile.
fn make<C: Contract + ?Sized>(
    present: Present,
    config: &Config,
) -> Result<Option<C::Proxy>, LookupError> {
    let Present { implementation: Some(implementation), instances: Some(instances) } = present
    else {
        return Ok(None);
    };
    match instances.make::<C>(implementation, config.clone()) {
        Ok(proxy) => Ok(Some(proxy)),
        Err(MakeError::Create { bundle, source }) => {
            Err(LookupError::Create { bundle, contract: C::NAME.to_owned(), source })
        }
        Err(MakeError::Unfit(implementation)) => Err(incompatible::<C>(&implementation)),
        Err(
            MakeError::Stale
            | MakeError::Unloaded
            | MakeError::Incompatible
            | MakeError::Held
            | MakeError::Poisoned
            | MakeError::HandedOver,
        ) => Ok(None),
    }
}

fn incompatible<C: Contract + ?Sized>(implementation: &Implementation) -> LookupError {
    // SAFETY: the schema is a constant that the contract's macro made.
    let host = unsafe { read_contract(C::SCHEMA) };
    let signatures = host.ok().and_then(|host| {
        let (host, plugin) = host.first_difference(&implementation.interface.schema)?;
        Some(both_forms(host, plugin))
    });
    let (host, plugin) = signatures.unwrap_or_default();
    let bundle = implementation.bundle.name.clone();
    LookupError::Incompatible { bundle, contract: C::NAME.to_owned(), host, plugin }
}

/// Who provides the contract in other versions, or what is loaded at all.
pub(super) fn hint(shared: &Shared, contract: &str) -> String {
    let bundles = shared.bundles.snapshots();
    let mut others = Vec::new();
    for bundle in &bundles {
        for (name, version) in bundle.provides() {
            if name == contract {
                others.push(format!("`{name}@{version}` in bundle `{}`", bundle.name()));
            }
        }
    }
    if others.is_empty() {
        let names = bundles.iter().map(|bundle| bundle.name().to_owned());
        return format!("loaded bundles are: {}", list(names));
    }
    format!("there is {}", list(others))
}
