//! A type described as data.

use super::{TypeKind, pointers};
use crate::abi::{RawSlice, RawStr};
use crate::fingerprint::Fingerprint;

/// A type that crosses.
#[repr(C)]
#[derive(Debug)]
pub struct TypeSchema {
    /// The size of this table in bytes.
    pub size: usize,
    /// A [`TypeKind`], unchecked.
    pub kind: u32,
    /// How many elements an array has; 0 for other kinds.
    pub count: u32,
    /// What the type is made of: the element of a vector, the two sides of a
    /// result, the fields of a struct, the variants of an enum, the parameters of a
    /// closure and then its result.
    pub parameters: RawSlice<*const TypeSchema>,
    /// The hash of all that describes the type.
    pub fingerprint: u64,
    /// The name of a struct, an enum, or an enum's variant, or a contract with its
    /// major version, such as `text.transform@1`; else empty.
    pub name: RawStr,
    /// The names of a struct's fields, or of an enum's variants, one for each
    /// parameter, with commas between. Empty where fields have no names.
    pub names: RawStr,
}

// SAFETY: a schema is plain data that nobody writes after it was made.
unsafe impl Sync for TypeSchema {}

impl TypeSchema {
    /// Describes a type of this kind, made of `parameters`.
    pub const fn new(kind: TypeKind, parameters: &'static [&'static Self]) -> Self {
        Self::with_details(kind, 0, "", "", parameters)
    }

    /// Describes an array of `count` elements.
    ///
    /// # Panics
    ///
    /// If `count` is larger than any array that can cross.
    pub const fn array(count: usize, element: &'static [&'static Self; 1]) -> Self {
        assert!(count <= u32::MAX as usize, "the array is too large to cross");
        Self::with_details(TypeKind::Array, count as u32, "", "", element)
    }

    /// Describes a struct, an enum, or a variant: its name, the names of its parts
    /// with commas between, and their types.
    pub const fn named(
        kind: TypeKind,
        name: &'static str,
        names: &'static str,
        parameters: &'static [&'static Self],
    ) -> Self {
        Self::with_details(kind, 0, name, names, parameters)
    }

    /// Describes what stands for a contract: `contract` is its name with the major
    /// version, and with the minor one below 1.0.
    pub const fn of_contract(kind: TypeKind, contract: &'static str) -> Self {
        Self::with_details(kind, 0, contract, "", &[])
    }

    const fn with_details(
        kind: TypeKind,
        count: u32,
        name: &'static str,
        names: &'static str,
        parameters: &'static [&'static Self],
    ) -> Self {
        let mut chain = Fingerprint::new().number(kind as u64).number(parameters.len() as u64);
        let mut i = 0;
        while i < parameters.len() {
            chain = chain.number(parameters[i].fingerprint);
            i += 1;
        }
        if kind.has_details() {
            chain = chain.number(count as u64).text(name).text(names);
        }
        Self {
            size: size_of::<Self>(),
            kind: kind as u32,
            count,
            parameters: pointers(parameters),
            fingerprint: chain.finish(),
            name: RawStr::new(name),
            names: RawStr::new(names),
        }
    }
}
