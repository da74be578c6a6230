//! Options, tuples, arrays, durations, structs and enums, as Lua sees them.

use std::ffi::{CStr, c_int};
use std::time::Duration;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{RawSlice, TypeKind};

use super::{BadArgument, Pushing, SLOTS, push as push_any};
use crate::loader::lua::place::Place;
use crate::loader::lua::plan::Plan;

const NANOS_PER_SEC: u32 = 1_000_000_000;

/// Where the nanoseconds of a duration lie, which follow its seconds.
pub(in crate::loader::lua) const NANOS: usize = size_of::<u64>();

/// Checks a value of one of these kinds; any other has nothing to check.
///
/// # Safety
///
/// The value is one of the plan's type.
pub(super) unsafe fn check(plan: &Plan, place: Place) -> Result<(), BadArgument> {
    // SAFETY: the caller's promise covers each part, which lies where the plan says.
    unsafe {
        match plan.kind {
            TypeKind::Option => match place.read::<u32>() {
                0 => Ok(()),
                1 => super::check(plan.element(), place.field(plan.side_offset())),
                _ => Err(BadArgument::Value),
            },
            TypeKind::Tuple | TypeKind::Struct => check_fields(plan, place),
            TypeKind::Array => {
                let element = plan.element();
                (0..plan.count)
                    .try_for_each(|i| super::check(element, place.field(i * element.size)))
            }
            TypeKind::Duration if place.field(NANOS).read::<u32>() >= NANOS_PER_SEC => {
                Err(BadArgument::Value)
            }
            TypeKind::Enum => {
                let number = place.read::<u32>() as usize;
                let (_, fields, at) = plan.variant(number).ok_or(BadArgument::Value)?;
                check_fields(fields, place.field(at))
            }
            _ => Ok(()),
        }
    }
}

/// # Safety
///
/// As for [`check`], of a plan with fields.
unsafe fn check_fields(plan: &Plan, place: Place) -> Result<(), BadArgument> {
    // SAFETY: the caller's promise.
    plan.fields().try_for_each(|(field, at)| unsafe { super::check(field, place.field(at)) })
}

/// Pushes a value of one of these kinds.
///
/// # Safety
///
/// As for [`Arguments::push`](super::Arguments::push), for one value.
pub(super) unsafe fn push(state: *mut lua_State, plan: &Plan, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise. Types nest as deep as the schema says, so the
    // stack is checked at each level.
    unsafe {
        match plan.kind {
            TypeKind::Option => match place.read::<u32>() {
                0 => ffi::lua_pushnil(state),
                _ => push_some(state, plan, place, pushing),
            },
            TypeKind::Duration => push_duration(state, place, pushing),
            _ if plan.is_byte_array() => {
                let bytes = RawSlice { ptr: place.address().cast_const(), len: plan.count };
                super::push_bytes(state, bytes);
            }
            TypeKind::Array => push_array(state, plan, place, pushing),
            TypeKind::Enum => push_enum(state, plan, place, pushing),
            _ => {
                check_stack(state);
                let count = plan.parameters.len() as c_int;
                let (list, record) = if plan.names.is_empty() { (count, 0) } else { (0, count) };
                ffi::lua_createtable(state, list, record);
                push_fields(state, plan, place, pushing);
            }
        }
    }
}

/// The value of an option that has one. One that is an option itself stands in a
/// table, because nil says that there is none.
///
/// # Safety
///
/// As for [`push`].
unsafe fn push_some(state: *mut lua_State, plan: &Plan, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise.
    unsafe {
        let (value, at) = (plan.element(), place.field(plan.side_offset()));
        if value.may_be_nil() {
            push_wrapped(state, value, at, pushing);
        } else {
            push_any(state, value, at, pushing);
        }
    }
}

/// An option where nil means something else: a table, with the field `some` when
/// there is a value.
///
/// # Safety
///
/// As for [`push`].
pub(in crate::loader::lua) unsafe fn push_wrapped(
    state: *mut lua_State,
    plan: &Plan,
    place: Place,
    pushing: Pushing<'_>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        check_stack(state);
        ffi::lua_createtable(state, 0, 1);
        if place.read::<u32>() != 0 {
            push_name(state, "some");
            push_some(state, plan, place, pushing);
            ffi::lua_rawset(state, -3);
        }
    }
}

/// A number of seconds where that is exact, else a table of seconds and nanoseconds.
///
/// # Safety
///
/// As for [`push`].
unsafe fn push_duration(state: *mut lua_State, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise; the nanoseconds were checked.
    unsafe {
        let (secs, nanos) = (place.read::<u64>(), place.field(NANOS).read::<u32>());
        let duration = Duration::new(secs, nanos % NANOS_PER_SEC);
        let number = duration.as_secs_f64();
        if Duration::try_from_secs_f64(number) == Ok(duration) {
            return ffi::lua_pushnumber(state, number);
        }
        check_stack(state);
        ffi::lua_createtable(state, 0, 2);
        push_name(state, "secs");
        pushing.integers.push(state, secs.into());
        ffi::lua_rawset(state, -3);
        push_name(state, "nanos");
        ffi::lua_pushnumber(state, nanos.into());
        ffi::lua_rawset(state, -3);
    }
}

/// # Safety
///
/// As for [`push`].
unsafe fn push_array(state: *mut lua_State, plan: &Plan, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise: each element lies inside the array.
    unsafe {
        check_stack(state);
        ffi::lua_createtable(state, plan.count as c_int, 0);
        let element = plan.element();
        for i in 0..plan.count {
            push_any(state, element, place.field(i * element.size), pushing);
            ffi::lua_rawseti_(state, -2, i as c_int + 1);
        }
    }
}

/// A variant without fields is its name; one with fields is a table that has the name
/// as `tag`.
///
/// # Safety
///
/// As for [`push`].
unsafe fn push_enum(state: *mut lua_State, plan: &Plan, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise; the tag was checked.
    unsafe {
        let Some((name, fields, at)) = plan.variant(place.read::<u32>() as usize) else {
            return ffi::lua_pushnil(state);
        };
        if fields.parameters.is_empty() {
            return push_name(state, name);
        }
        check_stack(state);
        ffi::lua_createtable(state, 0, fields.parameters.len() as c_int + 1);
        push_name(state, "tag");
        push_name(state, name);
        ffi::lua_rawset(state, -3);
        push_fields(state, fields, place.field(at), pushing);
    }
}

/// Sets the fields of the table on top: by name, or by number where they have none.
///
/// # Safety
///
/// As for [`push`], of a plan with fields.
unsafe fn push_fields(state: *mut lua_State, plan: &Plan, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise: each field lies where the plan says.
    unsafe {
        for (i, (field, at)) in plan.fields().enumerate() {
            match plan.names.get(i) {
                Some(name) => {
                    push_name(state, name);
                    push_any(state, field, place.field(at), pushing);
                    ffi::lua_rawset(state, -3);
                }
                None => {
                    push_any(state, field, place.field(at), pushing);
                    ffi::lua_rawseti_(state, -2, i as c_int + 1);
                }
            }
        }
    }
}

/// # Safety
///
/// As for [`push`].
unsafe fn push_name(state: *mut lua_State, name: &str) {
    // SAFETY: the caller's promise.
    unsafe { ffi::lua_pushlstring_(state, name.as_ptr().cast(), name.len()) }
}

/// # Safety
///
/// As for [`push`].
unsafe fn check_stack(state: *mut lua_State) {
    const DEEP: &CStr = c"a value nests too deep";
    // SAFETY: the caller's promise.
    unsafe { ffi::luaL_checkstack_(state, SLOTS, DEEP.as_ptr()) }
}
