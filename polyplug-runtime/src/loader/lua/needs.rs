//! What a bundle's table says that it needs.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};
use polyplug_guest::identity::is_valid_name;
use semver::VersionReq;

use super::bundle::{described, field};
use super::error::LuaError;
use super::traceback::text;
use crate::bundle::{Dependency, Needs};

/// The fields that say it.
pub(super) const DEPENDS: &str = "depends";
pub(super) const RELOAD: &str = "reload_with_dependencies";

/// Reads the fields.
///
/// # Safety
///
/// `table` is the absolute index of a table, and the stack has room for eight values.
pub(super) unsafe fn read(state: *mut lua_State, table: c_int) -> Result<Needs, LuaError> {
    // SAFETY: the caller's promise; tables are read without metamethods.
    unsafe {
        let top = ffi::lua_gettop(state);
        push_field(state, table, RELOAD);
        let reload_with_dependencies = match ffi::lua_type(state, top + 1) {
            ffi::LUA_TNIL => false,
            ffi::LUA_TBOOLEAN => ffi::lua_toboolean(state, top + 1) != 0,
            _ => {
                let (value, why) = (described(state, top + 1), "it must be true or false");
                let why = why.to_owned();
                return Err(LuaError::BadDescription { field: RELOAD, value, why });
            }
        };
        push_field(state, table, DEPENDS);
        let list = top + 2;
        let dependencies = match ffi::lua_type(state, list) {
            ffi::LUA_TNIL => None,
            ffi::LUA_TTABLE => Some(dependencies(state, list)?),
            _ => return Err(LuaError::BadDependency { got: described(state, list) }),
        };
        ffi::lua_settop(state, top);
        Ok(Needs { dependencies, reload_with_dependencies })
    }
}

/// # Safety
///
/// As for [`read`], for the list at `list`.
unsafe fn dependencies(state: *mut lua_State, list: c_int) -> Result<Vec<Dependency>, LuaError> {
    // SAFETY: the caller's promise.
    unsafe {
        let len = ffi::lua_objlen(state, list);
        let mut dependencies = Vec::new();
        for i in 1..=len {
            ffi::lua_rawgeti_(state, list, i as c_int);
            dependencies.push(dependency(state, list + 1)?);
            ffi::lua_settop(state, list);
        }
        // Fields beside the elements would be passed over in silence.
        ffi::lua_pushnil(state);
        let mut fields = 0;
        while ffi::lua_next(state, list) != 0 {
            fields += 1;
            ffi::lua_settop(state, -2);
        }
        if fields != len {
            return Err(LuaError::BadDependency { got: "no list".to_owned() });
        }
        Ok(dependencies)
    }
}

/// # Safety
///
/// As for [`read`], for the element at `index`.
unsafe fn dependency(state: *mut lua_State, index: c_int) -> Result<Dependency, LuaError> {
    // SAFETY: the caller's promise.
    unsafe {
        let bad = || LuaError::BadDependency { got: described(state, index) };
        match ffi::lua_type(state, index) {
            ffi::LUA_TSTRING => {
                let contract = text(state, index).unwrap_or_default();
                Dependency::of_contract(&contract).ok_or_else(bad)
            }
            ffi::LUA_TTABLE => {
                let name = field(state, index, "bundle")?.filter(|name| is_valid_name(name));
                let name = name.ok_or_else(bad)?;
                let version = field(state, index, "version")?;
                let version = version.map(|version| {
                    VersionReq::parse(&version).map_err(|error| LuaError::BadDescription {
                        field: "version",
                        value: version.clone(),
                        why: error.to_string(),
                    })
                });
                Ok(Dependency::Bundle { name, version: version.transpose()? })
            }
            _ => Err(bad()),
        }
    }
}

/// # Safety
///
/// As for [`read`].
unsafe fn push_field(state: *mut lua_State, table: c_int, name: &str) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::lua_pushlstring_(state, name.as_ptr().cast(), name.len());
        ffi::lua_rawget_(state, table);
    }
}
