//! A contract described as data, so that a host can check it, print it, and
//! marshal by it.

use super::{RawSlice, RawStr};
use crate::fingerprint::Fingerprint;
use crate::identity::{ContractId, ContractVersion};

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

/// A type that crosses.
#[repr(C)]
#[derive(Debug)]
pub struct TypeSchema {
    /// The size of this table in bytes.
    pub size: usize,
    /// A [`TypeKind`], unchecked.
    pub kind: u32,
    /// Nothing yet; 0.
    pub reserved: u32,
    /// What the type is made of: the element of a vector, the two sides of a
    /// result.
    pub parameters: RawSlice<*const TypeSchema>,
    /// The hash of the kind and the parameters' fingerprints.
    pub fingerprint: u64,
}

// SAFETY: a schema is plain data that nobody writes after it was made.
unsafe impl Sync for TypeSchema {}

impl TypeSchema {
    /// Describes a type of this kind, made of `parameters`.
    pub const fn new(kind: TypeKind, parameters: &'static [&'static TypeSchema]) -> Self {
        let mut fingerprint =
            Fingerprint::new().number(kind as u64).number(parameters.len() as u64);
        let mut i = 0;
        while i < parameters.len() {
            fingerprint = fingerprint.number(parameters[i].fingerprint);
            i += 1;
        }
        Self {
            size: size_of::<Self>(),
            kind: kind as u32,
            reserved: 0,
            parameters: pointers(parameters),
            fingerprint: fingerprint.finish(),
        }
    }
}

/// A list of references as the ABI knows it: of pointers, which a reader checks.
const fn pointers<T>(items: &'static [&'static T]) -> RawSlice<*const T> {
    RawSlice { ptr: items.as_ptr().cast(), len: items.len() }
}

/// The kinds of types, with stable numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u32)]
#[allow(missing_docs, reason = "each is named for the Rust type that it stands for")]
pub enum TypeKind {
    Unit = 0,
    Bool = 1,
    Char = 2,
    U8 = 3,
    U16 = 4,
    U32 = 5,
    U64 = 6,
    Usize = 7,
    I8 = 8,
    I16 = 9,
    I32 = 10,
    I64 = 11,
    Isize = 12,
    F32 = 13,
    F64 = 14,
    /// `&str`
    Str = 15,
    String = 16,
    /// `&[T]`
    Slice = 17,
    /// `&mut [T]`
    SliceMut = 18,
    Vec = 19,
    Result = 20,
    PluginError = 21,
}

impl TypeKind {
    const ALL: [Self; 22] = [
        Self::Unit,
        Self::Bool,
        Self::Char,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::Usize,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::Isize,
        Self::F32,
        Self::F64,
        Self::Str,
        Self::String,
        Self::Slice,
        Self::SliceMut,
        Self::Vec,
        Self::Result,
        Self::PluginError,
    ];

    /// The kind that crossed the ABI as `number`, if it is one.
    pub const fn from_u32(number: u32) -> Option<Self> {
        if (number as usize) < Self::ALL.len() { Some(Self::ALL[number as usize]) } else { None }
    }

    /// How many parameters a type of this kind has.
    pub const fn parameter_count(self) -> usize {
        match self {
            Self::Slice | Self::SliceMut | Self::Vec => 1,
            Self::Result => 2,
            _ => 0,
        }
    }

    /// How Rust writes the type, when it has no parameters.
    pub const fn rust_name(self) -> &'static str {
        match self {
            Self::Unit => "()",
            Self::Bool => "bool",
            Self::Char => "char",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::Usize => "usize",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::Isize => "isize",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Str => "&str",
            Self::String => "String",
            Self::Slice => "&[_]",
            Self::SliceMut => "&mut [_]",
            Self::Vec => "Vec",
            Self::Result => "Result",
            Self::PluginError => "PluginError",
        }
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<ContractSchema>() == 72);
    assert!(size_of::<MethodSchema>() == 88);
    assert!(size_of::<ArgumentSchema>() == 40);
    assert!(size_of::<TypeSchema>() == 40);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_their_numbers() {
        for (number, kind) in TypeKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
            assert_eq!(TypeKind::from_u32(number as u32), Some(kind));
        }
        assert_eq!(TypeKind::from_u32(TypeKind::ALL.len() as u32), None);
    }
}
