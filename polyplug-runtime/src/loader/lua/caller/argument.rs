//! Arguments that Lua code passes: read by the schema, into the form in which a native
//! function gets them.
//!
//! What is lent stays where it is, in a string on the stack, or lies in the arena of the
//! call, as everything does that the provider takes over: it copies what has no release
//! function.

use std::ffi::c_int;

use mlua::ffi;
use polyplug_guest::abi::{LentObject, RawSlice, RawSliceMut, RawStr, TypeKind};

use super::super::place::Place;
use super::super::plan::Plan;
use super::super::pull::{Mismatch, Reader};
use super::super::push::{self, Pushing};
use super::super::sandbox::Stack;
use super::super::view;
use super::incoming::is_named;
use super::object::{Behind, Object};

/// Reads the argument at `index`.
///
/// # Safety
///
/// As for [`Reader::results`]; the value stays on the stack until the call is over.
#[inline]
pub(super) unsafe fn read(
    reader: Reader<'_>,
    plan: &Plan,
    index: c_int,
    place: Place,
) -> Result<(), Mismatch> {
    // SAFETY: the caller's promise.
    unsafe {
        match plan.kind {
            TypeKind::Str => {
                let text = reader.text(plan, index)?;
                place.write(RawStr::new(text));
            }
            TypeKind::Slice if plan.is_bytes() => {
                place.write(RawSlice::new(reader.bytes(plan, index)?));
            }
            TypeKind::Slice => {
                let list = reader.list(plan, index)?;
                place.write(RawSlice { ptr: list.ptr.cast_const(), len: list.len });
            }
            TypeKind::SliceMut => {
                let list = match view::lent(reader.state, index) {
                    Some((element, memory)) if element == plan.element().fingerprint => {
                        reader.copied_elements(plan, memory)?
                    }
                    _ => reader.list(plan, index)?,
                };
                place.write(RawSliceMut { ptr: list.ptr, len: list.len });
            }
            TypeKind::Contract | TypeKind::ContractMut => {
                place.write(lent_on(reader, plan, index)?)
            }
            _ => return reader.value(plan, index, place),
        }
    }
    Ok(())
}

/// Writes back what the provider made of a `&mut [T]`: into the table, or the view, that
/// it was read from.
///
/// # Safety
///
/// [`read`] wrote `place` from the value at `index`, and the provider has returned.
pub(super) unsafe fn write_back(
    stack: &Stack<'_>,
    plan: &Plan,
    index: c_int,
    place: Place,
    pushing: Pushing<'_>,
) {
    if plan.kind != TypeKind::SliceMut {
        return;
    }
    let (state, element) = (stack.state(), plan.element());
    // SAFETY: the caller's promise; the stack has room for what one element needs, in
    // the host's section, and tables are written without metamethods.
    unsafe {
        let memory = place.read::<RawSliceMut<u8>>();
        if let Some((_, lent)) = view::lent(state, index) {
            // A call that came back may have ended the view.
            let bytes = lent.len.min(memory.len) * element.size;
            memory.ptr.copy_to_nonoverlapping(lent.ptr.cast_mut(), bytes);
            return;
        }
        for i in 0..memory.len {
            let at = Place::in_memory(memory.ptr.add(i * element.size));
            push::push(state, element, at, pushing);
            ffi::lua_rawseti_(state, index, i as c_int + 1);
        }
    }
}

/// What was lent to Lua code, and is lent on by it.
///
/// # Safety
///
/// As for [`read`].
unsafe fn lent_on(
    reader: Reader<'_>,
    plan: &Plan,
    index: c_int,
) -> Result<*const LentObject, Mismatch> {
    // SAFETY: the caller's promise.
    let object = unsafe { Object::of_any(reader.state, index) };
    let refuse = |got: &str| Err(Mismatch::new(plan, got));
    match object.map(|object| (object.behind(), object.called().client.id())) {
        Some((Behind::Lent(lent), id)) if is_named(plan, id) => Ok(lent.passed),
        Some((Behind::Over, _)) => refuse("what was lent for a call that is over"),
        Some((Behind::Lent(_), _)) => refuse("an implementation of another contract"),
        _ => refuse("what Lua code cannot lend: only what it was lent itself can be lent on"),
    }
}
