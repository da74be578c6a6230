//! What the host keeps for one loaded bundle, as the bundle sees it.

use std::ffi::c_void;

use super::{ContractClient, ErrorBuffer, Function, ProxyRequest, RawLease, RawProxy, RawStr};

/// One counted reference to a host's object for a bundle.
#[repr(C)]
#[derive(Debug)]
pub struct RawHost {
    /// The object, which lives at least as long as the reference.
    pub object: *const HostObject,
}

/// The head of what the host keeps for a bundle. The rest lies behind it.
#[repr(C)]
#[derive(Debug)]
pub struct HostObject {
    /// What can be done with it.
    pub vtable: *const HostVtable,
}

/// What a bundle can ask of its host, from any thread and for as long as it holds a
/// reference; once the bundle is unloaded requests fail, and the rest still answers.
#[repr(C)]
#[derive(Debug)]
pub struct HostVtable {
    /// The size of this table in bytes.
    pub size: usize,
    /// Counts one more reference.
    pub retain: unsafe extern "C" fn(object: *const HostObject),
    /// Gives one reference back.
    pub release: unsafe extern "C" fn(object: *const HostObject),
    /// The name of the bundle, valid while a reference is held.
    pub bundle_name: unsafe extern "C" fn(object: *const HostObject) -> RawStr,
    /// Where the bundle was loaded from, valid while a reference is held. Empty when
    /// that is no file.
    pub path: unsafe extern "C" fn(object: *const HostObject) -> RawStr,
    /// Makes a proxy for `request`, which is lent, and writes it to `proxy`. Returns
    /// a [`Status`](super::Status).
    pub request: unsafe extern "C" fn(
        object: *const HostObject,
        request: *const ProxyRequest,
        proxy: *mut RawProxy,
        error: *mut ErrorBuffer,
    ) -> u32,
    /// Makes a proxy over `local`, an instance of the bundle's own that the host
    /// takes over, and writes it to `proxy`. Returns a [`Status`](super::Status);
    /// on failure `local` is still the caller's.
    pub make_local: unsafe extern "C" fn(
        object: *const HostObject,
        client: *const ContractClient,
        local: *const LocalInstance,
        proxy: *mut RawProxy,
        error: *mut ErrorBuffer,
    ) -> u32,
    /// 1 when somebody wants records of this level and target, else 0.
    pub is_enabled:
        unsafe extern "C" fn(object: *const HostObject, level: u32, target: RawStr) -> u32,
    /// Writes a record, which is lent, to the host's log.
    pub log: unsafe extern "C" fn(object: *const HostObject, record: *const LogRecord),
    /// Keeps the code of the bundle until the lease is ended. Null when nothing can keep
    /// it any more.
    pub lease: unsafe extern "C" fn(object: *const HostObject) -> *const RawLease,
}

/// An implementation inside of a bundle that is no plugin: it goes with the version
/// of the bundle that made it.
#[repr(C)]
#[derive(Debug)]
pub struct LocalInstance {
    /// The size of this table in bytes.
    pub size: usize,
    /// A function table as long as the client's contract, which takes `instance`.
    pub functions: *const Function,
    /// The instance.
    pub instance: *mut c_void,
    /// Destroys the instance. It is gone whatever the returned status is.
    pub destroy: super::DestroyInstance,
}

/// One record for the log.
#[repr(C)]
#[derive(Debug)]
pub struct LogRecord {
    /// The size of this table in bytes.
    pub size: usize,
    /// A [`LogLevel`], unchecked.
    pub level: u32,
    /// The line in `file`; 0 when it is not known.
    pub line: u32,
    /// Which part of the bundle writes, such as a module's path. May be empty.
    pub target: RawStr,
    /// The text.
    pub message: RawStr,
    /// The source file. Empty when it is not known.
    pub file: RawStr,
}

/// How much a record matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u32)]
#[non_exhaustive]
pub enum LogLevel {
    /// Something failed.
    Error = 1,
    /// Something is not as it should be.
    Warn = 2,
    /// Something that operators want to know.
    Info = 3,
    /// Something that developers want to know.
    Debug = 4,
    /// Every step.
    Trace = 5,
}

impl LogLevel {
    /// The level that crossed the ABI as `number`, if it is one.
    pub const fn from_u32(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Error),
            2 => Some(Self::Warn),
            3 => Some(Self::Info),
            4 => Some(Self::Debug),
            5 => Some(Self::Trace),
            _ => None,
        }
    }
}

const WORD: usize = size_of::<usize>();
const _: () = assert!(size_of::<RawHost>() == WORD);
const _: () = assert!(size_of::<HostObject>() == WORD);
const _: () = assert!(size_of::<HostVtable>() == 10 * WORD);
const _: () = assert!(size_of::<LocalInstance>() == 4 * WORD);
const _: () = assert!(size_of::<LogRecord>() == 8 + 7 * WORD);
