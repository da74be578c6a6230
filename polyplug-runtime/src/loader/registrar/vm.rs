//! What loaders of interpreters ask for and register: their bundles carry no
//! schema.

use std::ffi::c_void;
use std::sync::Arc;

use polyplug_guest::abi::{UnloadInstance, VmCall};
use polyplug_guest::{ContractId, ContractVersion};

use super::Registrar;
use crate::interface::{InstanceLifecycle, InstanceState, Interface};
use crate::schema::Schema;

/// An implementation whose methods are reached through one function, of a
/// contract that the runtime knows.
pub(crate) struct VmProvider {
    pub(crate) schema: Schema,
    pub(crate) function_count: usize,
    pub(crate) call: VmCall,
    pub(crate) loader_data: *mut c_void,
    pub(crate) lifecycle: InstanceLifecycle,
    pub(crate) unload_instance: Option<UnloadInstance>,
    pub(crate) state: Option<InstanceState>,
    pub(crate) is_stateless: bool,
}

impl Registrar<'_> {
    /// The contract of this name and major version (while that is 0, of this
    /// minor), if the runtime knows it.
    pub(crate) fn contract(&self, name: &str, version: ContractVersion) -> Option<Arc<Schema>> {
        let found = self.contracts.contract(ContractId::of_version(name, version));
        found.filter(|schema| schema.name == name)
    }

    /// The contracts that the runtime knows, for errors.
    pub(crate) fn known_contracts(&self) -> String {
        let mut names = self.contracts.names();
        names.sort();
        names.dedup();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// Takes one contract of the bundle that is being initialised.
    ///
    /// # Safety
    ///
    /// The functions are what their types and the schema say, take `loader_data`,
    /// and may be called from any thread until the module is closed.
    pub(crate) unsafe fn register_vm(&mut self, provider: VmProvider) {
        self.interfaces.push(Interface::of_vm(provider));
    }
}
