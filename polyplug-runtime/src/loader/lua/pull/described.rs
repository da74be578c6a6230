//! What there was instead of what the schema promises.

use std::ffi::{CStr, c_int};

use mlua::ffi;
use polyplug_guest::abi::TypeKind;

use super::Reader;
use crate::loader::lua::plan::Plan;

/// Why a value is not what the schema promises. Of one word, as it stands in the result
/// of each value that is read.
#[derive(Debug)]
pub(in crate::loader::lua) struct Mismatch(Box<Difference>);

/// What there is to say of a [`Mismatch`].
#[derive(Debug)]
pub(in crate::loader::lua) struct Difference {
    /// What was expected, and where: `u32`, or `element 3: u32`.
    pub(in crate::loader::lua) expected: String,
    /// What there was instead.
    pub(in crate::loader::lua) got: String,
}

impl Mismatch {
    #[cold]
    pub(in crate::loader::lua) fn new(plan: &Plan, got: impl Into<String>) -> Self {
        Difference { expected: format!("`{}`", plan.name), got: got.into() }.into()
    }

    #[cold]
    pub(super) fn inside(mut self, place: impl std::fmt::Display) -> Self {
        self.0.expected = format!("{} in {place}", self.0.expected);
        self
    }

    /// That the bytes are no text.
    #[cold]
    pub(super) fn not_utf8(plan: &Plan, bytes: &[u8]) -> Self {
        // Of the two checks this one, which is slower, says where.
        let at =
            simdutf8::compat::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        Self::new(plan, format!("a string that is not UTF-8 from byte {} on", at + 1))
    }

    pub(in crate::loader::lua) fn into_difference(self) -> Difference {
        *self.0
    }
}

impl From<Difference> for Mismatch {
    fn from(difference: Difference) -> Self {
        Self(Box::new(difference))
    }
}

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
        Difference { expected, got }.into()
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
