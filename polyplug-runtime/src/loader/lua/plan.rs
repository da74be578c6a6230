//! What the schema says, made ready for marshalling: kinds, sizes and offsets.

use std::ffi::c_int;

use polyplug_guest::abi::{RawOwned, RawVec, TypeKind};
use polyplug_guest::{ContractId, ContractVersion};

use crate::bundle::parse_contract;
use crate::schema::{Method, Type};

/// A type, and how its values lie in memory.
#[derive(Debug)]
pub(super) struct Plan {
    /// What crosses without a copy is known here by what it is otherwise: a `String`, or a
    /// `Vec`.
    pub(super) kind: TypeKind,
    /// Whether it is one of those, with a lease behind its elements.
    pub(super) is_leased: bool,
    /// Tells the type from all others.
    pub(super) fingerprint: u64,
    pub(super) parameters: Box<[Plan]>,
    /// The size of a value in memory, as an element or a field.
    pub(super) size: usize,
    /// Its alignment there.
    pub(super) align: usize,
    /// Where the fields of a tuple or a struct lie, or what follows the tag of other
    /// kinds.
    pub(super) offsets: Box<[usize]>,
    /// The names of fields or variants; empty for fields without names.
    pub(super) names: Box<[Box<str>]>,
    /// How many elements an array has.
    pub(super) count: usize,
    /// The type, as Rust writes it.
    pub(super) name: Box<str>,
    /// The contract of a proxy, or of what is lent.
    pub(super) contract: Option<Named>,
    /// Whether there are proxies in a value.
    pub(super) has_proxies: bool,
}

/// A contract, as a type names it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: Box<str>,
    /// Of a major version that is not 0 the first minor one.
    pub(super) version: ContractVersion,
    pub(super) id: ContractId,
}

impl Named {
    fn of(ty: &Type) -> Option<Self> {
        if !ty.kind.is_of_contract() {
            return None;
        }
        let (name, major, minor) = parse_contract(&ty.details.name)?;
        let version = ContractVersion::new(major, minor.unwrap_or(0));
        Some(Self { name: name.into(), version, id: ContractId::of_version(name, version) })
    }
}

/// A method's arguments and result.
#[derive(Debug)]
pub(super) struct MethodPlan {
    pub(super) arguments: Box<[Plan]>,
    pub(super) result: Plan,
    /// Whether pushing the arguments can raise nothing, once lengths and stack
    /// were checked: numbers and text, and no table, view or cdata.
    pub(super) is_direct: bool,
    /// How many arguments are views: of memory, or of what is lent.
    pub(super) views: c_int,
    /// Whether there are proxies in the arguments.
    pub(super) has_proxies: bool,
    /// Whether there is anything about the arguments to check: not with numbers.
    pub(super) is_checked: bool,
    /// Whether an argument may be an integer that is no plain number in Lua.
    pub(super) has_large_integers: bool,
}

impl MethodPlan {
    pub(super) fn new(method: &Method) -> Self {
        let arguments: Box<[_]> = method.arguments.iter().map(|(_, ty)| Plan::new(ty)).collect();
        Self {
            is_direct: arguments.iter().all(Plan::is_direct),
            views: arguments.iter().filter(|plan| plan.is_view()).count() as c_int,
            has_proxies: arguments.iter().any(|plan| plan.has_proxies),
            is_checked: !arguments.iter().all(Plan::is_number),
            has_large_integers: arguments.iter().any(Plan::is_large_integer),
            result: Plan::new(&method.result),
            arguments,
        }
    }
}

impl Plan {
    pub(super) fn new(ty: &Type) -> Self {
        let names = ty.details.names.iter().map(|name| name.as_str().into());
        let parameters: Box<[_]> = ty.parameters.iter().map(Self::new).collect();
        Self {
            contract: Named::of(ty),
            has_proxies: ty.kind == TypeKind::Proxy
                || parameters.iter().any(|part: &Self| part.has_proxies),
            kind: match ty.kind {
                TypeKind::AbiString => TypeKind::String,
                TypeKind::AbiVec => TypeKind::Vec,
                kind => kind,
            },
            is_leased: matches!(ty.kind, TypeKind::AbiString | TypeKind::AbiVec),
            fingerprint: ty.fingerprint,
            parameters,
            size: ty.layout.size(),
            align: ty.layout.align(),
            offsets: offsets(ty),
            names: names.collect(),
            count: ty.details.count as usize,
            name: ty.to_string().into(),
        }
    }

    /// The parts, and where they lie.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&Self, usize)> {
        self.parameters.iter().zip(self.offsets.iter().copied())
    }

    /// The variant of an enum with this number: its name, its fields, and where those
    /// begin.
    pub(super) fn variant(&self, number: usize) -> Option<(&str, &Self, usize)> {
        let (name, fields) = (self.names.get(number)?, self.parameters.get(number)?);
        Some((name, fields, self.offsets.get(number).copied().unwrap_or_default()))
    }

    /// What a sequence is made of. A type that is none is its own element.
    pub(super) fn element(&self) -> &Self {
        self.parameters.first().unwrap_or(self)
    }

    /// The two sides of a `Result`.
    pub(super) fn sides(&self) -> Option<(&Self, &Self)> {
        match &self.parameters[..] {
            [ok, err] => Some((ok, err)),
            _ => None,
        }
    }

    /// Where the side of a `Result` lies, or the value of an `Option`.
    pub(super) fn side_offset(&self) -> usize {
        self.offsets.first().copied().unwrap_or_default()
    }

    /// Where the message of a `PluginError` lies, which follows a `u32`.
    pub(super) fn message_offset(&self) -> usize {
        size_of::<u32>().next_multiple_of(align_of::<RawVec<u8>>())
    }

    /// Where the lease of one that has such lies.
    pub(super) const LEASE: usize = std::mem::offset_of!(RawOwned<u8>, lease);

    /// Whether this is a sequence of bytes, which Lua knows as a string.
    pub(super) fn is_bytes(&self) -> bool {
        matches!(self.kind, TypeKind::Slice | TypeKind::Vec) && self.element().kind == TypeKind::U8
    }

    /// Whether this is an array of bytes, which Lua knows as a string as well.
    pub(super) fn is_byte_array(&self) -> bool {
        self.kind == TypeKind::Array && self.element().kind == TypeKind::U8
    }

    /// Whether nil is one of the values.
    pub(super) fn may_be_nil(&self) -> bool {
        self.kind == TypeKind::Option
    }

    /// Whether an argument of the type is seen through a view: of memory that is written
    /// in place, or of what is lent.
    pub(super) fn is_view(&self) -> bool {
        use TypeKind::{Contract, ContractMut, SliceMut};
        matches!(self.kind, SliceMut | Contract | ContractMut)
    }

    pub(super) fn is_number(&self) -> bool {
        let kind = self.kind as u32;
        (TypeKind::U8 as u32..=TypeKind::F64 as u32).contains(&kind) || self.kind == TypeKind::Bool
    }

    /// Whether this is a number that is a plain one in Lua, whatever its value.
    pub(super) fn is_plain_number(&self) -> bool {
        self.is_number() && !self.is_large_integer()
    }

    fn is_large_integer(&self) -> bool {
        use TypeKind::{I64, Isize, U64, Usize};
        matches!(self.kind, U64 | Usize | I64 | Isize)
    }

    fn is_direct(&self) -> bool {
        match self.kind {
            TypeKind::Slice | TypeKind::Vec => self.is_bytes(),
            TypeKind::Option => {
                let value = self.element();
                value.is_direct() && !value.is_large_integer() && !value.may_be_nil()
            }
            TypeKind::Str | TypeKind::String | TypeKind::Unit | TypeKind::Char => true,
            _ => self.is_number(),
        }
    }
}

/// Where the parts of a type lie that stand in it.
fn offsets(ty: &Type) -> Box<[usize]> {
    let parts = ty.parameters.iter().map(|part| part.layout);
    match ty.kind {
        TypeKind::Tuple | TypeKind::Struct => {
            let mut end = 0_usize;
            let starts = parts.map(|part| {
                let start = end.next_multiple_of(part.align());
                end = start + part.size();
                start
            });
            starts.collect()
        }
        TypeKind::Option | TypeKind::Result | TypeKind::Enum => {
            // The tag stands alone at the start, up to the alignment of the whole.
            let start = size_of::<u32>().next_multiple_of(ty.layout.align());
            parts.map(|_| start).collect()
        }
        _ => Box::default(),
    }
}
