//! One implementation of one contract, as a bundle registers it.

use std::ffi::c_void;

use super::{
    CallArena, ContractSchema, CreateInstance, DestroyInstance, ErrorBuffer, RestoreInstance,
    SaveInstance, UnloadInstance,
};
use crate::identity::ContractVersion;

/// A function of a contract, with its type erased: the schema says what it
/// takes and returns.
pub type Function = unsafe extern "C" fn();

/// What a bundle gives to [`HostTable::register`](super::HostTable) for each
/// contract that it implements. The host copies what it needs before `register`
/// returns; functions and schema must stay until the bundle is closed.
#[repr(C)]
pub struct GuestContractInterface {
    /// The size of this table in bytes.
    pub size: usize,
    /// The [`ContractId`](crate::ContractId) of the schema's name and version.
    pub contract_id: u64,
    /// The schema's fingerprint.
    pub fingerprint: u64,
    /// The version of the contract that is implemented.
    pub version: ContractVersion,
    /// A [`DispatchKind`], unchecked: says which side of `dispatch` holds.
    pub dispatch_kind: u32,
    /// How many methods are implemented, from the first one on.
    pub function_count: u32,
    /// The fingerprints of the methods, `function_count` of them.
    pub method_fingerprints: *const u64,
    /// The contract, described as data.
    pub schema: *const ContractSchema,
    /// Makes an instance. Null, together with the others, for a provider whose
    /// methods get a null instance.
    pub create_instance: Option<CreateInstance>,
    /// Destroys an instance.
    pub destroy_instance: Option<DestroyInstance>,
    /// How methods are reached.
    pub dispatch: Dispatch,
    /// Bits of [`InterfaceFlags`].
    pub flags: u32,
    /// Tells an instance that it is about to be destroyed. May be null.
    pub unload_instance: Option<UnloadInstance>,
    /// Writes down the state of an instance. May be null, together with
    /// `restore_instance`.
    pub save_instance: Option<SaveInstance>,
    /// Makes an instance from a state that was written down. May be null, together
    /// with `save_instance`.
    pub restore_instance: Option<RestoreInstance>,
    /// Adapters by which the functions of a native table are called uniformly, one
    /// for each. May be null.
    pub uniform: *const UniformCall,
    /// As many functions as a native `dispatch` has, for callers that say
    /// [`ContractClient::UTF8_TEXTS`](super::ContractClient::UTF8_TEXTS): they need not
    /// check the texts that they are passed. Null for a provider that checks every
    /// caller's. Looked at only where `flags` say [`InterfaceFlags::UTF8_TEXTS`].
    pub trusting_functions: *const Function,
}

// SAFETY: a table is plain data that nobody writes after it was made, and what
// it points at is as immutable.
unsafe impl Sync for GuestContractInterface {}

/// The ways in which methods are reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum DispatchKind {
    /// Through a table of typed functions.
    Native = 1,
    /// Through one function that interprets the schema.
    Vm = 2,
}

impl DispatchKind {
    /// The kind that crossed the ABI as `number`, if it is one.
    pub const fn from_u32(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Native),
            2 => Some(Self::Vm),
            _ => None,
        }
    }
}

/// How the methods of a provider are reached; its `dispatch_kind` says which
/// field holds.
#[repr(C)]
#[derive(Clone, Copy)]
pub union Dispatch {
    /// For [`DispatchKind::Native`].
    pub native: NativeDispatch,
    /// For [`DispatchKind::Vm`].
    pub vm: VmDispatch,
}

/// A table of typed functions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct NativeDispatch {
    /// `function_count` functions, in the order of the schema's methods.
    pub functions: *const Function,
}

/// One function for all methods, and the data of the loader that made it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VmDispatch {
    /// Makes the call.
    pub call: Option<VmCall>,
    /// Handed to `call` as it is.
    pub loader_data: *mut c_void,
}

/// A uniform call: `args` holds one pointer for each argument of the method, to
/// the value in the form in which a native function would get it; `result` is
/// memory for the value in the form in which a native function would return it.
/// What the arena gives lives until the caller has read the result.
pub type VmCall = unsafe extern "C" fn(
    loader_data: *mut c_void,
    instance: *mut c_void,
    method: u32,
    args: *const *const c_void,
    result: *mut c_void,
    arena: *mut CallArena,
    error: *mut ErrorBuffer,
) -> u32;

/// Calls a typed function uniformly: `args` and `result` are as for [`VmCall`]. What
/// the arguments own is taken over, and so is what the result owns. Returns a
/// [`Status`](super::Status); on failure `result` is left alone.
pub type UniformCall = unsafe extern "C" fn(
    function: Function,
    instance: *mut c_void,
    args: *const *const c_void,
    result: *mut c_void,
    error: *mut ErrorBuffer,
) -> u32;

/// What stands for the instance of a VM provider in a function table: a thunk
/// with the native signature finds here whom to call.
#[repr(C)]
#[derive(Debug)]
pub struct VmInstance {
    /// Makes the call.
    pub call: VmCall,
    /// The loader's data.
    pub loader_data: *mut c_void,
    /// The instance as the loader knows it.
    pub instance: *mut c_void,
}

// SAFETY: plain data; what it points at is handed to `call`, which may be called
// from any thread.
unsafe impl Send for VmInstance {}
// SAFETY: as above.
unsafe impl Sync for VmInstance {}

/// The bits of [`GuestContractInterface::flags`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InterfaceFlags(u32);

impl InterfaceFlags {
    /// No bit set.
    pub const NONE: Self = Self(0);
    /// Instances hold no state: making one anew loses nothing.
    pub const STATELESS: Self = Self(1);
    /// Every text in what a function of a native table returns is UTF-8, by the types of
    /// the language that it is written in. Messages of errors are none of those.
    pub const UTF8_TEXTS: Self = Self(2);

    /// The flags that crossed the ABI as `bits`. Bits that are not known here
    /// belong to newer versions and are kept.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The flags as they cross the ABI.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The bits of both.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::offset_of;
    assert!(offset_of!(GuestContractInterface, contract_id) == 8);
    assert!(offset_of!(GuestContractInterface, fingerprint) == 16);
    assert!(offset_of!(GuestContractInterface, version) == 24);
    assert!(offset_of!(GuestContractInterface, dispatch_kind) == 32);
    assert!(offset_of!(GuestContractInterface, function_count) == 36);
    assert!(offset_of!(GuestContractInterface, method_fingerprints) == 40);
    assert!(offset_of!(GuestContractInterface, schema) == 48);
    assert!(offset_of!(GuestContractInterface, create_instance) == 56);
    assert!(offset_of!(GuestContractInterface, destroy_instance) == 64);
    assert!(offset_of!(GuestContractInterface, dispatch) == 72);
    assert!(offset_of!(GuestContractInterface, flags) == 88);
    assert!(offset_of!(GuestContractInterface, unload_instance) == 96);
    assert!(offset_of!(GuestContractInterface, save_instance) == 104);
    assert!(offset_of!(GuestContractInterface, restore_instance) == 112);
    assert!(offset_of!(GuestContractInterface, uniform) == 120);
    assert!(offset_of!(GuestContractInterface, trusting_functions) == 128);
    assert!(size_of::<GuestContractInterface>() == 136);
};
