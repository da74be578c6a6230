//! A Lua bundle as the runtime knows it.

use std::sync::{Arc, Mutex, PoisonError};

use polyplug_guest::ContractId;

use super::bundle::Running;
use super::class::Class;
use super::error::LuaError;
use super::{dispatch, instance, state};
use crate::bundle::Description;
use crate::inside::guest_section;
use crate::interface::{InstanceLifecycle, InstanceState};
use crate::loader::registrar::vm::VmProvider;
use crate::loader::{Closed, LoaderError, Module, PreparedBundle, Registrar};

/// A bundle that was read, and runs if that was the only way to ask it for its
/// name.
pub(super) struct Prepared {
    pub(super) description: Option<Description>,
    pub(super) start: Box<dyn FnOnce() -> Result<(Running, Description), LoaderError>>,
}

impl PreparedBundle for Prepared {
    fn description(&self) -> Option<&Description> {
        self.description.as_ref()
    }

    fn open(self: Box<Self>) -> Result<Box<dyn Module>, LoaderError> {
        let (running, description) = (self.start)()?;
        Ok(Box::new(LuaModule { running, description, classes: Mutex::default() }))
    }
}

/// An open bundle.
struct LuaModule {
    running: Running,
    description: Description,
    /// Kept here, because what is registered points at them.
    classes: Mutex<Vec<Arc<Class>>>,
}

// SAFETY: what is registered is owned by the module.
unsafe impl Module for LuaModule {
    fn init(&self, registrar: &mut Registrar<'_>) -> Result<(), LoaderError> {
        // Looking a method up may run code of the bundle.
        let _inside = guest_section();
        registrar.declare(self.running.needs()?);
        let shared = self.running.vm.shared();
        // A module is initialised once.
        let _ = shared.host.set(Arc::clone(registrar.host()));
        let mut contracts = Vec::new();
        for provided in self.running.provided()? {
            let vm = &self.running.vm;
            let (schema, class) = Class::read(vm, &provided, &self.description, registrar)?;
            let id = ContractId::of_version(&schema.name, schema.version);
            if contracts.contains(&id) {
                return Err(LuaError::Twice { contract: schema.name }.into());
            }
            contracts.push(id);
            let class = Arc::new(class);
            // SAFETY: the functions are those of this loader, and the class stays
            // until the module is closed.
            unsafe {
                registrar.register_vm(VmProvider {
                    schema,
                    function_count: class.function_count(),
                    call: dispatch::call,
                    loader_data: Arc::as_ptr(&class).cast_mut().cast(),
                    lifecycle: InstanceLifecycle {
                        create: instance::create,
                        destroy: instance::destroy,
                    },
                    unload_instance: class.on_unload.is_some().then_some(instance::unload as _),
                    state: class
                        .save
                        .is_some()
                        .then_some(InstanceState { save: state::save, restore: state::restore }),
                    is_stateless: class.new.is_none() && class.save.is_none(),
                });
            }
            self.classes.lock().unwrap_or_else(PoisonError::into_inner).push(class);
        }
        Ok(())
    }

    fn close(self: Box<Self>) -> Closed {
        let Self { running, classes, .. } = *self;
        drop(classes);
        if running.vm.close() {
            return Closed::Reclaimed;
        }
        Closed::StillMapped { why: "something still refers to the interpreter".to_owned() }
    }
}
