//! A bundle that runs: its source was executed, and what it returned is kept.

use std::ffi::{CString, c_int};
use std::path::Path;
use std::sync::Arc;

use mlua::ffi::{self, lua_State};
use polyplug_guest::identity::is_valid_name;
use semver::Version;

use super::error::LuaError;
use super::needs;
use super::traceback::{self, text};
use super::vm::{Entered, HANDLER, Vm};
use super::{VmOptions, sandbox};
use crate::bundle::{Description, Needs};

/// What `polyplug.bundle` marks its table with.
const MARK: &str = "polyplug.bundle";

const SLOTS: c_int = 16;

/// Where a source comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The bundle's directory.
    pub(super) root: Option<&'a Path>,
    /// The bundle, or what to call it until it says its name.
    pub(super) bundle: &'a str,
    /// How errors call the source: `@init.lua`.
    pub(super) chunk: &'a str,
}

/// A bundle that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) vm: Arc<Vm>,
    /// What it returned, as a reference into the registry.
    table: c_int,
}

/// A field of the bundle: a contract, and what stands for it.
#[derive(Debug)]
pub(super) struct Provided {
    /// As it is written: `text.transform@1`.
    pub(super) contract: String,
    /// The class, as a reference into the registry.
    pub(super) class: c_int,
}

impl Running {
    /// Executes `source` in an interpreter of its own.
    pub(super) fn start(
        options: &VmOptions,
        place: Place<'_>,
        source: &str,
    ) -> Result<Self, LuaError> {
        let lua = sandbox::open(options, place.root, place.bundle).map_err(LuaError::Sandbox)?;
        let vm = Vm::new(lua).ok_or(LuaError::Memory)?;
        let table = {
            let Ok(entered) = vm.enter() else { return Err(LuaError::Memory) };
            // SAFETY: the interpreter is new, and this thread is in it.
            unsafe {
                let table = execute(&entered, place.chunk, source);
                ffi::lua_settop(entered.state(), entered.slots());
                table?
            }
        };
        Ok(Self { vm, table })
    }

    /// The name and version that the bundle gives itself.
    pub(super) fn identity(&self) -> Result<(Option<String>, Option<String>), LuaError> {
        self.with_table(|state, table| {
            // SAFETY: the table lies at this index, on a stack with room.
            unsafe { Ok((field(state, table, "name")?, field(state, table, "version")?)) }
        })
    }

    /// What a bare file says of itself.
    pub(super) fn describe(&self) -> Result<Description, LuaError> {
        let (name, version) = self.identity()?;
        let name = name.ok_or(LuaError::Undescribed { field: "name" })?;
        let version = version.ok_or(LuaError::Undescribed { field: "version" })?;
        if !is_valid_name(&name) {
            let why = "it must be made of lower-case parts with dots between them".to_owned();
            return Err(LuaError::BadDescription { field: "name", value: name, why });
        }
        match Version::parse(&version) {
            Ok(version) => Ok(Description::of_itself(name, version)),
            Err(error) => Err(LuaError::BadDescription {
                field: "version",
                value: version,
                why: error.to_string(),
            }),
        }
    }

    /// Compares what the bundle says of itself with its manifest.
    pub(super) fn check_against(&self, manifest: &Description) -> Result<(), LuaError> {
        let (name, version) = self.identity()?;
        let fields =
            [("name", &manifest.name, name), ("version", &manifest.version.to_string(), version)];
        for (field, manifest, bundle) in fields {
            if let Some(bundle) = bundle
                && bundle != *manifest
            {
                return Err(LuaError::Disagrees { field, manifest: manifest.clone(), bundle });
            }
        }
        Ok(())
    }

    /// What the bundle says that it needs.
    pub(super) fn needs(&self) -> Result<Needs, LuaError> {
        self.with_table(|state, table| {
            // SAFETY: the table lies at this index, on a stack with room.
            unsafe { needs::read(state, table) }
        })
    }

    /// The contracts and their classes, in alphabetical order.
    pub(super) fn provided(&self) -> Result<Vec<Provided>, LuaError> {
        let mut provided = self.with_table(|state, table| {
            // SAFETY: the table lies at this index, on a stack with room.
            unsafe { contracts(state, table) }
        })?;
        if provided.is_empty() {
            return Err(LuaError::Empty);
        }
        provided.sort_by(|a, b| a.contract.cmp(&b.contract));
        Ok(provided)
    }

    /// Runs `read` with the bundle's table on the stack, and cleans up.
    fn with_table<R>(
        &self,
        read: impl FnOnce(*mut lua_State, c_int) -> Result<R, LuaError>,
    ) -> Result<R, LuaError> {
        let Ok(entered) = self.vm.enter() else { return Err(LuaError::Memory) };
        let state = entered.state();
        // SAFETY: the thread is in the interpreter, whose reference it is.
        unsafe {
            if ffi::lua_checkstack(state, SLOTS) == 0 {
                return Err(LuaError::Memory);
            }
            let top = ffi::lua_gettop(state);
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, self.table);
            let result = read(state, top + 1);
            ffi::lua_settop(state, top);
            result
        }
    }
}

impl Entered<'_> {
    /// How many slots there are at the bottom of the stack.
    fn slots(&self) -> c_int {
        self.first_free_slot() - 1
    }
}

/// Compiles and runs the source, and gives a reference to the bundle's table.
///
/// # Safety
///
/// The thread is in the interpreter, outside of any call.
unsafe fn execute(entered: &Entered<'_>, chunk: &str, source: &str) -> Result<c_int, LuaError> {
    let state = entered.state();
    let chunk = CString::new(chunk.replace('\0', "?")).unwrap_or_default();
    // SAFETY: the caller's promise; compiling and running are protected.
    unsafe {
        let (start, len) = (source.as_ptr().cast(), source.len());
        let (chunk, mode) = (chunk.as_ptr(), c"t".as_ptr());
        if ffi::luaL_loadbufferx(state, start, len, chunk, mode) != ffi::LUA_OK {
            let (message, _) = traceback::described(state, ffi::lua_gettop(state));
            return Err(LuaError::Syntax { message });
        }
        entered.call(0, 2, HANDLER)?;
        let (first, second) = (ffi::lua_gettop(state) - 1, ffi::lua_gettop(state));
        if ffi::lua_type(state, first) == ffi::LUA_TNIL
            && let Some(message) = text(state, second)
        {
            return Err(LuaError::Declined { message });
        }
        if !is_marked(state, first) {
            return Err(LuaError::NoBundle { got: described(state, first) });
        }
        ffi::lua_settop(state, first);
        Ok(ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX))
    }
}

/// Whether `polyplug.bundle` made the value.
///
/// # Safety
///
/// `index` is absolute, and the stack has room.
unsafe fn is_marked(state: *mut lua_State, index: c_int) -> bool {
    // SAFETY: the caller's promise; the metatable is read without metamethods.
    unsafe {
        if ffi::lua_type(state, index) != ffi::LUA_TTABLE
            || ffi::lua_getmetatable(state, index) == 0
        {
            return false;
        }
        ffi::lua_pushlstring_(state, c"__metatable".as_ptr(), 11);
        ffi::lua_rawget_(state, -2);
        let is_marked = text(state, -1).is_some_and(|mark| mark == MARK);
        ffi::lua_settop(state, -3);
        is_marked
    }
}

/// A field of the bundle that is a text.
///
/// # Safety
///
/// `table` is the absolute index of a table, and the stack has room.
pub(super) unsafe fn field(
    state: *mut lua_State,
    table: c_int,
    name: &'static str,
) -> Result<Option<String>, LuaError> {
    // SAFETY: the caller's promise; the table is read without metamethods.
    unsafe {
        ffi::lua_pushlstring_(state, name.as_ptr().cast(), name.len());
        ffi::lua_rawget_(state, table);
        let found = match ffi::lua_type(state, -1) {
            ffi::LUA_TNIL => Ok(None),
            ffi::LUA_TSTRING => Ok(text(state, -1)),
            _ => {
                let value = described(state, ffi::lua_gettop(state));
                let why = "it must be a string".to_owned();
                Err(LuaError::BadDescription { field: name, value, why })
            }
        };
        ffi::lua_settop(state, -2);
        found
    }
}

/// # Safety
///
/// As for [`field`].
unsafe fn contracts(state: *mut lua_State, table: c_int) -> Result<Vec<Provided>, LuaError> {
    let mut provided = Vec::new();
    // SAFETY: the caller's promise. The table is not changed while it is walked,
    // and keys are looked at without being converted.
    unsafe {
        ffi::lua_pushnil(state);
        while ffi::lua_next(state, table) != 0 {
            let (key, value) = (ffi::lua_gettop(state) - 1, ffi::lua_gettop(state));
            if ffi::lua_type(state, key) != ffi::LUA_TSTRING {
                return Err(LuaError::UnknownField { field: described(state, key) });
            }
            let name = text(state, key).unwrap_or_default();
            if !["name", "version", needs::DEPENDS, needs::RELOAD].contains(&&*name) {
                if ffi::lua_type(state, value) != ffi::LUA_TTABLE {
                    let got = described(state, value);
                    return Err(match name.contains('@') {
                        true => LuaError::NoClass { contract: name, got },
                        false => LuaError::UnknownField { field: format!("`{name}`") },
                    });
                }
                ffi::lua_pushvalue(state, value);
                let class = ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX);
                provided.push(Provided { contract: name, class });
            }
            ffi::lua_settop(state, key);
        }
    }
    Ok(provided)
}

/// What a value is, for an error.
///
/// # Safety
///
/// `index` is absolute, and the stack has room.
pub(super) unsafe fn described(state: *mut lua_State, index: c_int) -> String {
    // SAFETY: the caller's promise; names of types are the interpreter's own.
    unsafe {
        match ffi::lua_type(state, index) {
            ffi::LUA_TNIL => "nil".to_owned(),
            ffi::LUA_TSTRING => format!("the string {:?}", text(state, index).unwrap_or_default()),
            ffi::LUA_TNUMBER => format!("the number {}", ffi::lua_tonumber(state, index)),
            kind => {
                let name = std::ffi::CStr::from_ptr(ffi::lua_typename(state, kind));
                format!("a {}", name.to_string_lossy())
            }
        }
    }
}
