//! Views: how Lua sees memory that the caller lent to be written.
//!
//! `view[i]` reads and writes an element, from 1 on; `#view` is their number.
//! Reading beyond the end gives nil; writing there, or a number that does not
//! fit, is a Lua error, and so is every use after the call for which the memory
//! was lent: the view then holds no address any more.

mod element;

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::RawSlice;

use super::integer::Integers;
use super::place::Place;
use super::plan::Plan;

/// The content of a view.
///
/// # Invariants
///
/// Until [`kill`], `start` points at `len` elements of `element`, any bits of which are
/// valid, lent for the running call, and the plan is there. Afterwards it is null.
#[repr(C)]
struct View {
    start: *mut u8,
    len: usize,
    element: *const Plan,
    integers: Integers,
}

/// Makes the table that views have as their metatable, and gives its reference.
///
/// # Safety
///
/// `state` is an interpreter that nobody else uses, outside of any call, with its
/// memory limit suspended.
pub(super) unsafe fn metatable(state: *mut lua_State) -> c_int {
    let methods: [(&CStr, ffi::lua_CFunction); 3] =
        [(c"__index", index), (c"__newindex", new_index), (c"__len", length)];
    // SAFETY: the caller's promise; the stack has room for a few values.
    unsafe {
        ffi::lua_createtable(state, 0, 4);
        for (name, function) in methods {
            ffi::lua_pushlstring_(state, name.as_ptr(), name.count_bytes());
            // Each function knows its views by the table that they share.
            ffi::lua_pushvalue(state, -2);
            ffi::lua_pushcclosure(state, function, 1);
            ffi::lua_rawset(state, -3);
        }
        ffi::lua_pushlstring_(state, c"__metatable".as_ptr(), 11);
        ffi::lua_pushlstring_(state, c"view".as_ptr(), 4);
        ffi::lua_rawset(state, -3);
        ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX)
    }
}

/// Pushes a view. It stays valid until [`kill`].
///
/// # Safety
///
/// The memory is lent for longer than until [`kill`], and was checked; the stack
/// has room for two values, and the memory limit is suspended.
pub(super) unsafe fn push(
    state: *mut lua_State,
    metatable: c_int,
    (element, memory): (&Plan, RawSlice<u8>),
    integers: Integers,
) {
    // SAFETY: the caller's promise; the block is as large and aligned as asked for.
    unsafe {
        let block = ffi::lua_newuserdata(state, size_of::<View>()).cast::<View>();
        // An empty slice may have a null address, which here means something else.
        let lent = NonNull::new(memory.ptr.cast_mut()).unwrap_or(NonNull::dangling());
        let (start, len) = (lent.as_ptr(), memory.len);
        block.write(View { start, len, element, integers });
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, metatable);
        ffi::lua_setmetatable(state, -2);
    }
}

/// The memory that the value at `index` shows, and the fingerprint of its elements' type,
/// if it is a view that may be used.
///
/// # Safety
///
/// The thread is in an interpreter that a [`Vm`](super::vm::Vm) took over, in the host's
/// section; the stack has room for two values.
pub(super) unsafe fn lent(state: *mut lua_State, index: c_int) -> Option<(u64, RawSlice<u8>)> {
    // SAFETY: the caller's promise; what has the metatable is a view.
    unsafe {
        if ffi::lua_type(state, index) != ffi::LUA_TUSERDATA {
            return None;
        }
        let views = super::vm::of(state)?.views;
        if ffi::lua_getmetatable(state, index) == 0 {
            return None;
        }
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, views);
        let is_view = ffi::lua_rawequal(state, -1, -2) != 0;
        ffi::lua_settop(state, -3);
        if !is_view {
            return None;
        }
        let View { start, len, element, .. } = &*ffi::lua_touserdata(state, index).cast::<View>();
        if start.is_null() {
            return None;
        }
        Some(((**element).fingerprint, RawSlice { ptr: start.cast_const(), len: *len }))
    }
}

/// Ends what the view at `index` may be used for.
///
/// # Safety
///
/// [`push`] put it there.
pub(super) unsafe fn kill(state: *mut lua_State, index: c_int) {
    // SAFETY: the caller's promise: the block is a `View`, kept by the stack.
    unsafe {
        let view = ffi::lua_touserdata(state, index).cast::<View>();
        (*view).start = std::ptr::null_mut();
        (*view).len = 0;
    }
}

unsafe extern "C-unwind" fn index(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with a view's operands, protected; no frame here has
    // anything to drop. The element lies inside the memory.
    unsafe {
        let view = checked(state);
        if ffi::lua_type(state, 2) != ffi::LUA_TNUMBER {
            return ffi::luaL_error(state, c"the index of a view is a number".as_ptr());
        }
        match place(view, ffi::lua_tonumber(state, 2)) {
            Some(place) => element::push(state, &*(*view).element, place, (*view).integers),
            None => ffi::lua_pushnil(state),
        }
        1
    }
}

unsafe extern "C-unwind" fn new_index(state: *mut lua_State) -> c_int {
    // SAFETY: as for `index`.
    unsafe {
        let view = checked(state);
        if ffi::lua_type(state, 2) != ffi::LUA_TNUMBER {
            return ffi::luaL_error(state, c"the index of a view is a number".as_ptr());
        }
        let at = ffi::lua_tonumber(state, 2);
        let Some(place) = place(view, at) else {
            let len = (*view).len as f64;
            let text = c"index %f lies outside of a view of %f elements".as_ptr();
            return ffi::luaL_error(state, text, at, len);
        };
        let plan = &*(*view).element;
        let integers = (*view).integers;
        // What has parts is looked at first, so that it is written whole or not at all.
        let is_refused =
            !plan.parameters.is_empty() && !element::fits(state, plan, 3, integers, None);
        if is_refused || !element::fits(state, plan, 3, integers, Some(place)) {
            let text = c"an element of this view is a %s, which the value does not fit".as_ptr();
            return ffi::luaL_error(state, text, element::name(state, plan));
        }
        0
    }
}

unsafe extern "C-unwind" fn length(state: *mut lua_State) -> c_int {
    // SAFETY: as for `index`.
    unsafe {
        let view = checked(state);
        ffi::lua_pushnumber(state, (*view).len as f64);
        1
    }
}

/// The view that is the first operand, if it may still be used. Raises else.
///
/// # Safety
///
/// A function of the metatable runs, protected.
unsafe fn checked(state: *mut lua_State) -> *mut View {
    // SAFETY: the caller's promise; what has the metatable is a view.
    unsafe {
        let has_table = ffi::lua_getmetatable(state, 1) != 0;
        if !has_table || ffi::lua_rawequal(state, -1, ffi::lua_upvalueindex(1)) == 0 {
            ffi::luaL_error(state, c"this is no view".as_ptr());
        }
        ffi::lua_settop(state, -2);
        let view = ffi::lua_touserdata(state, 1).cast::<View>();
        if (*view).start.is_null() {
            let text = c"this view was lent for a call that is over".as_ptr();
            ffi::luaL_error(state, text);
        }
        view
    }
}

/// Where element `at` lies, counted from 1.
///
/// # Safety
///
/// The view was [`checked`].
unsafe fn place(view: *const View, at: f64) -> Option<Place> {
    // SAFETY: the invariant, and the index is checked.
    unsafe {
        let i = at as usize;
        if i as f64 != at || i == 0 || i > (*view).len {
            return None;
        }
        Some(Place::in_memory((*view).start.add((i - 1) * (*(*view).element).size)))
    }
}
