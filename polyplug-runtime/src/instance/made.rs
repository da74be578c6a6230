//! What a provider made, and the end of that.

use std::ffi::c_void;
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::Arc;

use polyplug_guest::abi::{
    CreateContext, DestroyInstance, ErrorBuffer, Function, LocalInstance, RawSlice, RawStr, RawVec,
    RestoreInstance, UniformCall, VmInstance,
};

use super::Client;
use crate::config::Config;
use crate::entry::{GuestError, REBUILD, call};
use crate::events::{Event, Listeners};
use crate::implementation::{Implementation, Lease};
use crate::interface::{Dispatch, InstanceState};

/// What a provider made for one instance, in one version. Dropping it destroys that, by
/// the code that made it.
///
/// # Invariants
///
/// `instance` is what the functions of `provider` take, or what `vm` calls with; it is
/// destroyed here and nowhere else.
pub(crate) struct Made {
    instance: *mut c_void,
    /// Stands for the instance in the tables of a provider that is called uniformly.
    vm: Option<VmInstance>,
    provider: Provider,
}

// SAFETY: functions of a contract may be called from any thread with the
// instance, and an instance may be destroyed on another than made it.
unsafe impl Send for Made {}
// SAFETY: as above.
unsafe impl Sync for Made {}

enum Provider {
    Plugin(Arc<Implementation>),
    Handed(Box<Handed>),
}

/// An implementation that was handed over, rather than made from a plugin.
struct Handed {
    /// How its maker sees the contract.
    client: Client,
    /// As long as the maker's contract.
    functions: *const Function,
    destroy: DestroyInstance,
    maker: Maker,
}

/// Whose code an implementation is that was handed over.
#[derive(Clone, Debug)]
pub(crate) struct Maker {
    /// The name of the bundle, or what stands for the host.
    pub(crate) name: Arc<str>,
    pub(crate) listeners: Arc<Listeners>,
    /// What keeps the code; none for the host's own.
    pub(crate) lease: Option<Arc<Lease>>,
}

impl Maker {
    /// The host, by services.
    pub(crate) fn host(listeners: Arc<Listeners>) -> Self {
        Self { name: HOST.into(), listeners, lease: None }
    }
}

/// What stands for the host where else a bundle is named.
const HOST: &str = "host";

/// The functions of a provider, as a client's table needs them.
pub(super) struct Functions {
    pub(super) table: *const Function,
    /// How many there are, from the first method on.
    pub(super) count: usize,
    /// What they take.
    pub(super) receiver: *mut c_void,
    /// Whether the provider vouches that all texts are UTF-8 that they return.
    pub(super) have_utf8_texts: bool,
}

impl Made {
    /// Lets a plugin make an instance.
    #[inline]
    pub(super) fn create(
        implementation: Arc<Implementation>,
        config: &Config,
    ) -> Result<Arc<Self>, GuestError> {
        let instance = create(&implementation, config)?;
        Ok(Self::of(implementation, instance))
    }

    /// Lets a plugin make an instance of a state.
    pub(super) fn restore(
        implementation: Arc<Implementation>,
        restore: RestoreInstance,
        config: &Config,
        state: &[u8],
    ) -> Result<Arc<Self>, GuestError> {
        let mut instance = std::ptr::null_mut();
        with_context(&implementation, config, |context, error| {
            // SAFETY: all is lent for the call; the provider keeps the function.
            unsafe { restore(context, RawSlice::new(state), &mut instance, error) }
        })?;
        Ok(Self::of(implementation, instance))
    }

    #[inline]
    fn of(implementation: Arc<Implementation>, instance: *mut c_void) -> Arc<Self> {
        let vm = match implementation.interface.dispatch {
            Dispatch::Native { .. } => None,
            Dispatch::Vm { call, loader_data } => Some(VmInstance { call, loader_data, instance }),
        };
        Arc::new(Self { instance, vm, provider: Provider::Plugin(implementation) })
    }

    /// Writes the state down, if the plugin can.
    ///
    /// # Safety
    ///
    /// No call is in the instance, and none begins meanwhile, but for calls that take
    /// turns with this one by themselves.
    pub(super) unsafe fn save(&self) -> Option<Result<Vec<u8>, GuestError>> {
        let InstanceState { save, .. } = self.state()?;
        let mut state = MaybeUninit::<RawVec<u8>>::uninit();
        // SAFETY: the caller's promise; the place is ours, and the provider keeps the
        // function.
        if let Err(error) = unsafe { call(|error| save(self.instance, state.as_mut_ptr(), error)) }
        {
            return Some(Err(error));
        }
        // SAFETY: the call succeeded, so it wrote the state.
        let state = unsafe { state.assume_init() };
        // SAFETY: it came whole from its maker, is copied, and given back once.
        let copied = unsafe {
            let copied = state.as_slice().map(<[u8]>::to_vec);
            if copied.is_ok() {
                state.release();
            }
            copied
        };
        let invalid =
            |invalid| GuestError::invalid(format!("the saved state is {invalid}; {REBUILD}"));
        Some(copied.map_err(invalid))
    }

    /// The functions that carry the state over; none where it is lost.
    pub(super) fn state(&self) -> Option<InstanceState> {
        match &self.provider {
            Provider::Plugin(implementation) => implementation.interface.state,
            Provider::Handed(_) => None,
        }
    }

    /// Whether calls take turns with each other by themselves.
    pub(super) fn takes_turns(&self) -> bool {
        self.vm.is_some()
    }

    /// Takes over what was handed over.
    ///
    /// # Safety
    ///
    /// `local` is as long as the contract of `client`, whose schema its functions keep
    /// to; they take its instance, from any thread, for as long as the lease of `maker`
    /// is held. Nobody else destroys it.
    pub(super) unsafe fn hand_over(
        client: Client,
        local: &LocalInstance,
        maker: Maker,
    ) -> Arc<Self> {
        let LocalInstance { functions, instance, destroy, .. } = *local;
        let handed = Box::new(Handed { client, functions, destroy, maker });
        Arc::new(Self { instance, vm: None, provider: Provider::Handed(handed) })
    }

    /// Whether the methods that the client and the provider know are the same.
    pub(super) fn fits(&self, client: &Client) -> bool {
        match &self.provider {
            Provider::Plugin(implementation) => client.fits(&implementation.interface),
            Provider::Handed(handed) => client.agrees(&handed.client),
        }
    }

    /// The provider's functions, for `client`. Valid for as long as this and the
    /// client's tables are.
    #[inline]
    pub(super) fn functions(&self, client: &Client) -> Functions {
        match &self.provider {
            Provider::Plugin(implementation) => {
                let interface = &implementation.interface;
                let count = interface.function_count;
                match (interface.dispatch, &self.vm) {
                    (Dispatch::Native { functions, trusting }, None) => Functions {
                        table: if client.vouches_for_texts() { trusting } else { functions },
                        count,
                        receiver: self.instance,
                        have_utf8_texts: interface.vouches_for_texts(),
                    },
                    (_, vm) => {
                        let receiver = vm
                            .as_ref()
                            .map_or(self.instance, |vm| std::ptr::from_ref(vm).cast_mut().cast());
                        let (table, have_utf8_texts) = (client.vm_thunks(), false);
                        Functions { table, count, receiver, have_utf8_texts }
                    }
                }
            }
            Provider::Handed(handed) => {
                let count = handed.client.fingerprints().len();
                let (table, receiver) = (handed.functions, self.instance);
                Functions { table, count, receiver, have_utf8_texts: false }
            }
        }
    }

    /// Adapters for the functions of a native provider, as many as it has; null where it
    /// brings none. Valid for as long as this is.
    pub(super) fn uniform(&self) -> *const UniformCall {
        match &self.provider {
            Provider::Plugin(implementation) => implementation.interface.uniform,
            Provider::Handed(handed) => handed.client.uniform(),
        }
    }

    /// What keeps the code; none for the host's own.
    pub(super) fn lease(&self) -> Option<&Arc<Lease>> {
        match &self.provider {
            Provider::Plugin(implementation) => Some(implementation.lease()),
            Provider::Handed(handed) => handed.maker.lease.as_ref(),
        }
    }

    /// Whether making it anew loses nothing.
    pub(super) fn is_stateless(&self) -> bool {
        match &self.provider {
            Provider::Plugin(implementation) => implementation.interface.is_stateless(),
            Provider::Handed(_) => false,
        }
    }

    /// The contract that it serves.
    pub(super) fn contract(&self) -> &str {
        match &self.provider {
            Provider::Plugin(implementation) => &implementation.interface.schema.name,
            Provider::Handed(handed) => handed.client.name(),
        }
    }

    fn report(&self, result: Result<(), GuestError>) {
        let Err(error) = result else { return };
        let (bundle, listeners) = match &self.provider {
            Provider::Plugin(implementation) => {
                (&*implementation.bundle.name, &implementation.listeners)
            }
            Provider::Handed(handed) => (&*handed.maker.name, &handed.maker.listeners),
        };
        let (bundle, contract) = (bundle.to_owned(), self.contract().to_owned());
        listeners.emit(&Event::InstanceFailed { bundle, contract, error });
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let instance = self.instance;
        let destroy = match &self.provider {
            Provider::Plugin(implementation) => {
                let interface = &implementation.interface;
                let Some(lifecycle) = interface.lifecycle else { return };
                if let Some(unload) = interface.unload_instance {
                    // SAFETY: no call uses the instance any more: targets of calls are
                    // dropped when none is left, and each keeps this.
                    let told = unsafe { call(|error| unload(instance, error)) };
                    self.report(told);
                }
                lifecycle.destroy
            }
            Provider::Handed(handed) => handed.destroy,
        };
        // SAFETY: no call uses it any more, and it is given back to its maker once.
        let destroyed = unsafe { call(|error| destroy(instance, error)) };
        self.report(destroyed);
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("contract", &self.contract()).finish_non_exhaustive()
    }
}

#[inline]
fn create(implementation: &Implementation, config: &Config) -> Result<*mut c_void, GuestError> {
    let mut instance = std::ptr::null_mut();
    let Some(lifecycle) = implementation.interface.lifecycle else {
        return Ok(instance);
    };
    with_context(implementation, config, |context, error| {
        // SAFETY: all is lent for the call; the provider keeps the function.
        unsafe { (lifecycle.create)(context, &mut instance, error) }
    })?;
    Ok(instance)
}

/// Calls a function of the provider that makes an instance.
fn with_context(
    implementation: &Implementation,
    config: &Config,
    make: impl FnOnce(*const CreateContext, *mut ErrorBuffer) -> u32,
) -> Result<(), GuestError> {
    let context = CreateContext {
        size: size_of::<CreateContext>(),
        config: RawSlice::new(config.bytes()),
        bundle_name: RawStr::new(&implementation.bundle.name),
        path: RawStr::new(&implementation.bundle.path),
        loader_data: implementation.interface.loader_data(),
        host: implementation.lease().host().object(),
    };
    // SAFETY: `make` passes the buffer to a function of the provider.
    unsafe { call(|error| make(&context, error)) }
}
