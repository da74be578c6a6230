//! One implementation of one contract in one loaded version of a bundle.

use std::ffi::c_void;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use polyplug_guest::Contract;
use polyplug_guest::ContractId;
use polyplug_guest::abi::{CreateContext, Function, ProxyBinding, RawSlice, RawStr, VmInstance};
use polyplug_guest::private::{Functions, contain};

use crate::config::Config;
use crate::entry::{GuestError, call};
use crate::events::{Event, Listeners};
use crate::host::Host;
use crate::interface::{Dispatch, Interface};
use crate::loader::{Closed, Module};
use crate::reclaim::Target;
use crate::registry::BundleDescription;

/// The lease on one open version of a bundle: the last one to go closes it, on
/// its own thread.
pub(crate) struct Lease {
    module: Option<Box<dyn Module>>,
    /// The bundle may use it without a reference of its own for as long as its code
    /// runs.
    host: Arc<Host>,
    closed: Arc<OnceLock<Closed>>,
}

impl Lease {
    pub(crate) fn new(module: Box<dyn Module>, host: Arc<Host>) -> Self {
        Self { module: Some(module), host, closed: Arc::default() }
    }

    /// What the host keeps for this version.
    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    pub(crate) fn module(&self) -> Option<&dyn Module> {
        self.module.as_deref()
    }

    /// Where it will be said what came of closing.
    pub(crate) fn outcome(&self) -> Arc<OnceLock<Closed>> {
        Arc::clone(&self.closed)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            let _inside = crate::inside::guest_section();
            let closed = contain(|| module.close()).unwrap_or_else(|panic| Closed::StillMapped {
                why: format!("closing it panicked: {panic}"),
            });
            if closed != Closed::Reclaimed {
                self.host.outlive();
            }
            let _ = self.closed.set(closed);
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

/// One implementation of one contract, open for as long as this lives.
#[derive(Debug)]
pub(crate) struct Implementation {
    pub(crate) interface: Interface,
    pub(crate) bundle: Arc<BundleDescription>,
    listeners: Arc<Listeners>,
    lease: Arc<Lease>,
}

impl Implementation {
    pub(crate) fn new(
        interface: Interface,
        bundle: Arc<BundleDescription>,
        listeners: Arc<Listeners>,
        lease: Arc<Lease>,
    ) -> Self {
        Self { interface, bundle, listeners, lease }
    }

    /// Whether both belong to the same loaded version.
    pub(crate) fn is_of(&self, lease: &Arc<Lease>) -> bool {
        Arc::ptr_eq(&self.lease, lease)
    }
}

/// What a caller of a contract brings along: its own view of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) id: ContractId,
    pub(crate) name: &'static str,
    pub(crate) method_fingerprints: &'static [u64],
    vm_thunks: Functions,
    absent: Functions,
}

impl Client {
    pub(crate) fn of<C: Contract + ?Sized>() -> Self {
        Self {
            id: C::ID,
            name: C::NAME,
            method_fingerprints: C::METHOD_FINGERPRINTS,
            vm_thunks: C::VM_THUNKS,
            absent: C::ABSENT,
        }
    }

    /// Whether the provider serves this contract, and the methods that both know
    /// are the same.
    pub(crate) fn fits(&self, interface: &Interface) -> bool {
        if interface.id != self.id {
            return false;
        }
        let theirs = interface.schema.methods.iter().map(|method| method.fingerprint);
        self.method_fingerprints.iter().zip(theirs).all(|(ours, theirs)| *ours == theirs)
    }
}

/// An instance, reached through a function table as long as its client's
/// contract. Dropping it destroys the instance, by the code that made it.
///
/// # Invariants
///
/// `functions` has the length of the client's contract, its functions are what
/// the contract's schema says, and take `instance`; the provider keeps them.
#[derive(Debug)]
pub(crate) struct Binding {
    functions: Table,
    /// What the functions get: `made`, or `vm`.
    instance: *mut c_void,
    /// What the provider made.
    made: *mut c_void,
    /// Shared, so that moving the binding leaves `instance` valid.
    _vm: Option<Arc<VmInstance>>,
    implementation: Arc<Implementation>,
}

// SAFETY: functions of a contract may be called from any thread with the
// instance, and an instance may be destroyed on another than made it.
unsafe impl Send for Binding {}
// SAFETY: as above.
unsafe impl Sync for Binding {}

/// Why there can be no binding.
#[derive(Debug)]
pub(crate) enum BindError {
    /// The client's methods are not the provider's.
    Incompatible,
    /// The provider could not make an instance.
    Create(GuestError),
}

#[derive(Debug)]
enum Table {
    Whole(*const Function),
    /// The provider is older: what it lacks is filled up.
    Padded(Box<[Function]>),
}

impl Binding {
    /// Makes an instance.
    pub(crate) fn new(
        implementation: Arc<Implementation>,
        client: &Client,
        config: &Config,
    ) -> Result<Self, BindError> {
        if !client.fits(&implementation.interface) {
            return Err(BindError::Incompatible);
        }
        let made = create(&implementation, config).map_err(BindError::Create)?;
        let (present, vm) = match implementation.interface.dispatch {
            Dispatch::Native { functions } => (functions, None),
            Dispatch::Vm { call, loader_data } => {
                let vm = Arc::new(VmInstance { call, loader_data, instance: made });
                (client.vm_thunks.as_ptr(), Some(vm))
            }
        };
        let count = client.method_fingerprints.len();
        let functions = if implementation.interface.function_count >= count {
            Table::Whole(present)
        } else {
            let absent = client.absent.as_ptr();
            let at = |i| {
                let table =
                    if i < implementation.interface.function_count { present } else { absent };
                // SAFETY: the provider has the functions below its count, the
                // client's tables are as long as its contract.
                unsafe { table.add(i).read() }
            };
            Table::Padded((0..count).map(at).collect())
        };
        let instance = vm.as_ref().map_or(made, |vm| Arc::as_ptr(vm).cast_mut().cast());
        Ok(Self { functions, instance, made, _vm: vm, implementation })
    }

    /// The binding as a target of calls.
    pub(crate) fn into_target(self) -> Arc<Target<Self>> {
        let functions = match &self.functions {
            Table::Whole(functions) => *functions,
            Table::Padded(functions) => functions.as_ptr(),
        };
        let binding = ProxyBinding::new(functions, self.instance);
        // SAFETY: the provider keeps a whole table, a padded one and the instance
        // are this binding's; none of them moves with it.
        unsafe { Target::new(binding, self) }
    }

    pub(crate) fn implementation(&self) -> &Arc<Implementation> {
        &self.implementation
    }
}

impl Drop for Binding {
    fn drop(&mut self) {
        let interface = &self.implementation.interface;
        let Some(lifecycle) = interface.lifecycle else { return };
        let made = self.made;
        if let Some(unload) = interface.unload_instance {
            // SAFETY: no call uses the instance any more: targets of calls are
            // dropped when none is left.
            let told = unsafe { call(|error| unload(made, error)) };
            self.report(told);
        }
        // SAFETY: as above, and the instance is given back to its maker once.
        let destroyed = unsafe { call(|error| (lifecycle.destroy)(made, error)) };
        self.report(destroyed);
    }
}

impl Binding {
    fn report(&self, result: Result<(), GuestError>) {
        if let Err(error) = result {
            self.implementation.listeners.emit(&Event::InstanceFailed {
                bundle: self.implementation.bundle.name.clone(),
                contract: self.implementation.interface.schema.name.clone(),
                error,
            });
        }
    }
}

fn create(implementation: &Implementation, config: &Config) -> Result<*mut c_void, GuestError> {
    let mut instance = std::ptr::null_mut();
    let Some(lifecycle) = implementation.interface.lifecycle else {
        return Ok(instance);
    };
    let path = implementation.bundle.path.as_deref().and_then(Path::to_str).unwrap_or_default();
    let context = CreateContext {
        size: size_of::<CreateContext>(),
        config: RawSlice::new(config.bytes()),
        bundle_name: RawStr::new(&implementation.bundle.name),
        path: RawStr::new(path),
        loader_data: implementation.interface.loader_data(),
        host: implementation.lease.host().object(),
    };
    // SAFETY: context and buffer are lent for the call; the provider keeps the
    // function.
    unsafe { call(|error| (lifecycle.create)(&context, &mut instance, error))? };
    Ok(instance)
}
