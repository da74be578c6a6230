//! Integers of 64 bits: plain numbers while those are exact, else cdata.
//!
//! Cdata is made and taken apart by functions written in Lua, with arithmetic on
//! 64-bit literals: that needs neither the FFI library nor any knowledge of how
//! LuaJIT lays a cdata out.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};

/// Up to here, and down to its negative, every whole number is a double.
pub(super) const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// LuaJIT's number for the type of cdata.
pub(super) const LUA_TCDATA: c_int = 10;

/// `signed(high, low)`, `unsigned(high, low)` and `split(integer)`, which gives
/// its two halves and whether it is signed.
const SOURCE: &[u8] = b"
local tonumber = ...
local function signed(high, low) return high * 4294967296LL + low end
local function unsigned(high, low) return high * 4294967296ULL + low end
local function split(integer)
  local bits = integer + 0ULL
  return tonumber(bits / 4294967296ULL), tonumber(bits % 4294967296ULL), integer * 0 - 1 < 0
end
return signed, unsigned, split
";

/// The functions, as references into the registry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Integers {
    signed: c_int,
    unsigned: c_int,
    split: c_int,
}

/// What a Lua value is as an integer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Integer {
    Whole(i128),
    /// A number with a fraction, or infinite, or not a number.
    Fractional(f64),
    /// A whole number too large to be exact.
    Inexact(f64),
    /// No number.
    No,
}

impl Integers {
    /// Compiles the functions. None when memory does not suffice.
    ///
    /// # Safety
    ///
    /// `state` is an interpreter that nobody else uses, outside of any call, with
    /// its memory limit suspended.
    pub(super) unsafe fn compile(state: *mut lua_State) -> Option<Self> {
        // SAFETY: loading and calling are protected; the rest raises nothing but
        // for want of memory. The stack has room for a few values.
        unsafe {
            let top = ffi::lua_gettop(state);
            let name = c"=polyplug";
            let (source, len) = (SOURCE.as_ptr().cast(), SOURCE.len());
            if ffi::luaL_loadbuffer(state, source, len, name.as_ptr()) != ffi::LUA_OK {
                ffi::lua_settop(state, top);
                return None;
            }
            ffi::lua_pushlstring_(state, c"tonumber".as_ptr(), 8);
            ffi::lua_rawget(state, ffi::LUA_GLOBALSINDEX);
            if ffi::lua_pcall(state, 1, 3, 0) != ffi::LUA_OK {
                ffi::lua_settop(state, top);
                return None;
            }
            let split = ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX);
            let unsigned = ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX);
            let signed = ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX);
            Some(Self { signed, unsigned, split })
        }
    }

    /// Whether `integer` is a plain number in Lua.
    pub(super) fn is_plain(integer: i128) -> bool {
        integer.unsigned_abs() <= MAX_EXACT as u128
    }

    /// Pushes an integer of at most 64 bits. Raises for want of memory, and only
    /// where it is no plain number.
    ///
    /// # Safety
    ///
    /// The stack has room for three values; unless the integer is plain, the call
    /// is protected, and no frame up to there has anything to drop.
    pub(super) unsafe fn push(self, state: *mut lua_State, integer: i128) {
        // SAFETY: the caller's promise.
        unsafe {
            if Self::is_plain(integer) {
                return ffi::lua_pushnumber(state, integer as f64);
            }
            let make = if integer < 0 { self.signed } else { self.for_positive(integer) };
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, make);
            ffi::lua_pushnumber(state, (integer >> 32) as f64);
            ffi::lua_pushnumber(state, (integer & 0xffff_ffff) as f64);
            ffi::lua_call(state, 2, 1);
        }
    }

    fn for_positive(self, integer: i128) -> c_int {
        if integer > i128::from(i64::MAX) { self.unsigned } else { self.signed }
    }

    /// Reads the value at `index`, without changing it.
    ///
    /// # Safety
    ///
    /// `index` is an absolute one on the stack, which has room for four values.
    pub(super) unsafe fn read(self, state: *mut lua_State, index: c_int) -> Integer {
        // SAFETY: the caller's promise; the call is protected.
        unsafe {
            match ffi::lua_type(state, index) {
                ffi::LUA_TNUMBER => of_number(ffi::lua_tonumber(state, index)),
                LUA_TCDATA => {
                    let top = ffi::lua_gettop(state);
                    ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, self.split);
                    ffi::lua_pushvalue(state, index);
                    let read = if ffi::lua_pcall(state, 1, 3, 0) == ffi::LUA_OK {
                        let high = ffi::lua_tonumber(state, -3) as u32;
                        let low = ffi::lua_tonumber(state, -2) as u32;
                        let bits = u64::from(high) << 32 | u64::from(low);
                        let is_signed = ffi::lua_toboolean(state, -1) != 0;
                        Integer::Whole(if is_signed { (bits as i64).into() } else { bits.into() })
                    } else {
                        Integer::No
                    };
                    ffi::lua_settop(state, top);
                    read
                }
                _ => Integer::No,
            }
        }
    }
}

#[inline]
fn of_number(number: f64) -> Integer {
    if number.trunc() != number {
        return Integer::Fractional(number);
    }
    if number.abs() > MAX_EXACT {
        return if number.is_finite() {
            Integer::Inexact(number)
        } else {
            Integer::Fractional(number)
        };
    }
    Integer::Whole(number as i64 as i128)
}
