//! Options, tuples, arrays, durations, structs and enums, from Lua.

use std::ffi::c_int;
use std::time::Duration;

use mlua::ffi;
use polyplug_guest::abi::TypeKind;

use super::{Mismatch, Reader, SLOTS};
use crate::loader::lua::place::Place;
use crate::loader::lua::plan::Plan;
use crate::loader::lua::push::NANOS;

impl Reader<'_> {
    /// Reads the value at `index` of one of these kinds.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn compound(
        self,
        plan: &Plan,
        index: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise; a level needs as many slots as are asked for.
        unsafe {
            if ffi::lua_checkstack(self.state, SLOTS) == 0 {
                return Err(Mismatch::new(plan, "a value that nests too deep"));
            }
            match plan.kind {
                TypeKind::Option => self.option(plan, index, place),
                TypeKind::Duration => self.duration(plan, index, place),
                TypeKind::Array if plan.is_byte_array() => self.byte_array(plan, index, place),
                TypeKind::Array => self.array(plan, index, place),
                TypeKind::Enum => self.variant(plan, index, place),
                _ => {
                    self.table(plan, index)?;
                    if plan.parameters.is_empty() {
                        place.write_small_unsigned(0_u8);
                    }
                    self.fields(plan, plan, index, place, false)
                }
            }
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn option(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise; the value lies behind the discriminant.
        unsafe {
            let is_some = ffi::lua_type(self.state, index) != ffi::LUA_TNIL;
            place.write::<u32>(is_some.into());
            if is_some { self.some(plan, index, place) } else { Ok(()) }
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn some(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            let (value, at) = (plan.element(), place.field(plan.side_offset()));
            if value.may_be_nil() {
                self.wrapped(value, index, at)
            } else {
                self.value(value, index, at)
            }
        }
    }

    /// An option where nil means something else: `{ some = value }`, or `{}`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    pub(super) unsafe fn wrapped(
        self,
        plan: &Plan,
        index: c_int,
        place: Place,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            if ffi::lua_checkstack(self.state, SLOTS) == 0 {
                return Err(Mismatch::new(plan, "a value that nests too deep"));
            }
            self.table(plan, index)?;
            let top = ffi::lua_gettop(self.state);
            self.field(index, c"some");
            let is_some = ffi::lua_type(self.state, -1) != ffi::LUA_TNIL;
            place.write::<u32>(is_some.into());
            if is_some {
                self.some(plan, top + 1, place).map_err(|m| m.inside("field `some`"))?;
            }
            ffi::lua_settop(self.state, top);
            self.no_others(plan, index, |key| matches!(key, Key::Name(b"some")))
        }
    }

    /// A number of seconds, or a table of `secs` and `nanos`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn duration(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            let duration = if ffi::lua_type(self.state, index) == ffi::LUA_TTABLE {
                let top = ffi::lua_gettop(self.state);
                self.field(index, c"secs");
                self.field(index, c"nanos");
                let secs = self.integer::<u64>(plan, top + 1);
                let secs = secs.map_err(|m| m.inside("field `secs`"))?;
                let nanos = self.integer::<u32>(plan, top + 2);
                let nanos = nanos.map_err(|m| m.inside("field `nanos`"))?;
                ffi::lua_settop(self.state, top);
                if nanos >= 1_000_000_000 {
                    let got = format!("{nanos} nanoseconds, which are a second or more");
                    return Err(Mismatch::new(plan, got));
                }
                self.no_others(plan, index, |key| matches!(key, Key::Name(b"secs" | b"nanos")))?;
                Duration::new(secs, nanos)
            } else {
                let number = self.number(plan, index)?;
                Duration::try_from_secs_f64(number).map_err(|_| {
                    Mismatch::new(plan, format!("{number} seconds, which is out of range"))
                })?
            };
            place.write(duration.as_secs());
            place.field(NANOS).write(duration.subsec_nanos());
        }
        Ok(())
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn byte_array(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise; the array has room for that many bytes.
        unsafe {
            let bytes = self.bytes(plan, index)?;
            if bytes.len() != plan.count {
                let got = format!("a string of {} bytes", bytes.len());
                return Err(Mismatch::new(plan, got));
            }
            place.address().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        Ok(())
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn array(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        let element = plan.element();
        // SAFETY: the caller's promise: each element lies inside the array.
        unsafe {
            self.table(plan, index)?;
            for i in 0..plan.count {
                self.element(element, index, i, place.field(i * element.size))?;
            }
            self.no_others(plan, index, |key| key.is_below(plan.count))
        }
    }

    /// The name of a variant, or a table that has it as `tag`, with the fields.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn variant(self, plan: &Plan, index: c_int, place: Place) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise; the string stays on the stack while it is
        // looked at.
        unsafe {
            let top = ffi::lua_gettop(self.state);
            let is_table = ffi::lua_type(self.state, index) == ffi::LUA_TTABLE;
            let name = if is_table {
                self.field(index, c"tag");
                self.bytes(plan, top + 1).map_err(|m| m.inside("field `tag`"))?
            } else {
                self.bytes(plan, index)?
            };
            let number = plan.names.iter().position(|known| known.as_bytes() == name);
            let Some((number, (_, fields, at))) = number.and_then(|i| Some((i, plan.variant(i)?)))
            else {
                let got = format!("the variant \"{}\"", String::from_utf8_lossy(name));
                return Err(Mismatch::new(plan, got));
            };
            ffi::lua_settop(self.state, top);
            place.write(number as u32);
            if is_table {
                return self.fields(plan, fields, index, place.field(at), true);
            }
            if fields.parameters.is_empty() {
                return Ok(());
            }
            let got = format!("the variant \"{}\" without its fields", plan.names[number]);
            Err(Mismatch::new(plan, got))
        }
    }

    /// Reads `fields`, which are those of `plan` or of one of its variants, from the
    /// table at `index`, which has nothing else but perhaps a tag.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn fields(
        self,
        plan: &Plan,
        fields: &Plan,
        index: c_int,
        place: Place,
        has_tag: bool,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise: each field lies where the plan says.
        unsafe {
            for (i, (field, at)) in fields.fields().enumerate() {
                let Some(name) = fields.names.get(i) else {
                    self.element(field, index, i, place.field(at))?;
                    continue;
                };
                let top = ffi::lua_gettop(self.state);
                ffi::lua_pushlstring_(self.state, name.as_ptr().cast(), name.len());
                ffi::lua_rawget_(self.state, index);
                self.value(field, top + 1, place.field(at))
                    .map_err(|m| m.inside(format_args!("field `{name}`")))?;
                ffi::lua_settop(self.state, top);
            }
            self.no_others(plan, index, |key| match key {
                Key::Name(b"tag") if has_tag => true,
                Key::Name(name) => fields.names.iter().any(|known| known.as_bytes() == name),
                key => fields.names.is_empty() && key.is_below(fields.parameters.len()),
            })
        }
    }

    /// Reads element `i`, counted from 0, of the table at `index`.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn element(
        self,
        plan: &Plan,
        index: c_int,
        i: usize,
        place: Place,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise; the table is read without metamethods.
        unsafe {
            let top = ffi::lua_gettop(self.state);
            ffi::lua_rawgeti_(self.state, index, i as c_int + 1);
            self.value(plan, top + 1, place)
                .map_err(|m| m.inside(format_args!("element {}", i + 1)))?;
            ffi::lua_settop(self.state, top);
        }
        Ok(())
    }

    /// # Safety
    ///
    /// As for [`Reader::results`].
    unsafe fn table(self, plan: &Plan, index: c_int) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise.
        unsafe {
            if ffi::lua_type(self.state, index) == ffi::LUA_TTABLE {
                return Ok(());
            }
            Err(self.mismatch(plan, index))
        }
    }

    /// That the table at `index` has no other key than known ones: a misspelt name
    /// must not pass for a field that was left out.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`], and a table is there.
    unsafe fn no_others(
        self,
        plan: &Plan,
        index: c_int,
        is_known: impl Fn(Key<'_>) -> bool,
    ) -> Result<(), Mismatch> {
        // SAFETY: the caller's promise; nobody changes the table meanwhile, and keys
        // are read as what they are, so that going on from one raises nothing.
        unsafe {
            let top = ffi::lua_gettop(self.state);
            ffi::lua_pushnil(self.state);
            while ffi::lua_next(self.state, index) != 0 {
                ffi::lua_settop(self.state, top + 1);
                let key = match ffi::lua_type(self.state, top + 1) {
                    ffi::LUA_TNUMBER => Key::Number(ffi::lua_tonumber(self.state, top + 1)),
                    ffi::LUA_TSTRING => Key::Name(self.bytes(plan, top + 1)?),
                    _ => Key::Other,
                };
                if !is_known(key) {
                    let what = match key {
                        Key::Number(number) => format!("element {number}"),
                        Key::Name(name) => format!("field `{}`", String::from_utf8_lossy(name)),
                        Key::Other => format!("key that is {}", self.described(top + 1)),
                    };
                    let got = format!("a table with the unknown {what}");
                    return Err(Mismatch::new(plan, got));
                }
            }
            ffi::lua_settop(self.state, top);
        }
        Ok(())
    }
}

/// A key of a table.
#[derive(Clone, Copy)]
enum Key<'s> {
    Number(f64),
    Name(&'s [u8]),
    Other,
}

impl Key<'_> {
    /// Whether this is the place of one of `count` elements.
    fn is_below(self, count: usize) -> bool {
        matches!(self, Self::Number(number) if number >= 1.0 && number <= count as f64 && number.trunc() == number)
    }
}
