//! Numbers, from Lua.

use std::ffi::c_int;

use mlua::ffi;

use super::{Mismatch, Reader};
use crate::loader::lua::integer::Integer;
use crate::loader::lua::plan::Plan;

const TWO_POW_52: f64 = 4_503_599_627_370_496.0;

impl Reader<'_> {
    /// The number at `index`, if it is a `u32`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[inline]
    pub(super) unsafe fn small(self, index: c_int) -> Option<u32> {
        // SAFETY: the caller's promise.
        unsafe {
            if ffi::lua_type(self.state, index) != ffi::LUA_TNUMBER {
                return None;
            }
            let number = ffi::lua_tonumber(self.state, index);
            // The low bits of this sum are those of a whole number below 2^32, and come sooner
            // than a conversion; whether it is one is asked of them.
            let whole = (number + TWO_POW_52).to_bits() as u32;
            (f64::from(whole) == number).then_some(whole)
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn integer<T: TryFrom<i128>>(
        self,
        plan: &Plan,
        index: c_int,
    ) -> Result<T, Mismatch> {
        // SAFETY: the caller's promise.
        let got = match unsafe { self.integers.read(self.state, index) } {
            Integer::Whole(whole) => match T::try_from(whole) {
                Ok(fitting) => return Ok(fitting),
                Err(_) => format!("{whole}, which is out of range"),
            },
            Integer::Fractional(number) => format!("{number}, which is no whole number"),
            Integer::Inexact(number) => {
                format!("the number {number}, which is too large to be exact: use a 64-bit integer")
            }
            // SAFETY: the caller's promise.
            Integer::No => unsafe { self.described(index) },
        };
        Err(Mismatch::new(plan, got))
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn number(self, plan: &Plan, index: c_int) -> Result<f64, Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            if ffi::lua_type(self.state, index) != ffi::LUA_TNUMBER {
                return Err(self.mismatch(plan, index));
            }
            Ok(ffi::lua_tonumber(self.state, index))
        }
    }
}
