//! A contract described as data, so that a host can check it, print it, and
//! marshal by it.

mod kind;
mod types;

use super::{RawSlice, RawStr};
use crate::fingerprint::Fingerprint;
use crate::identity::{ContractId, ContractVersion};

pub use kind::TypeKind;
pub use types::TypeSchema;

/// A contract: its name, its version and its methods in the order of the trait.
#[repr(C)]
#[derive(Debug)]
pub struct ContractSchema {
    /// The size of this table in bytes.
    pub size: usize,
    /// The name, such as `text.transform`.
    pub name: RawStr,
    /// The version.
    pub version: ContractVersion,
    /// What the author wrote above the trait.
    pub docs: RawStr,
    /// The methods.
    pub methods: RawSlice<*const MethodSchema>,
    /// The hash of name, version and methods.
    pub fingerprint: u64,
}

// SAFETY: a schema is plain data that nobody writes after it was made.
unsafe impl Sync for ContractSchema {}

impl ContractSchema {
    /// Describes a contract.
    pub const fn new(
        name: &'static str,
        version: ContractVersion,
        docs: &'static str,
        methods: &'static [&'static MethodSchema],
    ) -> Self {
        let mut fingerprint = Fingerprint::new()
            .number(ContractId::of_version(name, version).to_u64())
            .number(version.major as u64)
            .number(version.minor as u64);
        let mut i = 0;
        while i < methods.len() {
            fingerprint = fingerprint.number(methods[i].fingerprint);
            i += 1;
        }
        Self {
            size: size_of::<Self>(),
            name: RawStr::new(name),
            version,
            docs: RawStr::new(docs),
            methods: pointers(methods),
            fingerprint: fingerprint.finish(),
        }
    }
}

/// A method of a contract.
#[repr(C)]
#[derive(Debug)]
pub struct MethodSchema {
    /// The size of this table in bytes.
    pub size: usize,
    /// The name.
    pub name: RawStr,
    /// What the author wrote above the method.
    pub docs: RawStr,
    /// The arguments after the receiver.
    pub arguments: RawSlice<*const ArgumentSchema>,
    /// What the method returns.
    pub result: *const TypeSchema,
    /// The hash of name, receiver, arguments' types and result.
    pub fingerprint: u64,
    /// The version that added the method.
    pub since: ContractVersion,
    /// A [`Receiver`], unchecked.
    pub receiver: u32,
    /// 1 when the trait has a body for the method, else 0.
    pub has_default: u32,
}

// SAFETY: a schema is plain data that nobody writes after it was made.
unsafe impl Sync for MethodSchema {}

impl MethodSchema {
    /// Describes a method.
    pub const fn new(
        name: &'static str,
        docs: &'static str,
        since: ContractVersion,
        receiver: Receiver,
        has_default: bool,
        arguments: &'static [&'static ArgumentSchema],
        result: &'static TypeSchema,
    ) -> Self {
        let mut fingerprint =
            Fingerprint::new().text(name).number(receiver as u64).number(arguments.len() as u64);
        let mut i = 0;
        while i < arguments.len() {
            fingerprint = fingerprint.number(arguments[i].type_fingerprint);
            i += 1;
        }
        Self {
            size: size_of::<Self>(),
            name: RawStr::new(name),
            docs: RawStr::new(docs),
            arguments: pointers(arguments),
            result,
            fingerprint: fingerprint.number(result.fingerprint).finish(),
            since,
            receiver: receiver as u32,
            has_default: has_default as u32,
        }
    }
}

/// How a method takes the plugin's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Receiver {
    /// `&self`: calls may run at the same time.
    Shared = 0,
    /// `&mut self`: one call at a time.
    Exclusive = 1,
}

impl Receiver {
    /// The receiver that crossed the ABI as `number`, if it is one.
    pub const fn from_u32(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Shared),
            1 => Some(Self::Exclusive),
            _ => None,
        }
    }
}

/// An argument of a method.
#[repr(C)]
#[derive(Debug)]
pub struct ArgumentSchema {
    /// The size of this table in bytes.
    pub size: usize,
    /// The name.
    pub name: RawStr,
    /// The type.
    pub ty: *const TypeSchema,
    /// The fingerprint of the type.
    pub type_fingerprint: u64,
}

// SAFETY: a schema is plain data that nobody writes after it was made.
unsafe impl Sync for ArgumentSchema {}

impl ArgumentSchema {
    /// Describes an argument.
    pub const fn new(name: &'static str, ty: &'static TypeSchema) -> Self {
        Self {
            size: size_of::<Self>(),
            name: RawStr::new(name),
            ty,
            type_fingerprint: ty.fingerprint,
        }
    }
}

/// A list of references as the ABI knows it: of pointers, which a reader checks.
const fn pointers<T>(items: &'static [&'static T]) -> RawSlice<*const T> {
    RawSlice { ptr: items.as_ptr().cast(), len: items.len() }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<ContractSchema>() == 72);
    assert!(size_of::<MethodSchema>() == 88);
    assert!(size_of::<ArgumentSchema>() == 40);
    assert!(size_of::<TypeSchema>() == 72);
};
