//! From the host to Lua: values at an address become values on the stack.
//!
//! Whoever makes a uniform call only lends the arguments, also those that are
//! owned: nothing here takes anything over.

mod check;
mod compound;

use check::check_bytes;
pub(super) use check::{BadArgument, check, check_list};
pub(super) use compound::push_wrapped;

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{RawSlice, RawStr, RawVec, TypeKind};

use super::caller::Incoming;
use super::integer::Integers;
use super::place::Place;
use super::plan::{MethodPlan, Plan};

pub(super) use compound::NANOS;

/// How many stack slots one value of a type may need while it is pushed, above
/// those of what it is part of.
pub(super) const SLOTS: c_int = 8;

/// The arguments of one call.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'c> {
    pub(super) plan: &'c MethodPlan,
    /// One pointer for each argument.
    pub(super) values: *const *mut u8,
    pub(super) pushing: Pushing<'c>,
}

/// What pushing needs besides the value.
#[derive(Clone, Copy)]
pub(super) struct Pushing<'p> {
    pub(super) integers: Integers,
    /// The proxies in the value, bound for the interpreter, if there can be any.
    pub(super) proxies: Option<&'p Incoming>,
}

impl Arguments<'_> {
    /// The form in which argument `i` was passed.
    ///
    /// # Safety
    ///
    /// The caller of the method gave `values` with one pointer for each argument.
    unsafe fn place(&self, i: usize) -> Place {
        // SAFETY: the caller's promise.
        unsafe { Place::passed(self.values.add(i).read()) }
    }

    /// Checks all that can be wrong with the arguments before any is pushed.
    ///
    /// # Safety
    ///
    /// As for [`Arguments::push`].
    #[inline]
    pub(super) unsafe fn check(&self) -> Result<(), (usize, BadArgument)> {
        if !self.plan.is_checked {
            return Ok(());
        }
        for (i, plan) in self.plan.arguments.iter().enumerate() {
            // SAFETY: the caller's promise.
            let checked = unsafe {
                match plan.kind {
                    TypeKind::Str => check_bytes(self.place(i).read()),
                    _ => check(plan, self.place(i)),
                }
            };
            checked.map_err(|bad| (i, bad))?;
        }
        Ok(())
    }

    /// Whether pushing raises nothing: no 64-bit integer is too large to be a
    /// plain number.
    ///
    /// # Safety
    ///
    /// As for [`Arguments::push`].
    #[inline]
    pub(super) unsafe fn raise_nothing(&self) -> bool {
        if !self.plan.has_large_integers {
            return self.plan.is_direct;
        }
        self.plan.is_direct
            && self.plan.arguments.iter().enumerate().all(|(i, plan)| match plan.kind {
                TypeKind::U64 | TypeKind::Usize => {
                    // SAFETY: the caller's promise.
                    Integers::is_plain(unsafe { self.place(i).read::<u64>() }.into())
                }
                TypeKind::I64 | TypeKind::Isize => {
                    // SAFETY: the caller's promise.
                    Integers::is_plain(unsafe { self.place(i).read::<i64>() }.into())
                }
                _ => true,
            })
    }

    /// How many stack slots pushing needs.
    pub(super) fn slots(&self) -> c_int {
        self.plan.arguments.len() as c_int + SLOTS
    }

    /// Pushes all arguments; views are taken from the stack, the first from
    /// `first_view` on.
    ///
    /// # Safety
    ///
    /// The arguments are as the contract's schema says and were checked; the
    /// stack has room for [`Arguments::slots`]. Unless
    /// [`Arguments::raise_nothing`], the call is protected, and no frame up to
    /// there has anything to drop.
    #[inline(always)]
    pub(super) unsafe fn push(&self, state: *mut lua_State, first_view: c_int) {
        let mut view = first_view;
        for (i, plan) in self.plan.arguments.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                if plan.is_view() {
                    ffi::lua_pushvalue(state, view);
                    view += 1;
                } else {
                    push_argument(state, plan, self.place(i), self.pushing);
                }
            }
        }
    }

    /// The arguments that are seen through a view.
    ///
    /// # Safety
    ///
    /// As for [`Arguments::push`].
    pub(super) unsafe fn views(&self) -> impl Iterator<Item = (&Plan, Place)> {
        // SAFETY: the caller's promise.
        unsafe { self.places() }.filter(|(plan, _)| plan.is_view())
    }

    /// The arguments, in the form in which they were passed.
    ///
    /// # Safety
    ///
    /// As for [`Arguments::push`].
    pub(super) unsafe fn places(&self) -> impl Iterator<Item = (&Plan, Place)> {
        let all = self.plan.arguments.iter().enumerate();
        // SAFETY: the caller's promise.
        all.map(|(i, plan)| (plan, unsafe { self.place(i) }))
    }
}

/// Pushes a value of which any bits are valid.
///
/// # Safety
///
/// As for [`Arguments::push`], for one value of a plain type; the call is protected.
pub(super) unsafe fn push_plain(
    state: *mut lua_State,
    plan: &Plan,
    place: Place,
    integers: Integers,
) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::luaL_checkstack_(state, SLOTS, c"a value nests too deep".as_ptr());
        push(state, plan, place, Pushing { integers, proxies: None });
    }
}

/// As [`push`], without a call for what is passed most.
///
/// # Safety
///
/// As for [`Arguments::push`], for one value.
#[inline]
pub(super) unsafe fn push_argument(
    state: *mut lua_State,
    plan: &Plan,
    place: Place,
    pushing: Pushing<'_>,
) {
    // SAFETY: the caller's promise; each value is read as its kind says.
    unsafe {
        match plan.kind {
            TypeKind::U32 => push_number(state, place.read::<u32>()),
            TypeKind::F64 => push_number(state, place.read::<f64>()),
            TypeKind::Str => push_bytes(state, place.read()),
            _ => push(state, plan, place, pushing),
        }
    }
}

/// # Safety
///
/// As for [`Arguments::push`], for one value.
pub(super) unsafe fn push(state: *mut lua_State, plan: &Plan, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise; each value is read as its kind says.
    unsafe {
        match plan.kind {
            // The place of a unit in a list must not be a hole.
            TypeKind::Unit => ffi::lua_pushboolean(state, 1),
            TypeKind::Bool => {
                ffi::lua_pushboolean(state, (place.read_small_unsigned::<u8>() != 0).into());
            }
            TypeKind::Char => push_char(state, place.read()),
            TypeKind::U8 => push_number(state, place.read_small_unsigned::<u8>()),
            TypeKind::U16 => push_number(state, place.read_small_unsigned::<u16>()),
            TypeKind::U32 => push_number(state, place.read::<u32>()),
            TypeKind::I8 => push_number(state, place.read_small_signed::<i8>()),
            TypeKind::I16 => push_number(state, place.read_small_signed::<i16>()),
            TypeKind::I32 => push_number(state, place.read::<i32>()),
            TypeKind::F32 => push_number(state, place.read::<f32>()),
            TypeKind::F64 => push_number(state, place.read::<f64>()),
            TypeKind::U64 | TypeKind::Usize => {
                pushing.integers.push(state, place.read::<u64>().into())
            }
            TypeKind::I64 | TypeKind::Isize => {
                pushing.integers.push(state, place.read::<i64>().into())
            }
            TypeKind::Str => push_bytes(state, place.read()),
            TypeKind::String => push_bytes(state, of_vec(place)),
            _ if plan.is_bytes() => push_bytes(state, place.read()),
            TypeKind::Slice => push_list(state, plan, place.read(), pushing),
            TypeKind::Vec => push_list(state, plan, of_vec(place), pushing),
            TypeKind::Result => push_result(state, plan, place, pushing),
            TypeKind::PluginError => push_error(state, plan, place),
            // Pushed by whoever made the view; a list of views cannot be.
            // The latter two are known by other kinds.
            TypeKind::SliceMut
            | TypeKind::Contract
            | TypeKind::ContractMut
            | TypeKind::Fn
            | TypeKind::FnMut
            | TypeKind::AbiVec
            | TypeKind::AbiString => {
                ffi::lua_pushnil(state);
            }
            TypeKind::Proxy => match pushing.proxies {
                Some(proxies) => proxies.push(state, place),
                None => ffi::lua_pushnil(state),
            },
            TypeKind::Option
            | TypeKind::Tuple
            | TypeKind::Array
            | TypeKind::Duration
            | TypeKind::Struct
            | TypeKind::Enum => compound::push(state, plan, place, pushing),
        }
    }
}

/// # Safety
///
/// The stack has room for the value.
#[inline]
unsafe fn push_number(state: *mut lua_State, number: impl Into<f64>) {
    // SAFETY: the caller's promise.
    unsafe { ffi::lua_pushnumber(state, number.into()) }
}

/// # Safety
///
/// As for [`push`].
unsafe fn push_char(state: *mut lua_State, number: u32) {
    let mut utf8 = [0; 4];
    let text = char::from_u32(number).unwrap_or_default().encode_utf8(&mut utf8);
    // SAFETY: the caller's promise.
    unsafe { push_bytes(state, RawSlice::new(text.as_bytes())) }
}

/// # Safety
///
/// As for [`push`]; the bytes were checked.
#[inline]
unsafe fn push_bytes(state: *mut lua_State, bytes: RawSlice<u8>) {
    let start = if bytes.len == 0 { c"".as_ptr() } else { bytes.ptr.cast() };
    // SAFETY: the caller's promise.
    unsafe { ffi::lua_pushlstring_(state, start, bytes.len) }
}

/// # Safety
///
/// As for [`push`].
unsafe fn push_list(state: *mut lua_State, plan: &Plan, list: RawSlice<u8>, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise. Lists nest as deep as the schema says, so
    // the stack is checked at each level.
    unsafe {
        ffi::luaL_checkstack_(state, SLOTS, c"a list nests too deep".as_ptr());
        ffi::lua_createtable(state, list.len as c_int, 0);
        for (i, place) in elements(list, plan.element()).enumerate() {
            push(state, plan.element(), place, pushing);
            ffi::lua_rawseti_(state, -2, i as c_int + 1);
        }
        // Where elements may be nil the length of a table says nothing.
        if plan.element().may_be_nil() {
            ffi::lua_pushlstring_(state, c"n".as_ptr(), 1);
            ffi::lua_pushnumber(state, list.len as f64);
            ffi::lua_rawset(state, -3);
        }
    }
}

/// A `Result` inside of something: a table with the field `ok` or `err`.
///
/// # Safety
///
/// As for [`push`].
unsafe fn push_result(state: *mut lua_State, plan: &Plan, place: Place, pushing: Pushing<'_>) {
    // SAFETY: the caller's promise; which side holds was checked.
    unsafe {
        ffi::luaL_checkstack_(state, SLOTS, c"a result nests too deep".as_ptr());
        ffi::lua_createtable(state, 0, 1);
        let Some((side, at)) = side(plan, place) else { return };
        let field = if place.read::<u32>() == 0 { c"ok" } else { c"err" };
        ffi::lua_pushlstring_(state, field.as_ptr(), field.count_bytes());
        if field == c"err" && side.may_be_nil() {
            compound::push_wrapped(state, side, at, pushing);
        } else {
            push(state, side, at, pushing);
        }
        ffi::lua_rawset(state, -3);
    }
}

/// A `PluginError`: a table with the fields `message` and `kind`.
///
/// # Safety
///
/// As for [`push`].
unsafe fn push_error(state: *mut lua_State, plan: &Plan, place: Place) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::lua_createtable(state, 0, 2);
        ffi::lua_pushlstring_(state, c"kind".as_ptr(), 4);
        push_number(state, place.read::<u32>());
        ffi::lua_rawset(state, -3);
        ffi::lua_pushlstring_(state, c"message".as_ptr(), 7);
        push_bytes(state, of_vec(place.field(plan.message_offset())));
        ffi::lua_rawset(state, -3);
    }
}

/// The side of a `Result` that holds, and where it lies.
///
/// # Safety
///
/// The value is a `Result` of the plan's type.
pub(super) unsafe fn side(plan: &Plan, place: Place) -> Option<(&Plan, Place)> {
    let (ok, err) = plan.sides()?;
    // SAFETY: the caller's promise; a result is passed as it lies in memory.
    unsafe {
        let at = place.field(plan.side_offset());
        match place.read::<u32>() {
            0 => Some((ok, at)),
            1 => Some((err, at)),
            _ => None,
        }
    }
}

/// The elements of a sequence that owns them.
///
/// # Safety
///
/// The value is a `RawVec`.
pub(super) unsafe fn of_vec(place: Place) -> RawSlice<u8> {
    // SAFETY: the caller's promise; the field's type does not change the layout.
    let RawVec { ptr, len, .. } = unsafe { place.read_vec() };
    RawSlice { ptr: ptr.cast_const(), len }
}

/// # Safety
///
/// The list was checked, and holds values of the plan's type.
pub(super) unsafe fn elements(list: RawSlice<u8>, element: &Plan) -> impl Iterator<Item = Place> {
    let size = element.size;
    // SAFETY: the caller's promise: each element lies inside the list.
    (0..list.len).map(move |i| unsafe { Place::in_memory(list.ptr.cast_mut().add(i * size)) })
}

const _: () = assert!(size_of::<RawStr>() == size_of::<RawSlice<u8>>());
