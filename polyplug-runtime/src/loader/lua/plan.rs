//! What the schema says, made ready for marshalling: kinds, sizes and offsets.

use std::alloc::Layout;
use std::ffi::c_int;

use polyplug_guest::abi::{RawSlice, RawSliceMut, RawStr, RawVec, TypeKind};

use crate::schema::{Method, Type};

/// A type, and how its values lie in memory.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) kind: TypeKind,
    pub(super) parameters: Box<[Plan]>,
    /// The size of a value in memory, as an element or a field.
    pub(super) size: usize,
    /// Its alignment there.
    pub(super) align: usize,
    /// The type, as Rust writes it.
    pub(super) name: Box<str>,
}

/// A method's arguments and result.
#[derive(Debug)]
pub(super) struct MethodPlan {
    pub(super) arguments: Box<[Plan]>,
    pub(super) result: Plan,
    /// Whether pushing the arguments can raise nothing, once lengths and stack
    /// were checked: numbers and text, and no table, view or cdata.
    pub(super) is_direct: bool,
    /// How many arguments are views.
    pub(super) views: c_int,
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
            views: arguments.iter().filter(|plan| plan.kind == TypeKind::SliceMut).count() as c_int,
            is_checked: !arguments.iter().all(Plan::is_number),
            has_large_integers: arguments.iter().any(Plan::is_large_integer),
            result: Plan::new(&method.result),
            arguments,
        }
    }
}

impl Plan {
    pub(super) fn new(ty: &Type) -> Self {
        let parameters: Box<[_]> = ty.parameters.iter().map(Self::new).collect();
        let layout = layout(ty.kind, &parameters);
        let (size, align) = (layout.size(), layout.align());
        Self { kind: ty.kind, parameters, size, align, name: ty.to_string().into() }
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

    /// Where the side of a `Result` lies, which follows a `u32`.
    pub(super) fn side_offset(&self) -> usize {
        size_of::<u32>().next_multiple_of(self.align)
    }

    /// Where the message of a `PluginError` lies, which follows a `u32`.
    pub(super) fn message_offset(&self) -> usize {
        size_of::<u32>().next_multiple_of(align_of::<RawVec<u8>>())
    }

    /// Whether this is a sequence of bytes, which Lua knows as a string.
    pub(super) fn is_bytes(&self) -> bool {
        matches!(self.kind, TypeKind::Slice | TypeKind::Vec) && self.element().kind == TypeKind::U8
    }

    pub(super) fn is_number(&self) -> bool {
        let kind = self.kind as u32;
        (TypeKind::U8 as u32..=TypeKind::F64 as u32).contains(&kind) || self.kind == TypeKind::Bool
    }

    fn is_large_integer(&self) -> bool {
        use TypeKind::{I64, Isize, U64, Usize};
        matches!(self.kind, U64 | Usize | I64 | Isize)
    }

    fn is_direct(&self) -> bool {
        match self.kind {
            TypeKind::Slice | TypeKind::Vec => self.is_bytes(),
            TypeKind::SliceMut | TypeKind::Result | TypeKind::PluginError => false,
            _ => true,
        }
    }
}

fn layout(kind: TypeKind, parameters: &[Plan]) -> Layout {
    match kind {
        TypeKind::Unit | TypeKind::Bool | TypeKind::U8 | TypeKind::I8 => Layout::new::<u8>(),
        TypeKind::U16 | TypeKind::I16 => Layout::new::<u16>(),
        TypeKind::U32 | TypeKind::I32 | TypeKind::F32 | TypeKind::Char => Layout::new::<u32>(),
        TypeKind::U64 | TypeKind::I64 | TypeKind::Usize | TypeKind::Isize => Layout::new::<u64>(),
        TypeKind::F64 => Layout::new::<f64>(),
        TypeKind::Str => Layout::new::<RawStr>(),
        TypeKind::Slice => Layout::new::<RawSlice<u8>>(),
        TypeKind::SliceMut => Layout::new::<RawSliceMut<u8>>(),
        TypeKind::String | TypeKind::Vec => Layout::new::<RawVec<u8>>(),
        TypeKind::PluginError => Layout::new::<(u32, RawVec<u8>)>(),
        TypeKind::Result => {
            let align =
                parameters.iter().map(|side| side.align).fold(align_of::<u32>(), usize::max);
            let side = parameters.iter().map(|side| side.size).fold(0, usize::max);
            let offset = size_of::<u32>().next_multiple_of(align);
            // Types nest no deeper than the schema's reader allows, so this fits.
            Layout::from_size_align((offset + side).next_multiple_of(align), align)
                .unwrap_or(Layout::new::<u64>())
        }
    }
}

// A tuple may be laid out in another order, but not in another size.
const _: () = assert!(
    size_of::<(u32, RawVec<u8>)>()
        == size_of::<u32>().next_multiple_of(align_of::<usize>()) + size_of::<RawVec<u8>>()
);
