//! What a bundle registers while it is initialised.

#[cfg(feature = "lua")]
pub(crate) mod vm;

use std::ffi::c_void;
use std::fmt;
use std::sync::Arc;

use polyplug_guest::ContractId;
use polyplug_guest::abi::{
    ABI_VERSION, ErrorBuffer, ErrorKind, GuestContractInterface, HostObject, HostTable, Phase,
    Status,
};

use crate::bundle::Needs;
use crate::error::chain;
use crate::host::Host;
use crate::inside;
use crate::interface::{Interface, InterfaceError};
use crate::schema::Schema;

/// Collects what a bundle registers. Nothing of it is visible to anybody until
/// the whole load has succeeded.
pub struct Registrar<'r> {
    #[cfg_attr(
        not(feature = "lua"),
        allow(dead_code, reason = "only loaders of interpreters ask")
    )]
    contracts: &'r dyn Contracts,
    host: &'r Arc<Host>,
    needs: Needs,
    interfaces: Vec<Interface>,
    refused: Option<InterfaceError>,
}

/// The contracts that a runtime knows: its host named them, or a loaded bundle
/// describes them.
#[cfg_attr(not(feature = "lua"), allow(dead_code, reason = "only loaders of interpreters ask"))]
pub(crate) trait Contracts {
    fn contract(&self, id: ContractId) -> Option<Arc<Schema>>;

    /// All of them, as `name@major.minor`.
    fn names(&self) -> Vec<String>;
}

impl<'r> Registrar<'r> {
    pub(crate) fn new(contracts: &'r dyn Contracts, host: &'r Arc<Host>) -> Self {
        let (needs, interfaces) = (Needs::default(), Vec::new());
        Self { contracts, host, needs, interfaces, refused: None }
    }

    /// What the host keeps for the bundle that is being initialised.
    #[cfg_attr(not(feature = "lua"), allow(dead_code, reason = "only loaders of interpreters ask"))]
    pub(crate) fn host(&self) -> &'r Arc<Host> {
        self.host
    }

    /// Says what the bundle needs, where it says so only when it is initialised.
    #[cfg_attr(not(feature = "lua"), allow(dead_code, reason = "only loaders of interpreters ask"))]
    pub(crate) fn declare(&mut self, needs: Needs) {
        self.needs = needs;
    }

    /// What was declared.
    pub(crate) fn needs(&self) -> Needs {
        self.needs.clone()
    }

    /// Takes one contract of the bundle that is being initialised.
    ///
    /// # Errors
    ///
    /// [`InterfaceError`] says what is wrong with it. The load then fails,
    /// whatever the bundle makes of the error.
    ///
    /// # Safety
    ///
    /// If `interface` is not null and aligned it points at a table of which
    /// every pointer that is not null points at what its type says, until the
    /// module is closed; its functions may be called from any thread until then.
    pub unsafe fn register(
        &mut self,
        interface: *const GuestContractInterface,
    ) -> Result<(), InterfaceError> {
        // SAFETY: the caller's promise is the one that is asked for.
        match unsafe { Interface::read(interface) } {
            Ok(interface) => {
                self.interfaces.push(interface);
                Ok(())
            }
            Err(error) => {
                self.refused.get_or_insert(error.clone());
                Err(error)
            }
        }
    }

    /// What was registered, unless something was refused.
    pub(crate) fn finish(self) -> Result<Vec<Interface>, InterfaceError> {
        self.refused.map_or(Ok(self.interfaces), Err)
    }
}

impl fmt::Debug for Registrar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrar")
            .field("interfaces", &self.interfaces)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

/// What the host offers to all bundles of the process.
pub(crate) static HOST_TABLE: HostTable = HostTable {
    size: size_of::<HostTable>(),
    abi_version: ABI_VERSION,
    reserved: 0,
    register,
    is_inside_guest,
    bundle,
};

unsafe extern "C" fn register(
    registrar: *mut c_void,
    interface: *const GuestContractInterface,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: a bundle gets its registrar for the call of its entry alone, on
    // whose thread nobody else uses it.
    let registrar = unsafe { &mut *registrar.cast::<Registrar<'_>>() };
    // SAFETY: a bundle registers tables of its own, on the word that was given
    // for its loader.
    let Err(refused) = (unsafe { registrar.register(interface) }) else {
        return Status::Ok as u32;
    };
    if !error.is_null() {
        let message = chain(&refused);
        // SAFETY: the bundle lends its error buffer for this call.
        unsafe {
            let kind = ErrorKind::InvalidArgument;
            ErrorBuffer::write(error, Phase::Load, kind, 0, &message, String::new());
        }
    }
    Status::Failed as u32
}

unsafe extern "C" fn bundle(registrar: *mut c_void) -> *const HostObject {
    // SAFETY: as in `register`.
    unsafe { &*registrar.cast::<Registrar<'_>>() }.host.lend()
}

unsafe extern "C" fn is_inside_guest() -> u32 {
    inside::is_inside_guest().into()
}
