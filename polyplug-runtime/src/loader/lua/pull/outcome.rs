//! Results and errors, from Lua.

use std::ffi::c_int;

use mlua::ffi;
use polyplug_guest::abi::TypeKind;

use super::{Mismatch, Reader, SLOTS};
use crate::loader::lua::place::Place;
use crate::loader::lua::plan::Plan;

impl Reader<'_> {
    /// `return value`, or `return nil, error`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn method_result(
        self,
        plan: &Plan,
        first: c_int,
        count: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        let Some((ok, err)) = plan.sides() else { return Err(Mismatch::new(plan, "nothing")) };
        // SAFETY: the caller's promise; the side lies behind the discriminant.
        unsafe {
            let at = place.field(plan.side_offset());
            let is_error = count == 2
                && ffi::lua_type(self.state, first) == ffi::LUA_TNIL
                && ffi::lua_type(self.state, first + 1) != ffi::LUA_TNIL;
            place.write::<u32>(is_error.into());
            if is_error {
                let read = self.error_side(err, first + 1, at);
                return read.map_err(|m| m.inside("the returned error"));
            }
            // What a caller gets for `Ok(())` may be returned as it is.
            if ok.kind == TypeKind::Unit
                && count == 1
                && ffi::lua_type(self.state, first) == ffi::LUA_TBOOLEAN
                && ffi::lua_toboolean(self.state, first) != 0
            {
                return self.nothing(ok, first, 0, at);
            }
            // `return value, nil` is the same as `return value`.
            let second_is_nil = count == 2 && ffi::lua_type(self.state, first + 1) == ffi::LUA_TNIL;
            self.results(ok, first, if second_is_nil { 1 } else { count }, at)
        }
    }

    /// The error of a `Result`, for which nil does not stand.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn error_side(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            if plan.may_be_nil() {
                self.wrapped(plan, index, place)
            } else {
                self.value(plan, index, place)
            }
        }
    }

    /// A `Result` inside of something: `{ ok = value }` or `{ err = error }`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn nested_result(
        self,
        plan: &Plan,
        index: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        let Some((ok, err)) = plan.sides() else { return Err(Mismatch::new(plan, "nothing")) };
        // SAFETY: the caller's promise.
        unsafe {
            if ffi::lua_type(self.state, index) != ffi::LUA_TTABLE
                || ffi::lua_checkstack(self.state, SLOTS) == 0
            {
                return Err(self.mismatch(plan, index));
            }
            let at = place.field(plan.side_offset());
            let top = ffi::lua_gettop(self.state);
            self.field(index, c"err");
            let is_error = ffi::lua_type(self.state, -1) != ffi::LUA_TNIL;
            place.write::<u32>(is_error.into());
            if !is_error {
                self.field(index, c"ok");
            }
            let value = ffi::lua_gettop(self.state);
            if is_error {
                self.error_side(err, value, at).map_err(|m| m.inside("field `err`"))?;
            } else {
                self.value(ok, value, at).map_err(|m| m.inside("field `ok`"))?;
            }
            ffi::lua_settop(self.state, top);
        }
        Ok(())
    }

    /// A `PluginError`: a string, or a table with `message` and perhaps `kind`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn error(
        self,
        plan: &Plan,
        index: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            let top = ffi::lua_gettop(self.state);
            let mut kind = 0;
            let mut message = index;
            if ffi::lua_type(self.state, index) == ffi::LUA_TTABLE {
                if ffi::lua_checkstack(self.state, SLOTS) == 0 {
                    return Err(self.mismatch(plan, index));
                }
                self.field(index, c"kind");
                if ffi::lua_type(self.state, -1) != ffi::LUA_TNIL {
                    kind =
                        self.integer::<u16>(plan, top + 1).map_err(|m| m.inside("field `kind`"))?;
                }
                self.field(index, c"message");
                message = top + 2;
            }
            let text = self.text(plan, message)?;
            let text = self.copied(plan, text.as_bytes())?;
            place.write(u32::from(kind));
            place.field(plan.message_offset()).write(text);
            ffi::lua_settop(self.state, top);
        }
        Ok(())
    }
}
