//! Proxy objects: what Lua code holds of an instance elsewhere.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{ProxyCell, ProxyVtable, RawProxy};

use super::contract::Called;

/// One counted reference to a cell.
///
/// # Invariants
///
/// The cell is alive while this is.
#[derive(Debug)]
pub(in super::super) struct Handle(*const ProxyCell);

// SAFETY: cells may be used from any thread.
unsafe impl Send for Handle {}

impl Handle {
    /// Takes one reference over.
    ///
    /// # Safety
    ///
    /// `raw` holds a reference to a cell.
    pub(in super::super) unsafe fn new(raw: RawProxy) -> Self {
        Self(raw.cell)
    }

    pub(super) fn vtable(&self) -> &ProxyVtable {
        // SAFETY: by the type's invariant, and a cell keeps its table.
        unsafe { &*(*self.0).vtable }
    }

    /// Gives the reference to somebody else.
    pub(super) fn into_raw(self) -> RawProxy {
        let cell = self.0;
        std::mem::forget(self);
        RawProxy { cell }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the reference is given back once, here.
        unsafe { (self.vtable().release)(self.0) }
    }
}

/// References of objects that were collected. They are given back outside of the
/// interpreter: by the thread that leaves it, or when it was closed.
#[derive(Debug, Default)]
pub(in super::super) struct Released {
    any: AtomicBool,
    handles: Mutex<Vec<Handle>>,
}

impl Released {
    fn leave(&self, handle: Handle) {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        // Relaxed: whoever leaves the interpreter next is this thread, or comes after
        // it by way of the lock.
        self.any.store(true, Ordering::Relaxed);
    }

    /// Gives back what was left. Not to be called from inside of the interpreter.
    #[inline]
    pub(in super::super) fn give_back(&self) {
        if self.any.load(Ordering::Relaxed) {
            self.give_all_back();
        }
    }

    #[cold]
    fn give_all_back(&self) {
        self.any.store(false, Ordering::Relaxed);
        let handles =
            std::mem::take(&mut *self.handles.lock().unwrap_or_else(PoisonError::into_inner));
        drop(handles);
    }
}

/// The content of a proxy object.
///
/// # Invariants
///
/// `called` is a contract of the interpreter, for whose client the cell was made.
/// Whatever `cell` held before it became null is kept until the interpreter was left,
/// and so outlives the calls that run in it.
#[repr(C)]
pub(super) struct Object {
    /// Null when it was released.
    cell: Cell<*const ProxyCell>,
    pub(super) called: *const Called,
    /// How many calls run, or -1 while one runs that takes `&mut self`.
    calls: Cell<i32>,
}

impl Object {
    /// The object at `index`, if it is one with the metatable in the second upvalue.
    ///
    /// # Safety
    ///
    /// A function runs that has a metatable of [`metatable`] as its second upvalue, and
    /// the stack has room for a value. The object stays on the stack for `'o`.
    pub(super) unsafe fn at<'o>(state: *mut lua_State, index: c_int) -> Option<&'o Self> {
        // SAFETY: the caller's promise; what has the metatable is such an object.
        unsafe {
            if ffi::lua_getmetatable(state, index) == 0 {
                return None;
            }
            let is_one = ffi::lua_rawequal(state, -1, ffi::lua_upvalueindex(2)) != 0;
            ffi::lua_settop(state, -2);
            if is_one { ffi::lua_touserdata(state, index).cast::<Self>().as_ref() } else { None }
        }
    }

    /// The cell, unless the object was released.
    pub(super) fn cell(&self) -> Option<NonNull<ProxyCell>> {
        NonNull::new(self.cell.get().cast_mut())
    }

    /// The name of the bundle that is called.
    pub(super) fn bundle_name(&self) -> &str {
        // SAFETY: an object keeps its cell, and a cell its table and its name.
        self.cell().map_or("", |cell| unsafe {
            ((*cell.as_ref().vtable).bundle_name)(cell.as_ptr()).as_str().unwrap_or_default()
        })
    }

    /// Begins a call. None while one runs beside which this one must not.
    pub(super) fn begin(&self, is_exclusive: bool) -> Option<Running<'_>> {
        let calls = self.calls.get();
        if calls < 0 || (is_exclusive && calls > 0) {
            return None;
        }
        self.calls.set(if is_exclusive { -1 } else { calls + 1 });
        Some(Running { object: self, before: calls })
    }

    /// Takes the reference out.
    pub(super) fn take(&self) -> Option<Handle> {
        let cell = self.cell.replace(std::ptr::null());
        (!cell.is_null()).then(|| Handle(cell))
    }
}

/// A call of an object, which ends with this.
pub(super) struct Running<'o> {
    object: &'o Object,
    before: i32,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.object.calls.set(self.before);
    }
}

/// Pushes an object over the cell that `handle` refers to.
///
/// # Safety
///
/// The cell was made for the client of `called`, which is a contract of the interpreter.
/// The stack has room for two values, in the host's section.
pub(in super::super) unsafe fn push(state: *mut lua_State, called: &Called, handle: Handle) {
    // SAFETY: the caller's promise; the block is as large and aligned as asked for.
    unsafe {
        let block = ffi::lua_newuserdata(state, size_of::<Object>()).cast::<Object>();
        let RawProxy { cell } = handle.into_raw();
        block.write(Object { cell: Cell::new(cell), called, calls: Cell::new(0) });
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, called.metatable());
        ffi::lua_setmetatable(state, -2);
    }
}

/// Makes the metatable of the objects of `called`, and gives its reference.
///
/// # Safety
///
/// `called` and `released` outlive all code of the interpreter but finalizers, which need
/// `released` alone. The stack has room for eight values, in the host's section.
pub(in super::super) unsafe fn metatable(
    state: *mut lua_State,
    called: &Called,
    released: &Released,
) -> c_int {
    let light = |at: *const c_void| {
        // SAFETY: the caller's promise.
        unsafe { ffi::lua_pushlightuserdata(state, at.cast_mut()) }
    };
    // SAFETY: the caller's promise.
    unsafe {
        let top = ffi::lua_gettop(state);
        let (metatable, methods) = (top + 1, top + 2);
        ffi::lua_createtable(state, 0, 4);
        ffi::lua_createtable(state, 0, called.methods.len() as c_int + 2);
        for method in &called.methods {
            push_text(state, &method.name);
            light(std::ptr::from_ref(method).cast());
            ffi::lua_pushvalue(state, metatable);
            ffi::lua_pushcclosure(state, super::call::call, 2);
            ffi::lua_rawset(state, methods);
        }
        let own: [(&str, ffi::lua_CFunction); 2] =
            [("bundle_name", super::call::bundle_name), ("renew", super::call::renew)];
        for (name, function) in own {
            push_text(state, name);
            light(std::ptr::from_ref(called).cast());
            ffi::lua_pushvalue(state, metatable);
            ffi::lua_pushcclosure(state, function, 2);
            ffi::lua_rawset(state, methods);
        }
        // What is no method says so, instead of being nil.
        ffi::lua_createtable(state, 0, 1);
        push_text(state, "__index");
        light(std::ptr::from_ref(called).cast());
        ffi::lua_pushcclosure(state, super::call::missing, 1);
        ffi::lua_rawset(state, -3);
        ffi::lua_setmetatable(state, methods);
        push_text(state, "__index");
        ffi::lua_insert(state, methods);
        ffi::lua_rawset(state, metatable);
        push_text(state, "__gc");
        light(std::ptr::from_ref(released).cast());
        ffi::lua_pushcclosure(state, collect, 1);
        ffi::lua_rawset(state, metatable);
        push_text(state, "__tostring");
        light(std::ptr::from_ref(called).cast());
        ffi::lua_pushvalue(state, metatable);
        ffi::lua_pushcclosure(state, super::call::describe, 2);
        ffi::lua_rawset(state, metatable);
        push_text(state, "__metatable");
        push_text(state, MARK);
        ffi::lua_rawset(state, metatable);
        // By this the metatables of objects are known.
        ffi::lua_pushvalue(state, metatable);
        ffi::lua_pushboolean(state, 1);
        ffi::lua_rawset(state, ffi::LUA_REGISTRYINDEX);
        ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX)
    }
}

/// Releases the proxy object at `index`, as its finalizer would. False if it is none.
///
/// # Safety
///
/// The thread is in the interpreter, in the host's section; `index` is absolute, and the
/// stack has room for three values.
pub(in super::super) unsafe fn release_at(
    state: *mut lua_State,
    index: c_int,
    released: &Released,
) -> bool {
    // SAFETY: the caller's promise; what has one of the metatables is such an object.
    unsafe {
        if ffi::lua_type(state, index) != ffi::LUA_TUSERDATA
            || ffi::lua_getmetatable(state, index) == 0
        {
            return false;
        }
        ffi::lua_rawget_(state, ffi::LUA_REGISTRYINDEX);
        let is_one = ffi::lua_toboolean(state, -1) != 0;
        ffi::lua_settop(state, -2);
        if is_one && let Some(handle) = (*ffi::lua_touserdata(state, index).cast::<Object>()).take()
        {
            released.leave(handle);
        }
        is_one
    }
}

/// What scripts see as the metatable of an object.
const MARK: &str = "polyplug.Proxy";

/// The finalizer: leaves the reference for whoever leaves the interpreter. It may run
/// in the middle of anything, also while the interpreter is closed.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: the interpreter calls this with an object, once; scripts cannot, since
    // the metatable is not shown to them. What is left behind outlives the interpreter.
    unsafe {
        let released = &*ffi::lua_touserdata(state, ffi::lua_upvalueindex(1)).cast::<Released>();
        let object = &*ffi::lua_touserdata(state, 1).cast::<Object>();
        if let Some(handle) = object.take() {
            released.leave(handle);
        }
    }
    0
}

/// # Safety
///
/// The stack has room for a value, in the host's section.
unsafe fn push_text(state: *mut lua_State, text: &str) {
    // SAFETY: the caller's promise.
    unsafe { ffi::lua_pushlstring_(state, text.as_ptr().cast(), text.len()) }
}
