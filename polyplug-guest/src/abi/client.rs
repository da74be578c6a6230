//! What a caller of a contract brings along.

use super::{ContractSchema, Function, UniformCall};
use crate::identity::ContractVersion;

/// A caller's own view of a contract: what it knows of the methods, and functions
/// of its own for what a provider does not have. Lent for a call; whoever gets it
/// copies what it keeps, and never calls one of the functions but through a proxy
/// that the lender holds.
#[repr(C)]
#[derive(Debug)]
pub struct ContractClient {
    /// The size of this table in bytes.
    pub size: usize,
    /// The contract, described as data. Its version is the one that the caller knows.
    pub schema: *const ContractSchema,
    /// The fingerprints of the methods, one for each.
    pub method_fingerprints: *const u64,
    /// Functions that take a [`VmInstance`](super::VmInstance), one for each method.
    pub vm_thunks: *const Function,
    /// Functions for methods that the provider lacks, one for each method. When
    /// `forwards` is not null they take a [`ForwardInstance`].
    pub absent: *const Function,
    /// Functions that take a [`ForwardInstance`] and call on, one for each method.
    /// Null when no method has a default body.
    pub forwards: *const Function,
    /// Adapters by which a typed function is called uniformly, one for each method.
    /// Null when the caller has none.
    pub uniform: *const UniformCall,
    /// What holds for each call of this caller: [`UTF8_TEXTS`](Self::UTF8_TEXTS).
    /// Nothing in a table that is older than this.
    pub flags: u32,
    /// Nothing yet; 0.
    pub reserved: u32,
}

impl ContractClient {
    /// Every text in what the caller passes through its proxies is UTF-8, by the types of
    /// the language that it is written in.
    pub const UTF8_TEXTS: u32 = 1;
}

// SAFETY: a table is plain data that nobody writes after it was made, and what it
// points at is as immutable.
unsafe impl Sync for ContractClient {}

/// The instance of a provider that lacks methods for which the caller has default
/// bodies: these call the other methods through `functions`.
#[repr(C)]
#[derive(Debug)]
pub struct ForwardInstance {
    /// A function table as long as the caller's contract, which takes this.
    pub functions: *const Function,
    /// The provider's own table, or thunks that take a VM instance.
    pub inner_functions: *const Function,
    /// What the provider's functions take.
    pub inner: *mut std::ffi::c_void,
}

// SAFETY: plain data; functions of a contract may be called from any thread.
unsafe impl Send for ForwardInstance {}
// SAFETY: as above.
unsafe impl Sync for ForwardInstance {}

/// A request for a proxy.
#[repr(C)]
#[derive(Debug)]
pub struct ProxyRequest {
    /// The size of this table in bytes.
    pub size: usize,
    /// A [`ProviderKind`], unchecked.
    pub kind: u32,
    /// Nothing yet; 0.
    pub reserved: u32,
    /// Who asks.
    pub client: *const ContractClient,
    /// The bundle that must provide it, by `name` or `name@version`; empty for the
    /// first one that does.
    pub bundle: super::RawStr,
    /// The config of the instance.
    pub config: super::RawSlice<u8>,
    /// The version that the provider must have at least; 0.0 for any of the major
    /// version of the client.
    pub at_least: ContractVersion,
}

/// Who may provide what is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum ProviderKind {
    /// A plugin in another bundle.
    Bundle = 1,
    /// The host, by a service.
    Service = 2,
}

impl ProviderKind {
    /// The kind that crossed the ABI as `number`, if it is one.
    pub const fn from_u32(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Bundle),
            2 => Some(Self::Service),
            _ => None,
        }
    }
}

const WORD: usize = size_of::<usize>();
const _: () = assert!(size_of::<ContractClient>() == 7 * WORD + 8);
const _: () = assert!(size_of::<ForwardInstance>() == 3 * WORD);
const _: () = assert!(size_of::<ProxyRequest>() == 16 + 6 * WORD);
