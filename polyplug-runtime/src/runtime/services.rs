//! What the host provides to bundles.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use polyplug_guest::abi::{ErrorBuffer, ErrorKind, LocalInstance};
use polyplug_guest::private::{Panic, SharedContract, SharedInstance, contain, shared_instance};
use polyplug_guest::{Contract, ContractId, ContractVersion};

use super::Shared;
use super::bundles::list;
use super::dependencies::is_new_enough;
use super::request::incompatible;
use crate::bundle::Bundle;
use crate::error::{LookupError, ProvideError};
use crate::host::{Asked, Host, Refusal};
use crate::instance::{CellRef, Client, Instances, Maker};
use crate::schema::{Schema, read_contract};

/// The services of a runtime.
#[derive(Default)]
pub(crate) struct Services {
    // No code of others runs under the lock, so a poisoned one guards whole data.
    entries: Mutex<BTreeMap<ContractId, Arc<Entry>>>,
}

/// One service: all instances of it that were made, and how to get at one.
struct Entry {
    schema: Arc<Schema>,
    /// The host's own view of the contract.
    client: Client,
    instances: Arc<Instances>,
    source: Source,
}

enum Source {
    /// One implementation for all.
    One(CellRef),
    /// One for each bundle.
    Each {
        make: Box<dyn Fn(&Bundle) -> Handed + Send + Sync>,
        /// What was made, by the number of the bundle.
        made: Mutex<BTreeMap<u64, CellRef>>,
    },
}

/// An implementation on its way into an instance. Dropped, it is destroyed.
struct Handed(Option<SharedInstance>);

impl Handed {
    fn new<C: Contract + ?Sized>(implementation: Arc<C::Shared>) -> Self {
        Self(Some(shared_instance::<C>(implementation)))
    }

    /// Makes it an instance of the set; `None` when that has ended.
    fn into_cell(mut self, client: Client, instances: &Arc<Instances>) -> Option<CellRef> {
        let SharedInstance { functions, instance, destroy } = self.0?;
        let size = size_of::<LocalInstance>();
        let local = LocalInstance { size, functions, instance, destroy };
        // SAFETY: the functions are those of the client's contract, and live as long as
        // the process.
        let cell = unsafe { instances.hand_over(client, &local) }.ok()?;
        self.0 = None;
        Some(cell)
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take() {
            let mut error = ErrorBuffer::cleared();
            // SAFETY: nobody has taken it over, so it is destroyed here, once.
            unsafe { (shared.destroy)(shared.instance, error.as_mut_ptr()) };
        }
    }
}

impl Services {
    /// The cell of a service, for the bundle that asks.
    pub(crate) fn bind_for(&self, host: &Host, asked: &Asked<'_>) -> Result<CellRef, Refusal> {
        let (name, version) = (&asked.schema.name, asked.schema.version);
        let not_found = |version| Refusal::new(ErrorKind::NotFound, self.not_found(name, version));
        let entry = self.find(name, version).ok_or_else(|| not_found(version))?;
        if let Some(at_least) = asked.at_least
            && !is_new_enough(entry.schema.version, at_least)
        {
            return Err(not_found(at_least));
        }
        let root = entry.root_for(host).map_err(|panic| Refusal::panicked(&panic))?;
        let root = root.ok_or_else(|| not_found(version))?;
        root.bind(asked.client.clone())
            .map_err(|_| incompatible(host.name(), asked, "host", &entry.schema))
    }

    /// The service as the host has it.
    #[cfg_attr(not(feature = "lua"), allow(dead_code, reason = "only loaders of interpreters ask"))]
    pub(crate) fn contract(&self, name: &str, version: ContractVersion) -> Option<Arc<Schema>> {
        self.find(name, version).map(|entry| Arc::clone(&entry.schema))
    }

    /// Says that there is no such service, and which ones there are.
    pub(crate) fn not_found(&self, name: &str, version: ContractVersion) -> String {
        let entries = self.lock();
        let there = entries
            .values()
            .map(|entry| format!("`{}@{}`", entry.schema.name, entry.schema.version));
        format!("the host provides no service `{name}@{version}`; it provides: {}", list(there))
    }

    /// A bundle was unloaded: what was made for it goes, when no call is in it.
    pub(super) fn forget(&self, serial: u64) {
        let entries: Vec<_> = self.lock().values().cloned().collect();
        let forget = |entry: &Arc<Entry>| match &entry.source {
            Source::Each { made, .. } => locked(made).remove(&serial),
            Source::One(_) => None,
        };
        // Dropped where no lock is held.
        drop(entries.iter().map(forget).collect::<Vec<_>>());
    }

    fn find(&self, name: &str, version: ContractVersion) -> Option<Arc<Entry>> {
        let entries = self.lock();
        let entry = entries.get(&ContractId::of_service(name, version))?;
        (entry.schema.name == name).then(|| Arc::clone(entry))
    }

    fn add(&self, id: ContractId, entry: Arc<Entry>) -> Result<(), ProvideError> {
        let mut entries = self.lock();
        let Some(there) = entries.get(&id) else {
            entries.insert(id, entry);
            return Ok(());
        };
        let (first, second) = (there.schema.name.clone(), entry.schema.name.clone());
        if first != second {
            return Err(ProvideError::IdCollision { first, second });
        }
        let version = there.schema.version;
        Err(ProvideError::AlreadyProvided { contract: first, version })
    }

    fn remove(&self, id: ContractId, entry: &Arc<Entry>) {
        let mut entries = self.lock();
        let is_there = entries.get(&id).is_some_and(|there| Arc::ptr_eq(there, entry));
        let removed = if is_there { entries.remove(&id) } else { None };
        drop(entries);
        drop(removed);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ContractId, Arc<Entry>>> {
        locked(&self.entries)
    }
}

/// No code of others runs under these locks, so a poisoned one guards whole data.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Entry {
    /// The cell from which those of a bundle are made. None when there is no service any
    /// more.
    fn root_for(&self, host: &Host) -> Result<Option<CellRef>, Panic> {
        let (make, made) = match &self.source {
            Source::One(root) => return Ok(Some(root.clone())),
            Source::Each { make, made } => (make, made),
        };
        let serial = host.presence().serial();
        if let Some(root) = locked(made).get(&serial) {
            return Ok(Some(root.clone()));
        }
        let Some(bundle) = host.bundle() else { return Ok(None) };
        // Runs code of the host, and so under no lock. What another thread made of it
        // meanwhile is preferred.
        let new = contain(|| make(bundle))?.into_cell(self.client.clone(), &self.instances);
        let Some(new) = new else { return Ok(None) };
        let root = locked(made).entry(serial).or_insert_with(|| new.clone()).clone();
        if host.presence().has_ended() {
            let forgotten = locked(made).remove(&serial);
            drop(forgotten);
        }
        Ok(Some(root))
    }

    /// Whoever still has a proxy is told that there is no service any more. What no call
    /// is in is destroyed.
    fn end(&self) {
        drop(self.instances.end().reclaim());
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.end();
    }
}

/// A contract that the host implements, for bundles to call:
/// [`Runtime::provide`](crate::Runtime::provide) gives this.
///
/// Dropping it changes nothing: the service stays until it is
/// [withdrawn](Self::withdraw), or its runtime goes.
pub struct Service<C: ?Sized> {
    shared: Weak<Shared>,
    entry: Weak<Entry>,
    contract: PhantomData<fn() -> Box<C>>,
}

impl<C: Contract + ?Sized> Service<C> {
    /// Takes the service away: calls that run finish, and each later one says
    /// [`Unloaded`](polyplug_guest::CallError::Unloaded). The implementation is dropped
    /// with the last call.
    pub fn withdraw(self) {
        let (shared, entry) = (self.shared.upgrade(), self.entry.upgrade());
        if let (Some(shared), Some(entry)) = (shared, entry) {
            shared.services.remove(service_id::<C>(), &entry);
            entry.end();
        }
    }

    /// A proxy over the service, as bundles have it.
    ///
    /// # Errors
    ///
    /// [`LookupError::Withdrawn`] when the runtime is gone, and
    /// [`LookupError::OnlyForBundles`] when each bundle has an implementation of its own.
    pub fn proxy(&self) -> Result<C::Proxy, LookupError> {
        let contract = || C::NAME.to_owned();
        let withdrawn = || LookupError::Withdrawn { contract: contract() };
        let entry = self.entry.upgrade().ok_or_else(withdrawn)?;
        match &entry.source {
            Source::One(root) => root.proxy::<C>().map_err(|_| withdrawn()),
            Source::Each { .. } => Err(LookupError::OnlyForBundles { contract: contract() }),
        }
    }
}

impl<C: Contract + ?Sized> fmt::Debug for Service<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("contract", &C::NAME).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn provide<C: SharedContract + ?Sized>(
        &self,
        implementation: Arc<C::Shared>,
    ) -> Result<Service<C>, ProvideError> {
        let handed = Handed::new::<C>(implementation);
        self.add_service(|instances| {
            // A set takes over what it is given until it has ended.
            handed.into_cell(Client::of::<C>(), instances).map(Source::One)
        })
    }

    pub(super) fn provide_each<C: SharedContract + ?Sized>(
        &self,
        implementation: impl Fn(&Bundle) -> Arc<C::Shared> + Send + Sync + 'static,
    ) -> Result<Service<C>, ProvideError> {
        let make = Box::new(move |bundle: &Bundle| Handed::new::<C>(implementation(bundle)));
        self.add_service(|_| Some(Source::Each { make, made: Mutex::default() }))
    }

    fn add_service<C: SharedContract + ?Sized>(
        &self,
        source: impl FnOnce(&Arc<Instances>) -> Option<Source>,
    ) -> Result<Service<C>, ProvideError> {
        let contract = || C::NAME.to_owned();
        let undescribed = || ProvideError::Undescribed { contract: contract() };
        // SAFETY: the schema is a constant that the contract's macro made.
        let schema = unsafe { read_contract(C::SCHEMA) }.map_err(|_| undescribed())?;
        let instances = Instances::of_maker(Maker::host(Arc::clone(&self.listeners)));
        let source = source(&instances).ok_or_else(undescribed)?;
        let (schema, client) = (Arc::new(schema), Client::of::<C>());
        let entry = Arc::new(Entry { schema, client, instances, source });
        self.services.add(service_id::<C>(), Arc::clone(&entry))?;
        let (shared, entry) = (self.this.clone(), Arc::downgrade(&entry));
        Ok(Service { shared, entry, contract: PhantomData })
    }
}

fn service_id<C: Contract + ?Sized>() -> ContractId {
    ContractId::of_service(C::NAME, C::VERSION)
}
