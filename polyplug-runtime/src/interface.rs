//! One implementation of one contract, as its bundle registered it: checked
//! once, and copied but for the functions.

use std::ffi::c_void;

use polyplug_guest::abi::{
    CreateInstance, DestroyInstance, DispatchKind, Function, GuestContractInterface,
    InterfaceFlags, RawSlice, RestoreInstance, SaveInstance, UniformCall, UnloadInstance, VmCall,
};
use polyplug_guest::{ContractId, ContractVersion};

#[cfg(feature = "lua")]
use crate::loader::registrar::vm::VmProvider;
use crate::schema::{Schema, SchemaError, read_contract, read_table};

/// One implementation of one contract.
///
/// # Invariants
///
/// The functions stay valid while the module that registered them is open:
/// whoever holds an interface holds a lease on that module.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) id: ContractId,
    pub(crate) schema: Schema,
    /// How many of the schema's methods are implemented, from the first one on.
    pub(crate) function_count: usize,
    pub(crate) dispatch: Dispatch,
    pub(crate) lifecycle: Option<InstanceLifecycle>,
    pub(crate) unload_instance: Option<UnloadInstance>,
    pub(crate) state: Option<InstanceState>,
    pub(crate) flags: InterfaceFlags,
    /// Adapters for the functions of a native table, `function_count` of them; null
    /// where the provider brings none.
    pub(crate) uniform: *const UniformCall,
}

// SAFETY: functions of an interface may be called from any thread, and the
// pointers are only handed back to them.
unsafe impl Send for Interface {}
// SAFETY: as above.
unsafe impl Sync for Interface {}

/// How methods are reached.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dispatch {
    /// `function_count` typed functions; `trusting` are those for callers that vouch for
    /// their texts, the same ones where there are no others.
    Native { functions: *const Function, trusting: *const Function },
    /// One function for all methods.
    Vm { call: VmCall, loader_data: *mut c_void },
}

/// The two functions that begin and end an instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InstanceLifecycle {
    pub(crate) create: CreateInstance,
    pub(crate) destroy: DestroyInstance,
}

/// The two functions that carry the state of an instance over a reload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InstanceState {
    pub(crate) save: SaveInstance,
    pub(crate) restore: RestoreInstance,
}

impl Interface {
    /// Checks and copies what a bundle registers.
    ///
    /// # Safety
    ///
    /// If `raw` is not null and aligned it points at a table of which every
    /// pointer that is not null points at what its type says, for as long as the
    /// module that registers it is open.
    pub(crate) unsafe fn read(raw: *const GuestContractInterface) -> Result<Self, InterfaceError> {
        // SAFETY: the caller's promise covers the table and all it points at.
        let (raw, schema) = unsafe {
            let raw = read_table(raw, "the interface")?;
            let schema = read_contract(raw.schema)?;
            (raw, schema)
        };
        let id = ContractId::of_version(&schema.name, schema.version);
        if raw.contract_id != id.to_u64() {
            return Err(InterfaceError::Id {
                name: schema.name,
                expected: id,
                found: raw.contract_id,
            });
        }
        if raw.version != schema.version || raw.fingerprint != schema.fingerprint {
            return Err(InterfaceError::Contradiction {
                name: schema.name,
                what: "version or fingerprint",
            });
        }
        let function_count = raw.function_count as usize;
        if function_count > schema.methods.len() {
            return Err(InterfaceError::Contradiction {
                name: schema.name,
                what: "number of functions",
            });
        }
        // SAFETY: the caller's promise covers the list.
        unsafe { check_fingerprints(&raw, &schema, function_count)? };
        // SAFETY: the caller's promise covers the union and its table.
        let dispatch = unsafe { read_dispatch(&raw, &schema, function_count)? };
        // SAFETY: the caller's promise covers the list.
        unsafe { check_uniform(&raw, &schema, function_count)? };
        let lifecycle = match (raw.create_instance, raw.destroy_instance) {
            (Some(create), Some(destroy)) => Some(InstanceLifecycle { create, destroy }),
            (None, None) if raw.unload_instance.is_none() => None,
            _ => {
                let what = "`create_instance` or `destroy_instance`, but not both,";
                return Err(InterfaceError::Null { name: schema.name, what });
            }
        };
        let state = match (raw.save_instance, raw.restore_instance) {
            (Some(save), Some(restore)) if lifecycle.is_some() => {
                Some(InstanceState { save, restore })
            }
            (None, None) => None,
            _ => {
                let what = "`save_instance` or `restore_instance`, but not both, or \
                            `create_instance`, but neither of those,";
                return Err(InterfaceError::Null { name: schema.name, what });
            }
        };
        Ok(Self {
            id,
            function_count,
            dispatch,
            lifecycle,
            unload_instance: raw.unload_instance,
            state,
            flags: InterfaceFlags::from_bits(raw.flags),
            uniform: raw.uniform,
            schema,
        })
    }

    /// What a loader registers whose methods are reached through one function.
    #[cfg(feature = "lua")]
    pub(crate) fn of_vm(provider: VmProvider) -> Self {
        let VmProvider { schema, function_count, call, loader_data, lifecycle, .. } = provider;
        let flags =
            if provider.is_stateless { InterfaceFlags::STATELESS } else { InterfaceFlags::NONE };
        Self {
            id: ContractId::of_version(&schema.name, schema.version),
            function_count,
            dispatch: Dispatch::Vm { call, loader_data },
            lifecycle: Some(lifecycle),
            unload_instance: provider.unload_instance,
            state: provider.state,
            flags,
            uniform: std::ptr::null(),
            schema,
        }
    }

    /// What the provider's functions find in the context of a new instance.
    pub(crate) fn loader_data(&self) -> *mut c_void {
        match self.dispatch {
            Dispatch::Native { .. } => std::ptr::null_mut(),
            Dispatch::Vm { loader_data, .. } => loader_data,
        }
    }

    pub(crate) fn version(&self) -> ContractVersion {
        self.schema.version
    }

    /// Whether it says that all texts are UTF-8 that its native functions return.
    pub(crate) fn vouches_for_texts(&self) -> bool {
        matches!(self.dispatch, Dispatch::Native { .. })
            && self.flags.contains(InterfaceFlags::UTF8_TEXTS)
    }

    /// Whether making an instance anew loses nothing.
    pub(crate) fn is_stateless(&self) -> bool {
        self.lifecycle.is_none() || self.flags.contains(InterfaceFlags::STATELESS)
    }
}

/// # Safety
///
/// As for [`Interface::read`].
unsafe fn check_fingerprints(
    raw: &GuestContractInterface,
    schema: &Schema,
    count: usize,
) -> Result<(), InterfaceError> {
    let list = polyplug_guest::abi::RawSlice { ptr: raw.method_fingerprints, len: count };
    // SAFETY: the caller's promise covers `count` fingerprints.
    let found = unsafe { list.as_slice() }.map_err(|_| InterfaceError::Null {
        name: schema.name.clone(),
        what: "`method_fingerprints`",
    })?;
    for (method, found) in schema.methods.iter().zip(found) {
        if method.fingerprint != *found {
            let what = "fingerprint of a method";
            return Err(InterfaceError::Contradiction { name: schema.name.clone(), what });
        }
    }
    Ok(())
}

/// # Safety
///
/// As for [`Interface::read`].
unsafe fn check_uniform(
    raw: &GuestContractInterface,
    schema: &Schema,
    count: usize,
) -> Result<(), InterfaceError> {
    if raw.uniform.is_null() {
        return Ok(());
    }
    let list = RawSlice { ptr: raw.uniform.cast::<Option<UniformCall>>(), len: count };
    // SAFETY: the caller's promise covers `count` functions; a null is read as the absent
    // one.
    let adapters = unsafe { list.as_slice() }.unwrap_or(&[]);
    if adapters.len() != count || adapters.iter().any(Option::is_none) {
        let what = "a function in `uniform`";
        return Err(InterfaceError::Null { name: schema.name.clone(), what });
    }
    Ok(())
}

/// # Safety
///
/// As for [`Interface::read`].
unsafe fn read_dispatch(
    raw: &GuestContractInterface,
    schema: &Schema,
    count: usize,
) -> Result<Dispatch, InterfaceError> {
    let null = |what| InterfaceError::Null { name: schema.name.clone(), what };
    match DispatchKind::from_u32(raw.dispatch_kind) {
        Some(DispatchKind::Native) => {
            // SAFETY: the kind says that this side of the union was written; any
            // bits are a valid pointer.
            let functions = unsafe { raw.dispatch.native }.functions;
            if count > 0 && (functions.is_null() || !functions.is_aligned()) {
                return Err(null("`functions`"));
            }
            // SAFETY: the caller's promise covers `count` functions in each table.
            unsafe {
                if !is_whole(functions, count) {
                    return Err(null("a function in `functions`"));
                }
                // Who does not know the flag may have padding where the field is.
                let knows_them =
                    InterfaceFlags::from_bits(raw.flags).contains(InterfaceFlags::UTF8_TEXTS);
                let trusting = raw.trusting_functions;
                if !knows_them || trusting.is_null() {
                    return Ok(Dispatch::Native { functions, trusting: functions });
                }
                if !trusting.is_aligned() || !is_whole(trusting, count) {
                    return Err(null("a function in `trusting_functions`"));
                }
                Ok(Dispatch::Native { functions, trusting })
            }
        }
        Some(DispatchKind::Vm) => {
            // SAFETY: the kind says that this side of the union was written; any
            // bits are a valid pointer, and a null function is absent.
            let vm = unsafe { raw.dispatch.vm };
            let call = vm.call.ok_or_else(|| null("`call`"))?;
            Ok(Dispatch::Vm { call, loader_data: vm.loader_data })
        }
        None => Err(InterfaceError::DispatchKind {
            name: schema.name.clone(),
            number: raw.dispatch_kind,
        }),
    }
}

/// Whether none of `count` functions is null.
///
/// # Safety
///
/// `functions` points at that many, any of which may be null.
unsafe fn is_whole(functions: *const Function, count: usize) -> bool {
    // SAFETY: the caller's promise; a null is read as the absent one.
    (0..count).all(|i| unsafe { functions.cast::<Option<Function>>().add(i).read() }.is_some())
}

/// Why what a bundle registered was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InterfaceError {
    /// The contract is not described as it should be.
    #[error("the contract's description is refused")]
    Schema(#[from] SchemaError),
    /// The id is not the one of name and version.
    #[error(
        "contract `{name}` came with the id {found:016x} instead of {expected}; build the plugin with the host's version of polyplug-guest"
    )]
    Id {
        /// The contract.
        name: String,
        /// The id of its name and version.
        expected: ContractId,
        /// The id that it came with.
        found: u64,
    },
    /// Two parts of the table contradict each other.
    #[error(
        "the interface of contract `{name}` contradicts its schema in the {what}; build the plugin again"
    )]
    Contradiction {
        /// The contract.
        name: String,
        /// Where they differ.
        what: &'static str,
    },
    /// Something is null that must not be.
    #[error("the interface of contract `{name}` has {what} null; build the plugin again")]
    Null {
        /// The contract.
        name: String,
        /// What is null.
        what: &'static str,
    },
    /// The methods are reached in a way that this host does not know.
    #[error(
        "the interface of contract `{name}` has the unknown dispatch kind {number}; update the host, or build the plugin with its version of polyplug-guest"
    )]
    DispatchKind {
        /// The contract.
        name: String,
        /// The number of the kind.
        number: u32,
    },
}
