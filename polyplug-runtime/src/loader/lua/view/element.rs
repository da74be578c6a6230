//! Elements of a view: numbers, and arrays and structs of such.
//!
//! No frame here has anything to drop, because Lua may unwind each of them.

use std::ffi::{c_char, c_int};

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::TypeKind;

use crate::loader::lua::integer::{Integer, Integers};
use crate::loader::lua::place::Place;
use crate::loader::lua::plan::Plan;
use crate::loader::lua::push::push_plain;

/// How many stack slots a level of nesting may need.
const SLOTS: c_int = 8;

/// Pushes a copy of an element.
///
/// # Safety
///
/// The place is that of an element of a view, and the call is protected.
pub(super) unsafe fn push(state: *mut lua_State, plan: &Plan, place: Place, integers: Integers) {
    // SAFETY: the caller's promise; any bits are valid.
    unsafe { push_plain(state, plan, place, integers) }
}

/// Whether the value at `index` fits an element; written where a place is given.
///
/// # Safety
///
/// `index` is an absolute one, the place is that of an element of a view, and the call
/// is protected.
pub(super) unsafe fn fits(
    state: *mut lua_State,
    plan: &Plan,
    index: c_int,
    integers: Integers,
    place: Option<Place>,
) -> bool {
    // SAFETY: the caller's promise; each number is written as its kind says.
    unsafe {
        match plan.kind {
            TypeKind::F32 | TypeKind::F64 => float(state, plan.kind, index, place),
            TypeKind::Array | TypeKind::Struct => parts(state, plan, index, integers, place),
            _ => match integers.read(state, index) {
                Integer::Whole(integer) => whole(plan.kind, integer, place),
                _ => false,
            },
        }
    }
}

/// # Safety
///
/// As for [`fits`].
unsafe fn float(state: *mut lua_State, kind: TypeKind, index: c_int, place: Option<Place>) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        if ffi::lua_type(state, index) != ffi::LUA_TNUMBER {
            return false;
        }
        let number = ffi::lua_tonumber(state, index);
        let narrow = number as f32;
        if kind == TypeKind::F32 && narrow.is_infinite() && number.is_finite() {
            return false;
        }
        match place {
            Some(place) if kind == TypeKind::F32 => place.write(narrow),
            Some(place) => place.write(number),
            None => {}
        }
        true
    }
}

/// # Safety
///
/// As for [`fits`].
unsafe fn whole(kind: TypeKind, integer: i128, place: Option<Place>) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match kind {
            TypeKind::U8 => narrowed::<u8>(integer, place),
            TypeKind::U16 => narrowed::<u16>(integer, place),
            TypeKind::U32 => narrowed::<u32>(integer, place),
            TypeKind::U64 => narrowed::<u64>(integer, place),
            TypeKind::I8 => narrowed::<i8>(integer, place),
            TypeKind::I16 => narrowed::<i16>(integer, place),
            TypeKind::I32 => narrowed::<i32>(integer, place),
            TypeKind::I64 => narrowed::<i64>(integer, place),
            _ => false,
        }
    }
}

/// # Safety
///
/// The place, if there is one, holds a `T`.
unsafe fn narrowed<T: TryFrom<i128>>(integer: i128, place: Option<Place>) -> bool {
    match (T::try_from(integer), place) {
        (Ok(fitting), Some(place)) => {
            // SAFETY: the caller's promise.
            unsafe { place.write(fitting) };
            true
        }
        (fitting, _) => fitting.is_ok(),
    }
}

/// The elements of an array or the fields of a struct, from a table. An array of bytes
/// comes from a string.
///
/// # Safety
///
/// As for [`fits`].
unsafe fn parts(
    state: *mut lua_State,
    plan: &Plan,
    index: c_int,
    integers: Integers,
    place: Option<Place>,
) -> bool {
    // SAFETY: the caller's promise: each part lies where the plan says. The table is
    // read without metamethods.
    unsafe {
        ffi::luaL_checkstack_(state, SLOTS, c"a value nests too deep".as_ptr());
        if plan.is_byte_array() {
            return bytes(state, plan, index, place);
        }
        if ffi::lua_type(state, index) != ffi::LUA_TTABLE {
            return false;
        }
        let (element, top) = (plan.element(), ffi::lua_gettop(state));
        let is_array = plan.kind == TypeKind::Array;
        let count = if is_array { plan.count } else { plan.parameters.len() };
        for i in 0..count {
            let (part, at) = if is_array {
                (element, i * element.size)
            } else {
                (&plan.parameters[i], plan.offsets[i])
            };
            match plan.names.get(i) {
                Some(name) => {
                    ffi::lua_pushlstring_(state, name.as_ptr().cast(), name.len());
                    ffi::lua_rawget_(state, index);
                }
                None => ffi::lua_rawgeti_(state, index, i as c_int + 1),
            }
            let place = place.map(|place| place.field(at));
            if !fits(state, part, top + 1, integers, place) {
                return false;
            }
            ffi::lua_settop(state, top);
        }
        true
    }
}

/// # Safety
///
/// As for [`fits`], for an array of bytes.
unsafe fn bytes(state: *mut lua_State, plan: &Plan, index: c_int, place: Option<Place>) -> bool {
    // SAFETY: the caller's promise; a string stays while it is on the stack.
    unsafe {
        if ffi::lua_type(state, index) != ffi::LUA_TSTRING {
            return false;
        }
        let mut len = 0;
        let start = ffi::lua_tolstring(state, index, &mut len);
        if len != plan.count {
            return false;
        }
        if let Some(place) = place {
            place.address().copy_from_nonoverlapping(start.cast(), len);
        }
        true
    }
}

/// What an element is called, as a string on the stack.
///
/// # Safety
///
/// The call is protected.
pub(super) unsafe fn name(state: *mut lua_State, plan: &Plan) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::luaL_checkstack_(state, SLOTS, c"a value nests too deep".as_ptr());
        ffi::lua_pushlstring_(state, plan.name.as_ptr().cast(), plan.name.len());
        ffi::lua_tolstring(state, -1, std::ptr::null_mut())
    }
}
