//! What there was instead of what the schema promises.

use std::ffi::{CStr, c_int};

use mlua::ffi;
use polyplug_guest::abi::TypeKind;

use super::{Mismatch, Reader};
use crate::loader::lua::plan::Plan;

impl Reader<'_> {
    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[cold]
    pub(super) unsafe fn mismatch(self, plan: &Plan, index: c_int) -> Mismatch {
        // SAFETY: the caller's promise.
        Mismatch::new(plan, unsafe { self.described(index) })
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[cold]
    pub(super) unsafe fn wrong_count(self, plan: &Plan, first: c_int, count: c_int) -> Mismatch {
        // SAFETY: the caller's promise.
        let of = |index| unsafe { self.described(index) };
        let values: Vec<_> = (first..first + count.min(4)).map(of).collect();
        let expected = match plan.kind {
            TypeKind::Unit => "no value".to_owned(),
            _ => format!("one value, `{}`,", plan.name),
        };
        let got = match count {
            0 => "none".to_owned(),
            1 => values.concat(),
            _ => format!(
                "{count} values ({}{})",
                values.join(", "),
                if count > 4 { ", .." } else { "" }
            ),
        };
        Mismatch { expected, got }
    }

    /// What the value at `index` is.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    #[cold]
    pub(super) unsafe fn described(self, index: c_int) -> String {
        // SAFETY: the caller's promise; names of types are C strings of the
        // interpreter's own.
        unsafe {
            let kind = ffi::lua_type(self.state, index);
            match kind {
                ffi::LUA_TNIL => "nil".to_owned(),
                ffi::LUA_TNUMBER => format!("the number {}", ffi::lua_tonumber(self.state, index)),
                ffi::LUA_TBOOLEAN => {
                    format!("the boolean {}", ffi::lua_toboolean(self.state, index) != 0)
                }
                _ => {
                    let name = CStr::from_ptr(ffi::lua_typename(self.state, kind));
                    format!("a {}", name.to_string_lossy())
                }
            }
        }
    }
}
