//! From Lua to the host: values on the stack become values at an address.
//!
//! Nothing here raises. A result that is a text owns it; what any other result
//! points at lies in the arena of the call, and goes with it.

mod compound;
mod described;
mod memory;
mod number;
mod outcome;

pub(super) use described::{Difference, Mismatch};

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{CallArena, RawLease, RawSlice, RawStr, RawVec, TypeKind};

use super::caller::Outgoing;
use super::integer::Integers;
use super::place::Place;
use super::plan::Plan;

/// How many stack slots reading a value may need, above those of what it is
/// part of.
const SLOTS: c_int = 8;

/// Reads results.
#[derive(Clone, Copy)]
pub(super) struct Reader<'r> {
    pub(super) state: *mut lua_State,
    pub(super) arena: *mut CallArena,
    pub(super) integers: Integers,
    /// The proxies that were read, where there can be any.
    pub(super) outgoing: Option<&'r Outgoing>,
}

impl Reader<'_> {
    /// Reads what a method returned: `count` values from `first` on.
    ///
    /// # Safety
    ///
    /// The values are on the stack at these absolute indices; `place` is room
    /// for a value of the plan's type; the arena is that of the running call.
    #[inline]
    pub(super) unsafe fn results(
        self,
        plan: &Plan,
        first: c_int,
        count: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            if plan.kind == TypeKind::Result {
                return self.method_result(plan, first, count, place);
            }
            if plan.kind == TypeKind::Unit {
                return self.nothing(plan, first, count, place);
            }
            if plan.may_be_nil() && count == 0 {
                place.write(0_u32);
                return Ok(());
            }
            if count != 1 {
                return Err(self.wrong_count(plan, first, count));
            }
            if plan.kind == TypeKind::String && !plan.is_leased {
                // Handed on as it is, where a part of the arena would be copied again.
                let text = self.text(plan, first)?.to_owned();
                place.write(match !self.arena.is_null() && CallArena::is_own(self.arena) {
                    true => RawVec::of_own_text(text),
                    false => RawVec::new(text.into_bytes()),
                });
                return Ok(());
            }
            self.value(plan, first, place)
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn nothing(
        self,
        plan: &Plan,
        first: c_int,
        count: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            let is_unit = count == 0 || (count == 1 && self.is_unit(first));
            if !is_unit {
                return Err(self.wrong_count(plan, first, count));
            }
            place.write_small_unsigned(0_u8);
        }
        Ok(())
    }

    /// Whether the value stands for nothing: nil, or what stands for it in a list.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn is_unit(self, index: c_int) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match ffi::lua_type(self.state, index) {
                ffi::LUA_TNIL => true,
                ffi::LUA_TBOOLEAN => ffi::lua_toboolean(self.state, index) != 0,
                _ => false,
            }
        }
    }

    /// Reads the value at `index`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[inline]
    pub(super) unsafe fn value(
        self,
        plan: &Plan,
        index: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            // What is read most needs none of the registers and room that the rest does.
            if plan.kind == TypeKind::U32
                && let Some(number) = self.small(index)
            {
                place.write(number);
                return Ok(());
            }
            self.any_value(plan, index, place)
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[inline(never)]
    unsafe fn any_value(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise; each value is written as its kind says.
        unsafe {
            match plan.kind {
                TypeKind::Unit => {
                    if !self.is_unit(index) {
                        return Err(self.mismatch(plan, index));
                    }
                    place.write_small_unsigned(0_u8);
                }
                TypeKind::Bool => {
                    if ffi::lua_type(self.state, index) != ffi::LUA_TBOOLEAN {
                        return Err(self.mismatch(plan, index));
                    }
                    let is_true = ffi::lua_toboolean(self.state, index) != 0;
                    place.write_small_unsigned(u8::from(is_true));
                }
                TypeKind::Char => {
                    let text = self.text(plan, index)?;
                    let mut chars = text.chars();
                    match (chars.next(), chars.next()) {
                        (Some(only), None) => place.write(u32::from(only)),
                        _ => {
                            let count = text.chars().count();
                            return Err(Mismatch::new(
                                plan,
                                format!("a string of {count} characters"),
                            ));
                        }
                    }
                }
                TypeKind::U8 => place.write_small_unsigned(self.integer::<u8>(plan, index)?),
                TypeKind::U16 => place.write_small_unsigned(self.integer::<u16>(plan, index)?),
                TypeKind::U32 => place.write(self.integer::<u32>(plan, index)?),
                TypeKind::I8 => place.write_small_signed(self.integer::<i8>(plan, index)?),
                TypeKind::I16 => place.write_small_signed(self.integer::<i16>(plan, index)?),
                TypeKind::I32 => place.write(self.integer::<i32>(plan, index)?),
                TypeKind::U64 => place.write(self.integer::<u64>(plan, index)?),
                TypeKind::I64 => place.write(self.integer::<i64>(plan, index)?),
                TypeKind::Usize => place.write(self.integer::<usize>(plan, index)? as u64),
                TypeKind::Isize => place.write(self.integer::<isize>(plan, index)? as i64),
                TypeKind::F32 => {
                    let number = self.number(plan, index)?;
                    let narrow = number as f32;
                    if narrow.is_infinite() && number.is_finite() {
                        return Err(Mismatch::new(
                            plan,
                            format!("{number}, which is out of range"),
                        ));
                    }
                    place.write(narrow);
                }
                TypeKind::F64 => place.write(self.number(plan, index)?),
                TypeKind::String => {
                    let text = self.text(plan, index)?;
                    place.write(self.copied(plan, text.as_bytes())?);
                }
                TypeKind::Vec if plan.is_bytes() => {
                    let bytes = self.bytes(plan, index)?;
                    place.write(self.copied(plan, bytes)?);
                }
                TypeKind::Vec => place.write(self.list(plan, index)?),
                TypeKind::Result => self.nested_result(plan, index, place)?,
                TypeKind::PluginError => self.error(plan, index, place)?,
                TypeKind::Option
                | TypeKind::Tuple
                | TypeKind::Array
                | TypeKind::Duration
                | TypeKind::Struct
                | TypeKind::Enum => self.compound(plan, index, place)?,
                // What is lent inside of an argument lies in the arena, because Lua code
                // that runs meanwhile may change the table that it came from.
                TypeKind::Str => {
                    let text = self.text(plan, index)?;
                    let RawVec { ptr, len, .. } = self.copied(plan, text.as_bytes())?;
                    place.write(RawStr { ptr: ptr.cast_const(), len });
                }
                TypeKind::Slice if plan.is_bytes() => {
                    let bytes = self.bytes(plan, index)?;
                    let RawVec { ptr, len, .. } = self.copied(plan, bytes)?;
                    place.write(RawSlice { ptr: ptr.cast_const(), len });
                }
                TypeKind::Slice => {
                    let RawVec { ptr, len, .. } = self.list(plan, index)?;
                    place.write(RawSlice { ptr: ptr.cast_const(), len });
                }
                TypeKind::Proxy => {
                    let Some(outgoing) = self.outgoing else {
                        return Err(self.mismatch(plan, index));
                    };
                    match outgoing.name(self.state, plan, index) {
                        Ok(proxy) => place.write(proxy),
                        Err(Some(got)) => return Err(Mismatch::new(plan, got)),
                        Err(None) => return Err(self.mismatch(plan, index)),
                    }
                }
                // These are arguments alone, and read as such or not at all.
                TypeKind::SliceMut
                | TypeKind::Contract
                | TypeKind::ContractMut
                | TypeKind::Fn
                | TypeKind::FnMut
                // Known by another kind.
                | TypeKind::AbiVec
                | TypeKind::AbiString => return Err(self.mismatch(plan, index)),
            }
            if plan.is_leased {
                // It lies in the arena, so it is copied at once.
                place.field(Plan::LEASE).write(std::ptr::null::<RawLease>());
            }
        }
        Ok(())
    }

    /// The bytes of a string, which stay while it is on the stack.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[inline]
    pub(super) unsafe fn bytes<'s>(self, plan: &Plan, index: c_int) -> Result<&'s [u8], Mismatch> {
        // SAFETY: the caller's promise; the value is a string already, so that
        // asking for its bytes converts nothing.
        unsafe {
            if ffi::lua_type(self.state, index) != ffi::LUA_TSTRING {
                return Err(self.mismatch(plan, index));
            }
            let mut len = 0;
            let start = ffi::lua_tolstring(self.state, index, &mut len);
            Ok(std::slice::from_raw_parts(start.cast(), len))
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[inline]
    pub(super) unsafe fn text<'s>(self, plan: &Plan, index: c_int) -> Result<&'s str, Mismatch> {
        // SAFETY: the caller's promise.
        let bytes = unsafe { self.bytes(plan, index)? };
        simdutf8::basic::from_utf8(bytes).map_err(|_| Mismatch::not_utf8(plan, bytes))
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn list(self, plan: &Plan, index: c_int) -> Result<RawVec<u8>, Mismatch> {
        let element = plan.element();
        // SAFETY: the caller's promise; the table is read without metamethods,
        // into memory for as many elements as it says to have.
        unsafe {
            if ffi::lua_type(self.state, index) != ffi::LUA_TTABLE {
                return Err(self.mismatch(plan, index));
            }
            if ffi::lua_checkstack(self.state, SLOTS) == 0 {
                return Err(Mismatch::new(plan, "a list that nests too deep"));
            }
            let len = self.length(plan, index)?;
            let memory = self.allocate(plan, len, element)?;
            for i in 0..len {
                ffi::lua_rawgeti_(self.state, index, i as c_int + 1);
                let at = Place::in_memory(memory.add(i * element.size));
                let top = ffi::lua_gettop(self.state);
                self.value(element, top, at)
                    .map_err(|m| m.inside(format_args!("element {}", i + 1)))?;
                ffi::lua_settop(self.state, top - 1);
            }
            Ok(RawVec { ptr: memory, len, capacity: len, release: None })
        }
    }

    /// How many elements the table at `index` has: what its field `n` says where
    /// elements may be nil.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`], and a table is there.
    unsafe fn length(self, plan: &Plan, index: c_int) -> Result<usize, Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            let top = ffi::lua_gettop(self.state);
            if plan.element().may_be_nil() {
                self.field(index, c"n");
                if ffi::lua_type(self.state, top + 1) != ffi::LUA_TNIL {
                    let len = self.integer::<c_int>(plan, top + 1);
                    let len = len.map_err(|m| m.inside("field `n`"))?;
                    ffi::lua_settop(self.state, top);
                    return usize::try_from(len)
                        .map_err(|_| Mismatch::new(plan, format!("a list of {len} elements")));
                }
                ffi::lua_settop(self.state, top);
            }
            Ok(ffi::lua_objlen(self.state, index))
        }
    }

    /// Pushes a field of the table at `index`, without metamethods. Short names
    /// such as these are strings that the interpreter has already, once the call
    /// that made them is over: nothing is raised under the host's section.
    ///
    /// # Safety
    ///
    /// `index` is the absolute one of a table; the stack has room for a value.
    unsafe fn field(self, index: c_int, name: &CStr) {
        // SAFETY: the caller's promise.
        unsafe {
            ffi::lua_pushlstring_(self.state, name.as_ptr(), name.count_bytes());
            ffi::lua_rawget_(self.state, index);
        }
    }
}
