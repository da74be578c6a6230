//! The Lua stack as the functions of the sandbox see it.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    fmt,
    ptr::{self, NonNull},
    slice,
    sync::Arc,
};

use mlua::{Lua, ffi};

use super::{super::vm, Shared};

/// Its address is the key in the registry under which a VM keeps its [`Shared`].
static SHARED: u8 = 0;

/// Ties `shared` to the VM, for as long as the VM lives.
pub(super) fn attach(lua: &Lua, shared: Arc<Shared>) -> mlua::Result<()> {
    let pointer = Arc::as_ptr(&shared).cast_mut();
    lua.set_app_data(shared);
    // SAFETY: the closure takes nothing off the stack and leaves nothing there.
    // mlua drops its application data after it has closed the state, so that
    // the pointer is good for as long as any code of the VM runs.
    unsafe {
        lua.exec_raw::<()>((), |state| {
            ffi::lua_pushlightuserdata(state, key());
            ffi::lua_pushlightuserdata(state, pointer.cast());
            ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
        })
    }
}

/// What [`attach`] tied to the VM of `state`.
///
/// # Safety
///
/// `state` is a live state whose stack has a free slot, and the result is not
/// used after its VM is closed.
pub(super) unsafe fn shared<'a>(state: *mut ffi::lua_State) -> Option<&'a Shared> {
    // SAFETY: there is a slot; nothing but `attach` writes under this key.
    unsafe {
        ffi::lua_pushlightuserdata(state, key());
        ffi::lua_rawget(state, ffi::LUA_REGISTRYINDEX);
        let pointer = ffi::lua_touserdata(state, -1).cast::<Shared>();
        ffi::lua_settop(state, -2);
        NonNull::new(pointer).map(|pointer| pointer.as_ref())
    }
}

/// The state of the VM's main coroutine, which lives as long as the VM.
pub(super) fn main_state(lua: &Lua) -> mlua::Result<*mut ffi::lua_State> {
    let mut main = ptr::null_mut();
    // SAFETY: no coroutine runs while the VM is being set up, so the state
    // that mlua runs the closure on is the main one.
    unsafe { lua.exec_raw::<()>((), |state| main = state)? };
    Ok(main)
}

/// The bytes of the string at `index`.
///
/// # Safety
///
/// `index` is valid, and the string stays on the stack while the bytes are used.
pub(super) unsafe fn bytes_at<'a>(state: *mut ffi::lua_State, index: c_int) -> Option<&'a [u8]> {
    let mut length = 0;
    // SAFETY: a string's bytes do not move.
    unsafe {
        let bytes = ffi::lua_tolstring(state, index, &mut length);
        (!bytes.is_null()).then(|| slice::from_raw_parts(bytes.cast(), length))
    }
}

fn key() -> *mut c_void {
    ptr::from_ref(&SHARED).cast_mut().cast()
}

/// An error value stands on top of the stack, to be raised.
#[derive(Debug)]
pub(in super::super) struct Raised;

/// The stack of a function of the sandbox that is being called.
///
/// # Invariants
///
/// The VM is in the host's section, so that nothing here can raise, and the
/// slots of the arguments keep their values until the function returns.
pub(in super::super) struct Stack<'a> {
    state: *mut ffi::lua_State,
    pub(in super::super) shared: &'a Shared,
    /// How many arguments there are.
    pub(in super::super) arguments: c_int,
}

impl<'a> Stack<'a> {
    /// # Safety
    ///
    /// `state` is the state of a function of C that is being called, in the
    /// host's section, and `shared` is that VM's.
    pub(super) unsafe fn new(state: *mut ffi::lua_State, shared: &'a Shared) -> Self {
        // SAFETY: the state is alive.
        let arguments = unsafe { ffi::lua_gettop(state) };
        Self { state, shared, arguments }
    }

    /// The state, for what is not here.
    pub(in super::super) fn state(&self) -> *mut ffi::lua_State {
        self.state
    }

    /// The type of the value at `index`; absent arguments are `LUA_TNONE`.
    pub(in super::super) fn kind(&self, index: c_int) -> c_int {
        // SAFETY: any index may be asked for.
        unsafe { ffi::lua_type(self.state, index) }
    }

    /// The name of the type of the value at `index`.
    pub(in super::super) fn kind_name(&self, index: c_int) -> &'static str {
        match self.kind(index) {
            ffi::LUA_TNONE => "no value",
            ffi::LUA_TNIL => "nil",
            ffi::LUA_TBOOLEAN => "boolean",
            ffi::LUA_TNUMBER => "number",
            ffi::LUA_TSTRING => "string",
            ffi::LUA_TTABLE => "table",
            ffi::LUA_TFUNCTION => "function",
            ffi::LUA_TTHREAD => "thread",
            ffi::LUA_TCDATA => "cdata",
            _ => "userdata",
        }
    }

    /// The argument at `index`, a string or a number turned into one.
    pub(in super::super) fn argument(&self, index: c_int, function: &str) -> Result<&[u8], Raised> {
        match self.text(index) {
            Some(text) => Ok(text),
            None => Err(self.bad_argument(index, function, "string expected, got ")),
        }
    }

    /// The value at `index` if it is a string or a number, as a string.
    pub(in super::super) fn text(&self, index: c_int) -> Option<&[u8]> {
        // SAFETY: arguments keep their slots; values above them are read
        // before they are taken off.
        unsafe { bytes_at(self.state, index) }
    }

    /// The argument at `index` as a whole number, or `default` if it is absent.
    pub(super) fn integer_or(
        &self,
        index: c_int,
        function: &str,
        default: i64,
    ) -> Result<i64, Raised> {
        if matches!(self.kind(index), ffi::LUA_TNONE | ffi::LUA_TNIL) {
            return Ok(default);
        }
        // SAFETY: any index may be asked for.
        unsafe {
            if ffi::lua_isnumber(self.state, index) == 0 {
                return Err(self.bad_argument(index, function, "number expected, got "));
            }
            // `as` cuts and saturates, and takes NaN for 0.
            Ok(ffi::lua_tonumber(self.state, index) as i64)
        }
    }

    /// Whether the value at `index` is neither `false` nor `nil` nor absent.
    pub(in super::super) fn is_true(&self, index: c_int) -> bool {
        // SAFETY: any index may be asked for.
        unsafe { ffi::lua_toboolean(self.state, index) != 0 }
    }

    /// Makes room for `slots` more values.
    pub(in super::super) fn reserve(&self, slots: c_int) -> Result<(), Raised> {
        // SAFETY: the state is alive.
        match unsafe { ffi::lua_checkstack(self.state, slots) } {
            0 => Err(self.raise("stack overflow")),
            _ => Ok(()),
        }
    }

    pub(in super::super) fn push_nil(&self) {
        // SAFETY: functions reserve what they push beyond the first slots.
        unsafe { ffi::lua_pushnil(self.state) }
    }

    pub(in super::super) fn push_integer(&self, value: usize) {
        // SAFETY: as above.
        unsafe { ffi::lua_pushnumber(self.state, value as f64) }
    }

    pub(super) fn push_number(&self, value: f64) {
        // SAFETY: as above.
        unsafe { ffi::lua_pushnumber(self.state, value) }
    }

    pub(super) fn push_true(&self) {
        // SAFETY: as above.
        unsafe { ffi::lua_pushboolean(self.state, 1) }
    }

    /// Pushes another copy of the value at `index`.
    pub(super) fn push_copy(&self, index: c_int) {
        // SAFETY: as above; the index is one of an argument or an upvalue.
        unsafe { ffi::lua_pushvalue(self.state, index) }
    }

    /// Pushes a string if the memory limit allows for it.
    pub(in super::super) fn push_text(&self, text: &[u8]) -> Result<(), Raised> {
        if !self.shared.limits.admits(text.len()) {
            return Err(self.raise("not enough memory"));
        }
        self.push_own_text(text);
        Ok(())
    }

    /// Pushes a short string of the sandbox's own.
    pub(in super::super) fn push_own_text(&self, text: &[u8]) {
        // SAFETY: the bytes are copied.
        unsafe { ffi::lua_pushlstring_(self.state, text.as_ptr().cast::<c_char>(), text.len()) }
    }

    /// Pushes a closure over the topmost `upvalues` values, and takes them off.
    pub(super) fn push_closure(&self, function: ffi::lua_CFunction, upvalues: c_int) {
        // SAFETY: the values are there.
        unsafe { ffi::lua_pushcclosure(self.state, function, upvalues) }
    }

    /// Replaces upvalue `number` of the function by the topmost value.
    pub(super) fn set_upvalue(&self, number: c_int) {
        // SAFETY: the function was made with that upvalue.
        unsafe { ffi::lua_replace(self.state, ffi::lua_upvalueindex(number)) }
    }

    /// Takes off the topmost value.
    pub(in super::super) fn pop(&self) {
        // SAFETY: there is one.
        unsafe { ffi::lua_settop(self.state, -2) }
    }

    /// Calls the function below the topmost `arguments` values as plugin code,
    /// and leaves one result.
    pub(super) fn call(&self, arguments: c_int) -> Result<(), Raised> {
        let _plugin = self.shared.limits.plugin_section();
        // SAFETY: a protected call: errors end here.
        match unsafe { ffi::lua_pcall(self.state, arguments, 1, 0) } {
            ffi::LUA_OK => Ok(()),
            _ => Err(Raised),
        }
    }

    /// Runs code outside of the VM, which may call back into it.
    pub(in super::super) fn call_out<R>(&self, code: impl FnOnce() -> R) -> R {
        // SAFETY: a function that Lua called on this state is running.
        unsafe { vm::call_out(self.state, code) }
    }

    /// Compiles `text`, and pushes the function or, as the error, the message.
    ///
    /// Bytecode is refused. `name` is the chunk's name, as Lua writes it.
    pub(super) fn compile(&self, text: &[u8], name: &CStr) -> Result<(), Raised> {
        // LuaJIT takes for bytecode what begins so, and refuses it behind a
        // header line or a byte order mark.
        if text.first() == Some(&ffi::LUA_SIGNATURE[0]) {
            self.push_own_text(b"attempt to load bytecode");
            return Err(Raised);
        }
        let _plugin = self.shared.limits.plugin_section();
        let (start, length) = (text.as_ptr().cast::<c_char>(), text.len());
        // SAFETY: LuaJIT compiles in a protected call of its own.
        match unsafe { ffi::luaL_loadbuffer(self.state, start, length, name.as_ptr()) } {
            ffi::LUA_OK => Ok(()),
            _ => Err(Raised),
        }
    }

    /// Makes the value at `index` the environment of the function on top.
    pub(super) fn set_environment(&self, index: c_int) {
        // SAFETY: the caller has seen that the value is a table.
        unsafe {
            ffi::lua_pushvalue(self.state, index);
            ffi::lua_setfenv(self.state, -2);
        }
    }

    /// Pushes the field `name` of the table in upvalue `number`.
    pub(super) fn push_field_of_upvalue(&self, number: c_int, name: &[u8]) {
        self.push_own_text(name);
        // SAFETY: the upvalue is a table, and is read without metamethods.
        unsafe { ffi::lua_rawget(self.state, ffi::lua_upvalueindex(number)) };
    }

    /// Takes off the topmost value, and keeps it as the field `name` of the
    /// table in upvalue `number`.
    pub(super) fn set_field_of_upvalue(&self, number: c_int, name: &[u8]) {
        self.push_own_text(name);
        // SAFETY: as above; the key goes below the value.
        unsafe {
            ffi::lua_insert(self.state, -2);
            ffi::lua_rawset(self.state, ffi::lua_upvalueindex(number));
        }
    }

    /// Pushes `message` behind the place in the plugin that called, to be raised.
    #[must_use]
    pub(in super::super) fn raise(&self, message: impl fmt::Display) -> Raised {
        // SAFETY: a function has slots to spare for an error; a failure to
        // reserve one for it leaves the ones that LuaJIT keeps for errors.
        unsafe {
            ffi::lua_settop(self.state, self.arguments);
            ffi::lua_checkstack(self.state, 4);
            ffi::luaL_where(self.state, 1);
        }
        let place = self.text(-1).unwrap_or_default();
        let text = [place, message.to_string().as_bytes()].concat();
        self.push_own_text(&text);
        Raised
    }

    /// Raises the error for an argument of the wrong type.
    #[must_use]
    pub(in super::super) fn bad_argument(
        &self,
        index: c_int,
        function: &str,
        problem: &str,
    ) -> Raised {
        let found = if problem.ends_with(' ') { self.kind_name(index) } else { "" };
        self.raise(format_args!("bad argument #{index} to '{function}' ({problem}{found})"))
    }
}
