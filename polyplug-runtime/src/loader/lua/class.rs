//! A class: what stands for one contract in a bundle, compared with the schema.

use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;
use std::sync::Arc;

use mlua::ffi::{self, lua_State};
use polyplug_guest::ContractVersion;

use super::bundle::{Provided, described};
use super::error::LuaError;
use super::plan::MethodPlan;
use super::traceback;
use super::vm::{Entered, Vm};
use crate::bundle::{Description, parse_contract};
use crate::loader::Registrar;
use crate::schema::{self, Schema};

const SLOTS: c_int = 16;

/// What stands for one contract.
#[derive(Debug)]
pub(super) struct Class {
    vm: Arc<Vm>,
    pub(super) contract: Box<str>,
    /// In the order of the schema.
    pub(super) methods: Box<[Method]>,
    /// The function `new`, if there is one; without it the class is stateless.
    pub(super) new: Option<c_int>,
    pub(super) on_unload: Option<c_int>,
    /// Both or neither.
    pub(super) save: Option<c_int>,
    pub(super) restore: Option<c_int>,
    /// What objects have as their metatable unless `new` gives them one.
    pub(super) metatable: c_int,
}

/// A method of a class.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) plan: MethodPlan,
    /// The function, as a reference into the registry.
    pub(super) function: Option<c_int>,
    /// The function's slot on the main stack, or 0.
    pub(super) slot: c_int,
    /// Where the function stands: `function at init.lua:3`.
    pub(super) defined: Box<str>,
}

impl Class {
    #[inline]
    pub(super) fn vm(&self) -> &Vm {
        &self.vm
    }

    /// How many methods there are, up to the last that the class has.
    pub(super) fn function_count(&self) -> usize {
        let last = self.methods.iter().rposition(|method| method.function.is_some());
        last.map_or(0, |last| last + 1)
    }

    /// Compares what stands for a contract with its schema, as far as the bundle
    /// says that it provides it.
    pub(super) fn read(
        vm: &Arc<Vm>,
        provided: &Provided,
        manifest: &Description,
        registrar: &Registrar<'_>,
    ) -> Result<(Schema, Self), LuaError> {
        let field = || LuaError::UnknownField { field: format!("`{}`", provided.contract) };
        let (name, major, minor) = parse_contract(&provided.contract).ok_or_else(field)?;
        let stated = minor.map(|minor| ContractVersion::new(major, minor));
        let stated = stated.or_else(|| manifest.provided_version(name, major));
        let asked = stated.unwrap_or(ContractVersion::new(major, 0));
        let known = registrar.contract(name, asked).ok_or_else(|| LuaError::UnknownContract {
            contract: provided.contract.clone(),
            known: registrar.known_contracts(),
        })?;
        let Ok(entered) = vm.enter() else { return Err(LuaError::Memory) };
        let reading = Reading { entered: &entered, class: provided.class };
        let functions = reading.functions(&known)?;
        let version = stated.unwrap_or_else(|| newest_complete(&known, &functions));
        let schema = known.as_of(version);
        check_methods(&schema, &functions, &provided.contract)?;
        let methods = schema.methods.iter().zip(&functions).map(|(method, function)| Method {
            plan: MethodPlan::new(method),
            function: function.reference(),
            slot: function.slot,
            defined: function.defined.clone(),
        });
        let save = reading.hook("save", &provided.contract)?;
        let restore = reading.hook("restore", &provided.contract)?;
        if save.is_some() != restore.is_some() {
            let (has, lacks) =
                if save.is_some() { ("save", "restore") } else { ("restore", "save") };
            let wrong = vec![format!("has `{has}` and lacks `{lacks}`: write both, or neither")];
            return Err(LuaError::Methods { contract: provided.contract.clone(), wrong });
        }
        let class = Self {
            vm: Arc::clone(vm),
            contract: known.name.as_str().into(),
            methods: methods.collect(),
            new: reading.hook("new", &provided.contract)?,
            on_unload: reading.hook("on_unload", &provided.contract)?,
            save,
            restore,
            metatable: reading.metatable(),
        };
        Ok((schema, class))
    }
}

/// What a class has for a method.
#[derive(Debug)]
struct Found {
    value: Value,
    slot: c_int,
    defined: Box<str>,
}

#[derive(Debug)]
enum Value {
    Nothing,
    Function(c_int),
    Other(String),
}

impl Found {
    fn reference(&self) -> Option<c_int> {
        match self.value {
            Value::Function(reference) => Some(reference),
            _ => None,
        }
    }
}

/// The newest minor of which no method is missing that must be there.
fn newest_complete(known: &Schema, found: &[Found]) -> ContractVersion {
    let missing = known
        .methods
        .iter()
        .zip(found)
        .filter(|(method, found)| matches!(found.value, Value::Nothing) && !method.has_default);
    let oldest = missing.map(|(method, _)| method.since).min();
    match oldest {
        Some(since) if since.minor > 0 && since.major == known.version.major => {
            ContractVersion::new(since.major, since.minor - 1)
        }
        _ => known.version,
    }
}

/// Tells all that is wrong at once.
fn check_methods(schema: &Schema, found: &[Found], contract: &str) -> Result<(), LuaError> {
    let mut wrong = Vec::new();
    for (method, found) in schema.methods.iter().zip(found) {
        if let Some(ty) = method.types().find(|ty| ty.is_closure()) {
            wrong.push(format!(
                "has a method `{}` with a `{ty}`, which Lua does not know; write the plugin in Rust",
                method.name
            ));
            continue;
        }
        match &found.value {
            Value::Nothing if !method.has_default => {
                wrong.push(format!("lacks the method `{}`: {method}", method.name));
            }
            Value::Other(got) => wrong.push(format!("has {got} as its method `{}`", method.name)),
            _ => {}
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(LuaError::Methods { contract: contract.to_owned(), wrong })
}

/// Reads a class in an interpreter that the thread is in.
struct Reading<'v> {
    entered: &'v Entered<'v>,
    class: c_int,
}

impl Reading<'_> {
    /// What the class has for each method of the contract.
    fn functions(&self, schema: &Schema) -> Result<Vec<Found>, LuaError> {
        schema.methods.iter().map(|method: &schema::Method| self.find(&method.name)).collect()
    }

    /// A function that need not be there.
    fn hook(&self, name: &str, contract: &str) -> Result<Option<c_int>, LuaError> {
        match self.find(name)?.value {
            Value::Nothing => Ok(None),
            Value::Function(reference) => Ok(Some(reference)),
            Value::Other(got) => {
                let wrong = vec![format!("has {got} as `{name}`")];
                Err(LuaError::Methods { contract: contract.to_owned(), wrong })
            }
        }
    }

    /// Looks a field up as Lua does, so that a class may inherit.
    fn find(&self, name: &str) -> Result<Found, LuaError> {
        let state = self.entered.state();
        // SAFETY: the thread is in the interpreter, and what is on the stack from
        // `top` on is of this function. What can raise is protected.
        unsafe {
            if ffi::lua_checkstack(state, SLOTS) == 0 {
                return Err(LuaError::Memory);
            }
            let top = ffi::lua_gettop(state);
            traceback::push_handler(state);
            ffi::lua_pushcclosure(state, get, 0);
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, self.class);
            ffi::lua_pushlstring_(state, name.as_ptr().cast(), name.len());
            if let Err(failure) = self.entered.call(2, 1, top + 1) {
                ffi::lua_settop(state, top);
                return Err(failure.into());
            }
            ffi::lua_remove(state, top + 1);
            let found = self.take(top);
            // A function that has a slot now stays there.
            ffi::lua_settop(state, top + c_int::from(found.slot != 0));
            Ok(found)
        }
    }

    /// Keeps the value on top of the stack, if it is a function.
    ///
    /// # Safety
    ///
    /// It is the only one above `top`, below which are slots alone unless the
    /// slots cannot be seen.
    unsafe fn take(&self, top: c_int) -> Found {
        let state = self.entered.state();
        // SAFETY: the caller's promise.
        unsafe {
            let (mut slot, mut defined) = (0, Box::default());
            let value = match ffi::lua_type(state, top + 1) {
                ffi::LUA_TNIL => Value::Nothing,
                ffi::LUA_TFUNCTION => {
                    defined = definition(state, top + 1);
                    if self.entered.sees_slots() && top + 1 == self.entered.first_free_slot() {
                        slot = self.entered.keep_in_slot();
                    }
                    ffi::lua_pushvalue(state, -1);
                    Value::Function(ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX))
                }
                _ => Value::Other(described(state, top + 1)),
            };
            Found { value, slot, defined }
        }
    }

    /// Makes `{ __index = class }`.
    fn metatable(&self) -> c_int {
        let state = self.entered.state();
        // SAFETY: the thread is in the interpreter, whose stack had room for more
        // than this.
        unsafe {
            ffi::lua_createtable(state, 0, 1);
            ffi::lua_pushlstring_(state, c"__index".as_ptr(), 7);
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, self.class);
            ffi::lua_rawset(state, -3);
            ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX)
        }
    }
}

/// Where the function at `index` stands.
///
/// # Safety
///
/// `index` is absolute, and the stack has room.
unsafe fn definition(state: *mut lua_State, index: c_int) -> Box<str> {
    let mut about = MaybeUninit::<ffi::lua_Debug>::zeroed();
    // SAFETY: the caller's promise. All zeros are a valid record, of which the
    // interpreter fills in what is asked for: a C string and a number.
    unsafe {
        ffi::lua_pushvalue(state, index);
        if ffi::lua_getinfo(state, c">S".as_ptr(), about.as_mut_ptr()) == 0 {
            return Box::default();
        }
        let about = about.assume_init();
        let source = CStr::from_ptr(about.short_src.as_ptr()).to_string_lossy().into_owned();
        format!("function at {source}:{}", about.linedefined).into()
    }
}

/// `table[key]`, which may run code.
unsafe extern "C-unwind" fn get(state: *mut lua_State) -> c_int {
    // SAFETY: called protected, with a table and a key; this frame has nothing to
    // drop.
    unsafe {
        ffi::lua_gettable_(state, 1);
        1
    }
}
