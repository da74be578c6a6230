//! What `new` is told, and may keep: the config, and the way to everything else.

use std::ffi::c_int;

use mlua::ffi::{self, lua_State};
use polyplug_guest::ContractVersion;
use polyplug_guest::abi::{ErrorKind, ProviderKind, RawSlice};
use toml::Value;

use super::caller::{self, Handle};
use super::integer::Integers;
use super::sandbox::{self, Raised, Stack, run_contained};
use super::traceback::Failure;
use super::vm;
use crate::bundle::parse_contract;
use crate::host::{Asked, Refusal};

/// Room on the stack for what the functions below push.
const SLOTS: c_int = 20;

/// What scripts see as the metatable of a context, and the field of the registry where it
/// is kept.
const NAME: &str = "polyplug.Context";

/// What a context says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) config: RawSlice<u8>,
    pub(super) bundle_name: RawSlice<u8>,
    pub(super) path: RawSlice<u8>,
}

/// Makes the metatable of contexts, in a new interpreter.
///
/// # Safety
///
/// The stack has room for six values, in the host's section.
pub(super) unsafe fn keep_metatable(state: *mut lua_State) {
    let functions: [(&str, ffi::lua_CFunction); 3] =
        [("get", get), ("service", service), ("config_table", config_table)];
    // SAFETY: the caller's promise.
    unsafe {
        let text = |text: &str| ffi::lua_pushlstring_(state, text.as_ptr().cast(), text.len());
        text(NAME);
        ffi::lua_createtable(state, 0, 2);
        text("__index");
        ffi::lua_createtable(state, 0, functions.len() as c_int);
        for (name, function) in functions {
            text(name);
            ffi::lua_pushcclosure(state, function, 0);
            ffi::lua_rawset(state, -3);
        }
        ffi::lua_rawset(state, -3);
        text("__metatable");
        text(NAME);
        ffi::lua_rawset(state, -3);
        ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
    }
}

/// Pushes a context.
///
/// # Safety
///
/// The call is protected, and no frame up to there has anything to drop; the stack has
/// room for four values. The texts are lent for this call.
pub(super) unsafe fn push(state: *mut lua_State, told: &Told) {
    let fields =
        [(c"config", told.config), (c"bundle_name", told.bundle_name), (c"path", told.path)];
    // SAFETY: the caller's promise.
    unsafe {
        ffi::lua_createtable(state, 0, fields.len() as c_int);
        for (name, RawSlice { ptr, len }) in fields {
            ffi::lua_pushlstring_(state, name.as_ptr(), name.count_bytes());
            let start = if len == 0 { c"".as_ptr() } else { ptr.cast() };
            ffi::lua_pushlstring_(state, start, len);
            ffi::lua_rawset(state, -3);
        }
        ffi::lua_pushlstring_(state, NAME.as_ptr().cast(), NAME.len());
        ffi::lua_rawget_(state, ffi::LUA_REGISTRYINDEX);
        ffi::lua_setmetatable(state, -2);
    }
}

/// `cx:get(contract, options)`.
unsafe extern "C-unwind" fn get(state: *mut lua_State) -> c_int {
    // SAFETY: the interpreter calls this.
    unsafe { run(state, |stack| proxy(stack, "get", ProviderKind::Bundle)) }
}

/// `cx:service(contract)`.
unsafe extern "C-unwind" fn service(state: *mut lua_State) -> c_int {
    // SAFETY: as above.
    unsafe { run(state, |stack| proxy(stack, "service", ProviderKind::Service)) }
}

/// `cx:config_table()`.
unsafe extern "C-unwind" fn config_table(state: *mut lua_State) -> c_int {
    // SAFETY: as above.
    unsafe { run(state, parsed_config) }
}

/// # Safety
///
/// A function that the interpreter calls.
unsafe fn run(
    state: *mut lua_State,
    code: impl FnOnce(&Stack<'_>) -> Result<c_int, Raised>,
) -> c_int {
    // SAFETY: the caller's promise; nothing that needs dropping is alive when this raises.
    unsafe {
        let ran = match sandbox::shared_of(state) {
            Some(shared) => run_contained(state, shared, |stack| {
                stack.reserve(SLOTS)?;
                code(stack)
            }),
            None => Err(Raised),
        };
        match ran {
            Ok(results) => results,
            Err(Raised) => ffi::lua_error(state),
        }
    }
}

/// Makes a proxy object for the contract that the first argument behind the context names.
fn proxy(stack: &Stack<'_>, function: &str, kind: ProviderKind) -> Result<c_int, Raised> {
    let example = match kind {
        ProviderKind::Bundle => "text.transform@1",
        ProviderKind::Service => "app.log@1",
    };
    if stack.kind(1) != ffi::LUA_TTABLE || stack.kind(2) != ffi::LUA_TSTRING {
        return Err(stack.raise(format_args!("write it as cx:{function} \"{example}\"")));
    }
    let wanted = String::from_utf8_lossy(stack.argument(2, function)?).into_owned();
    let Some((name, major, minor)) = parse_contract(&wanted) else {
        return Err(stack.raise(format_args!(
            "'{wanted}' is no contract; write it as cx:{function} \"{example}\""
        )));
    };
    let options = Options::read(stack, function)?;
    let fail = |failure: &Failure| caller::of_request(stack, &wanted, failure);
    let Some(host) = stack.shared.host.get() else {
        let why = "the host offers nothing to this bundle";
        return Err(fail(&Failure::new(ErrorKind::Unavailable, why)));
    };
    let asked = ContractVersion::new(major, minor.unwrap_or(0));
    let refuse = |refusal: Refusal| fail(&Failure::new(refusal.kind, refusal.message));
    let schema = stack.call_out(|| host.contract(kind, name, asked)).map_err(refuse)?;
    // SAFETY: the context is of the interpreter that calls, in the host's section, and
    // the stack has room.
    let called = unsafe {
        let Some(vm) = vm::of(stack.state()) else { return Err(Raised) };
        vm.called(stack.state(), &schema)
    };
    let request = Asked {
        kind,
        client: &called.client,
        schema: &schema,
        bundle: options.bundle.as_deref().unwrap_or_default(),
        config: &options.config,
        at_least: minor.map(|_| asked),
    };
    let raw = stack.call_out(|| host.ask(&request)).map_err(refuse)?;
    // SAFETY: the cell was made for this client, and its reference is handed over; else
    // as above.
    unsafe { caller::push(stack.state(), called, Handle::new(raw)) };
    Ok(1)
}

/// What a request says besides the contract.
#[derive(Default)]
struct Options {
    bundle: Option<String>,
    config: Vec<u8>,
}

impl Options {
    /// The fields `bundle` and `config` of the second argument behind the context.
    fn read(stack: &Stack<'_>, function: &str) -> Result<Self, Raised> {
        match stack.kind(3) {
            ffi::LUA_TNONE | ffi::LUA_TNIL => return Ok(Self::default()),
            ffi::LUA_TTABLE => {}
            _ => {
                let problem = "expected a table such as { config = \"..\" }, got ";
                return Err(stack.bad_argument(3, function, problem));
            }
        }
        let bundle = field(stack, function, "bundle")?;
        let bundle = bundle.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let config = field(stack, function, "config")?.unwrap_or_default();
        Ok(Self { bundle, config })
    }
}

/// A field of the third argument that is a string.
fn field(stack: &Stack<'_>, function: &str, name: &str) -> Result<Option<Vec<u8>>, Raised> {
    stack.push_own_text(name.as_bytes());
    // SAFETY: the argument is a table, and is read without metamethods.
    unsafe { ffi::lua_rawget_(stack.state(), 3) };
    let found = match stack.kind(-1) {
        ffi::LUA_TNIL => None,
        ffi::LUA_TSTRING => stack.text(-1).map(<[u8]>::to_vec),
        _ => {
            let got = stack.kind_name(-1);
            return Err(stack.raise(format_args!(
                "the option '{name}' of '{function}' must be a string but is a {got}"
            )));
        }
    };
    stack.pop();
    Ok(found)
}

/// The config of a context, as a table.
fn parsed_config(stack: &Stack<'_>) -> Result<c_int, Raised> {
    if stack.kind(1) != ffi::LUA_TTABLE {
        return Err(stack.raise("write it as cx:config_table()"));
    }
    stack.push_own_text(b"config");
    // SAFETY: the argument is a table, and is read without metamethods.
    unsafe { ffi::lua_rawget_(stack.state(), 1) };
    let text = match stack.kind(-1) {
        ffi::LUA_TSTRING => stack.text(-1).unwrap_or_default(),
        _ => b"",
    };
    let Ok(text) = str::from_utf8(text) else {
        return Err(stack.raise("the config is not UTF-8"));
    };
    let table = match toml::from_str::<toml::Table>(text) {
        Ok(table) => table,
        Err(error) => {
            return Err(
                stack.raise(format_args!("the config is not TOML: {}", error.to_string().trim()))
            );
        }
    };
    // A table takes more than the text that it was written as.
    if !stack.shared.limits.admits(text.len().saturating_mul(8)) {
        return Err(stack.raise("not enough memory"));
    }
    // SAFETY: the thread is in the interpreter.
    let Some(vm) = (unsafe { vm::of(stack.state()) }) else { return Err(Raised) };
    push_value(stack, &Value::Table(table), vm.integers)?;
    Ok(1)
}

/// Pushes a value; dates and times become strings.
fn push_value(stack: &Stack<'_>, value: &Value, integers: Integers) -> Result<(), Raised> {
    stack.reserve(SLOTS)?;
    let state = stack.state();
    // SAFETY: the stack has room, in the host's section; lists and tables are written
    // without metamethods.
    unsafe {
        match value {
            Value::String(text) => stack.push_own_text(text.as_bytes()),
            Value::Integer(integer) => integers.push(state, (*integer).into()),
            Value::Float(number) => ffi::lua_pushnumber(state, *number),
            Value::Boolean(is) => ffi::lua_pushboolean(state, (*is).into()),
            Value::Datetime(when) => stack.push_own_text(when.to_string().as_bytes()),
            Value::Array(elements) => {
                ffi::lua_createtable(state, elements.len() as c_int, 0);
                for (i, element) in elements.iter().enumerate() {
                    push_value(stack, element, integers)?;
                    ffi::lua_rawseti_(state, -2, i as c_int + 1);
                }
            }
            Value::Table(fields) => {
                ffi::lua_createtable(state, 0, fields.len() as c_int);
                for (name, field) in fields {
                    stack.push_own_text(name.as_bytes());
                    push_value(stack, field, integers)?;
                    ffi::lua_rawset(state, -3);
                }
            }
        }
    }
    Ok(())
}
