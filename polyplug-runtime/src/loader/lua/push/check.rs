//! What can be wrong with a value, found before any of it is pushed.

use polyplug_guest::abi::{RawSlice, TypeKind};

use super::{compound, elements, of_vec, side};
use crate::loader::lua::place::Place;
use crate::loader::lua::plan::Plan;

/// What LuaJIT can hold in one string, and comfortably in one table.
const MAX_STRING: usize = 0x7fff_ff00;
const MAX_ELEMENTS: usize = 1 << 26;

/// Why an argument cannot be pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::loader::lua) enum BadArgument {
    /// A pointer is null where its length is not 0, or a length is impossible.
    Pointer,
    /// It is larger than anything that Lua can hold.
    TooLarge,
    /// It is none of its type's values.
    Value,
}

/// # Safety
///
/// The value is one of the plan's type.
pub(in crate::loader::lua) unsafe fn check(plan: &Plan, place: Place) -> Result<(), BadArgument> {
    // SAFETY: the caller's promise covers each field; a list's elements are
    // looked at after the list was found whole.
    unsafe {
        match plan.kind {
            TypeKind::Char => char::from_u32(place.read()).map(|_| ()).ok_or(BadArgument::Value),
            TypeKind::Str => check_bytes(place.read()),
            TypeKind::String => check_bytes(of_vec(place)),
            _ if plan.is_bytes() => check_bytes(place.read()),
            TypeKind::Slice | TypeKind::SliceMut => {
                check_list(place.read(), plan.element()).map(|_| ())
            }
            TypeKind::Vec => {
                let list = of_vec(place);
                check_list(list, plan.element())?;
                elements(list, plan.element()).try_for_each(|place| check(plan.element(), place))
            }
            TypeKind::Result => {
                let side = side(plan, place).ok_or(BadArgument::Value)?;
                check(side.0, side.1)
            }
            TypeKind::PluginError => check_bytes(of_vec(place.field(plan.message_offset()))),
            TypeKind::Proxy | TypeKind::Contract | TypeKind::ContractMut => {
                check_pointer(place.read())
            }
            _ => compound::check(plan, place),
        }
    }
}

/// Whether this can be the address of a cell, or of what is lent.
fn check_pointer(pointer: *const usize) -> Result<(), BadArgument> {
    let is_bad = pointer.is_null() || !pointer.is_aligned();
    if is_bad { Err(BadArgument::Pointer) } else { Ok(()) }
}

#[inline]
pub(super) fn check_bytes(bytes: RawSlice<u8>) -> Result<(), BadArgument> {
    if bytes.len > MAX_STRING {
        return Err(BadArgument::TooLarge);
    }
    if bytes.ptr.is_null() && bytes.len > 0 { Err(BadArgument::Pointer) } else { Ok(()) }
}

pub(in crate::loader::lua) fn check_list(
    list: RawSlice<u8>,
    element: &Plan,
) -> Result<(), BadArgument> {
    if list.len > MAX_ELEMENTS {
        return Err(BadArgument::TooLarge);
    }
    let is_bad = list.ptr.is_null() || !(list.ptr as usize).is_multiple_of(element.align);
    if is_bad && list.len > 0 { Err(BadArgument::Pointer) } else { Ok(()) }
}
