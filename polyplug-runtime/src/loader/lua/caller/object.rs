//! Proxy objects: what Lua code holds of an instance elsewhere.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{LentObject, ProxyCell};
use polyplug_guest::private::Adapted;

use super::contract::Called;
use super::handle::{Handle, Released};

/// The content of a proxy object, or of one over what is lent.
///
/// # Invariants
///
/// `called` is a contract of the interpreter, which fits what is behind the object: a cell
/// of the host's was made for its client. While a call of the object runs, what is behind
/// it stays: what the collector or a script releases is kept until the interpreter was
/// left, a reference that moves is not given away, and what is lent outlives the calls.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Object {
    behind: Cell<Behind>,
    pub(super) called: *const Called,
    /// How many calls run, or -1 while one runs that takes `&mut self`.
    calls: Cell<i32>,
}

/// What an object stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Behind {
    /// One reference to a cell, which the object holds.
    Proxy(NonNull<ProxyCell>),
    /// What is lent for a call that runs.
    Lent(Lent),
    /// Nothing any more: it was released, or handed on.
    Nothing,
    /// Nothing any more: the call is over for which it was lent.
    Over,
}

/// An implementation that is lent for a call.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Lent {
    /// As it was passed.
    pub(super) passed: *const LentObject,
    pub(super) adapted: Adapted,
    /// Whether it was lent as `&mut dyn`.
    pub(super) is_exclusive: bool,
}

impl Object {
    /// The object at `index`, if it is one with the metatable in the second upvalue.
    ///
    /// # Safety
    ///
    /// A function runs that has a metatable of [`metatable`] as its second upvalue, and
    /// the stack has room for a value. The object stays on the stack for `'o`.
    #[inline]
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

    /// About how much memory an object takes.
    pub(super) const WEIGHT: usize = size_of::<Self>() + 40;

    /// The object at `index`, of whatever contract, if it is one.
    ///
    /// # Safety
    ///
    /// The thread is in the interpreter, in the host's section; `index` is absolute, and
    /// the stack has room for three values. The object stays in its place for `'o`.
    pub(super) unsafe fn of_any<'o>(state: *mut lua_State, index: c_int) -> Option<&'o Self> {
        // SAFETY: the caller's promise; what has one of the metatables is such an object.
        unsafe {
            if ffi::lua_type(state, index) != ffi::LUA_TUSERDATA
                || ffi::lua_getmetatable(state, index) == 0
            {
                return None;
            }
            ffi::lua_rawget_(state, ffi::LUA_REGISTRYINDEX);
            let is_one = ffi::lua_toboolean(state, -1) != 0;
            ffi::lua_settop(state, -2);
            if is_one { ffi::lua_touserdata(state, index).cast::<Self>().as_ref() } else { None }
        }
    }

    /// What it stands for now.
    #[inline]
    pub(super) fn behind(&self) -> Behind {
        self.behind.get()
    }

    /// The cell, unless the object was released.
    #[inline]
    pub(super) fn cell(&self) -> Option<NonNull<ProxyCell>> {
        // SAFETY: the cell stays in this thread, and nothing is written to it meanwhile. A
        // copy would be one of all that may stand there.
        match unsafe { &*self.behind.as_ptr() } {
            Behind::Proxy(cell) => Some(*cell),
            _ => None,
        }
    }

    pub(super) fn called(&self) -> &Called {
        // SAFETY: by the type's invariant; the interpreter keeps it.
        unsafe { &*self.called }
    }

    /// Whether a proxy of the contract moves, because it has to be the only one.
    pub(super) fn moves(&self) -> bool {
        self.called().moves
    }

    pub(super) fn is_called(&self) -> bool {
        self.calls.get() != 0
    }

    /// A reference for somebody else: another one, or the only one.
    pub(super) fn give(&self) -> Option<Handle> {
        if self.moves() { self.take() } else { self.share() }
    }

    /// One more reference to the cell.
    pub(super) fn share(&self) -> Option<Handle> {
        // SAFETY: the object holds a reference to the cell.
        self.cell().map(|cell| unsafe { Handle::share(cell) })
    }

    /// The name of the bundle that is called.
    pub(super) fn bundle_name(&self) -> &str {
        match self.behind.get() {
            // SAFETY: an object keeps its cell, and a cell its table and its name.
            Behind::Proxy(cell) => unsafe {
                ((*cell.as_ref().vtable).bundle_name)(cell.as_ptr()).as_str().unwrap_or_default()
            },
            Behind::Lent(_) | Behind::Over => "lent",
            Behind::Nothing => "",
        }
    }

    /// Begins a call. None while one runs beside which this one must not.
    #[inline]
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
        let cell = self.cell()?;
        self.behind.set(Behind::Nothing);
        // SAFETY: the object held a reference to the cell, and does so no longer.
        Some(unsafe { Handle::of_cell(cell) })
    }
}

/// A call of an object, which ends with this.
pub(super) struct Running<'o> {
    object: &'o Object,
    before: i32,
}

impl Drop for Running<'_> {
    #[inline]
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
    // SAFETY: the caller's promise.
    unsafe { push_bound(state, called, &Cell::new(Some(handle))) }
}

/// Pushes an object over the cell that `handle` refers to, which is taken when there is
/// one.
///
/// # Safety
///
/// The cell may be called as one of `called`, which is a contract of the interpreter. The
/// stack has room for two values. If the memory limit is in force, the call is protected,
/// and no frame up to there has anything to drop.
pub(super) unsafe fn push_bound(
    state: *mut lua_State,
    called: &Called,
    handle: &Cell<Option<Handle>>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let object = push_new(state, called, Behind::Nothing);
        if let Some(handle) = handle.take() {
            (*object).behind.set(Behind::Proxy(handle.into_cell()));
        }
    }
}

/// Pushes an object over what is lent, until [`end`].
///
/// # Safety
///
/// What is lent fits `called`, which is a contract of the interpreter, and outlives the
/// call that is ended by [`end`]. The stack has room for two values, in the host's section.
pub(in super::super) unsafe fn push_lent(state: *mut lua_State, called: &Called, lent: Lent) {
    // SAFETY: the caller's promise.
    unsafe { push_new(state, called, Behind::Lent(lent)) };
}

/// Ends what the object at `index` may be used for.
///
/// # Safety
///
/// [`push_lent`] put it there.
pub(in super::super) unsafe fn end(state: *mut lua_State, index: c_int) {
    // SAFETY: the caller's promise: the block is an object, kept by the stack.
    unsafe { (*ffi::lua_touserdata(state, index).cast::<Object>()).behind.set(Behind::Over) }
}

/// # Safety
///
/// As for [`push_bound`].
unsafe fn push_new(state: *mut lua_State, called: &Called, behind: Behind) -> *const Object {
    // SAFETY: the caller's promise; the block is as large and aligned as asked for.
    unsafe {
        let block = ffi::lua_newuserdata(state, size_of::<Object>()).cast::<Object>();
        block.write(Object { behind: Cell::new(behind), called, calls: Cell::new(0) });
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, called.metatable());
        ffi::lua_setmetatable(state, -2);
        block
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
    // SAFETY: the caller's promise.
    let Some(object) = (unsafe { Object::of_any(state, index) }) else { return false };
    if let Some(handle) = object.take() {
        released.leave(handle);
    }
    true
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
