//! One interpreter, and how threads enter it.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mlua::Lua;
use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::ErrorKind;

use super::caller::{self, Called};
use super::integer::Integers;
use super::lock::{Cycle, Left, VmLock};
use super::sandbox::{self, LimitHit, Limits, Shared};
use super::traceback::Failure;
use super::{context, dispatch, traceback, view};
use crate::schema::Schema;

/// Slots at the bottom of the main stack, which stay: pushing from there is
/// cheaper than from the registry.
pub(super) const HANDLER: c_int = 1;
pub(super) const TRAMPOLINE: c_int = 2;
const FIRST_FREE: c_int = 3;

/// How many functions may have a slot of their own.
const MAX_SLOTS: c_int = 128;

/// An interpreter. Dropping it closes it.
///
/// # Invariants
///
/// Only the thread that has the lock touches the interpreter or `calling_out`.
pub(super) struct Vm {
    lock: VmLock,
    main: *mut lua_State,
    /// The state in which the holder called out of the interpreter: a call that
    /// comes back runs there.
    calling_out: Cell<*mut lua_State>,
    slots: Cell<c_int>,
    /// What must not wait was left here for the holder.
    work: Mutex<Vec<Work>>,
    pub(super) integers: Integers,
    /// The metatable of views.
    pub(super) views: c_int,
    limits: Arc<Limits>,
    /// The contracts that its code calls. Counted, because functions of the interpreter
    /// have their addresses.
    called: Mutex<Vec<Arc<Called>>>,
    lua: Lua,
    /// After the interpreter: its finalizers need it.
    shared: Arc<Shared>,
}

// SAFETY: by the invariant one thread at a time uses the interpreter, which is
// bound to no thread.
unsafe impl Send for Vm {}
// SAFETY: as above.
unsafe impl Sync for Vm {}

/// Something to be done in the interpreter, by whoever has it.
pub(super) type Work = Box<dyn FnOnce(&Entered<'_>) + Send>;

/// The key in the registry under which an interpreter's [`Vm`] is found.
static SELF: u8 = 0;

impl Vm {
    /// Takes over an interpreter that the sandbox made. None when memory does not
    /// suffice.
    pub(super) fn new(lua: Lua) -> Option<Arc<Self>> {
        let shared = sandbox::shared(&lua)?;
        let limits = Arc::clone(&shared.limits);
        // Outside of any coroutine this is the main state.
        let main = lua.state();
        // SAFETY: nothing else uses the interpreter yet. The stack has room for a
        // few values; only for want of memory anything is raised here.
        let (integers, views) = unsafe {
            ffi::lua_settop(main, 0);
            traceback::push_handler(main);
            ffi::lua_pushcclosure(main, dispatch::trampoline, 0);
            caller::keep_error_metatable(main);
            context::keep_metatable(main);
            (Integers::compile(main)?, view::metatable(main))
        };
        let vm = Arc::new(Self {
            lock: VmLock::new(),
            main,
            calling_out: Cell::new(std::ptr::null_mut()),
            slots: Cell::new(FIRST_FREE),
            work: Mutex::default(),
            integers,
            views,
            limits,
            called: Mutex::default(),
            lua,
            shared,
        });
        // SAFETY: as above. The `Vm` does not move, and outlives the interpreter.
        unsafe {
            ffi::lua_pushlightuserdata(main, key());
            ffi::lua_pushlightuserdata(main, Arc::as_ptr(&vm).cast_mut().cast());
            ffi::lua_rawset(main, ffi::LUA_REGISTRYINDEX);
        }
        Some(vm)
    }

    /// Enters the interpreter, after whoever is in it.
    #[inline]
    pub(super) fn enter(&self) -> Result<Entered<'_>, Cycle> {
        self.lock.acquire()?;
        Ok(Entered { vm: self })
    }

    /// As [`enter`](Self::enter), for a thread that calls methods.
    #[inline]
    pub(super) fn enter_to_call(&self) -> Result<Entered<'_>, Cycle> {
        self.lock.acquire_again()?;
        Ok(Entered { vm: self })
    }

    /// What the functions of the interpreter share.
    #[inline]
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The contract of `schema`, as code of the interpreter calls it.
    ///
    /// # Safety
    ///
    /// The thread is in the interpreter, in the host's section; the stack of `state` has
    /// room for 16 values.
    pub(super) unsafe fn called(&self, state: *mut lua_State, schema: &Schema) -> &Called {
        let mut all = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().position(|called| called.is(schema));
        let at = known.unwrap_or_else(|| {
            let called = Arc::new(Called::new(self, schema));
            // SAFETY: the caller's promise; both outlive the code of the interpreter, and
            // what its finalizers need is dropped after it.
            unsafe { called.prepare(state, &self.shared.released) };
            all.push(called);
            all.len() - 1
        });
        // SAFETY: the list keeps it in its place until the interpreter is closed.
        unsafe { &*Arc::as_ptr(&all[at]) }
    }

    /// Lets `work` be done in the interpreter: now if nobody is in it, or this
    /// thread is, and else by whoever is in it. Never waits.
    pub(super) fn do_or_leave(&self, work: Work) {
        self.queue().push(work);
        loop {
            if self.lock.try_acquire() {
                self.do_work(&Entered { vm: self });
                return;
            }
            if self.lock.leave_work() {
                return;
            }
        }
    }

    /// Does what was left, in order.
    #[cold]
    fn do_work(&self, entered: &Entered<'_>) {
        loop {
            let work = std::mem::take(&mut *self.queue());
            if work.is_empty() {
                return;
            }
            work.into_iter().for_each(|work| work(entered));
        }
    }

    fn queue(&self) -> MutexGuard<'_, Vec<Work>> {
        // Nothing runs under the mutex, so the list is whole.
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the interpreter, which nobody is in. Whether it is gone.
    pub(super) fn close(self: Arc<Self>) -> bool {
        if let Ok(entered) = self.enter() {
            self.do_work(&entered);
        }
        let weak = self.lua.weak();
        drop(self);
        weak.try_upgrade().is_none()
    }
}

impl fmt::Debug for Vm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vm").field("lock", &self.lock).finish_non_exhaustive()
    }
}

/// That the thread is in the interpreter.
#[derive(Debug)]
pub(super) struct Entered<'v> {
    pub(super) vm: &'v Vm,
}

impl Entered<'_> {
    /// The state to work in.
    #[inline]
    pub(super) fn state(&self) -> *mut lua_State {
        let out = self.vm.calling_out.get();
        if out.is_null() { self.vm.main } else { out }
    }

    /// Whether the slots at the bottom of the stack can be seen.
    #[inline]
    pub(super) fn sees_slots(&self) -> bool {
        self.vm.calling_out.get().is_null()
    }

    /// Makes a protected call of the bundle's code, with its limits in force.
    /// Whatever it leaves on the stack is void when it fails.
    ///
    /// # Safety
    ///
    /// As for `lua_pcall`: the function and its arguments are on top of the stack,
    /// which has room for four values more, and `handler` is the absolute index of
    /// a message handler.
    #[inline(always)]
    pub(super) unsafe fn call(
        &self,
        arguments: c_int,
        results: c_int,
        handler: c_int,
    ) -> Result<(), Failure> {
        let state = self.state();
        let limits = &*self.vm.limits;
        let call = match limits.enter() {
            Ok(call) => call,
            Err(hit) => return Err(Failure::limit(&hit)),
        };
        // SAFETY: the caller's promise.
        let status = unsafe { ffi::lua_pcall(state, arguments, results, handler) };
        let hit = call.leave();
        if status == ffi::LUA_OK && hit.is_none() {
            return Ok(());
        }
        // SAFETY: the call left this status.
        Err(unsafe { self.failed(status, hit, handler) })
    }

    /// What a call failed with.
    ///
    /// # Safety
    ///
    /// As for [`call`](Self::call), which ended with this status.
    #[cold]
    unsafe fn failed(&self, status: c_int, hit: Option<LimitHit>, handler: c_int) -> Failure {
        let failure = match status {
            ffi::LUA_OK => Failure::new(ErrorKind::Limit, ""),
            // SAFETY: the caller's promise.
            _ => unsafe { traceback::taken(self.state(), status, handler) },
        };
        let Some(hit) = hit else { return failure };
        let traceback = self.vm.limits.take_traceback();
        let traceback = traceback.unwrap_or_else(|| failure.into_details().traceback);
        Failure::limit(&hit).with_traceback(traceback)
    }

    /// The slot after those that are in use.
    pub(super) fn first_free_slot(&self) -> c_int {
        self.vm.slots.get()
    }

    /// Keeps the function that lies in the first free slot there, while there are
    /// some. Gives the slot, or 0.
    pub(super) fn keep_in_slot(&self) -> c_int {
        let slot = self.vm.slots.get();
        if slot >= MAX_SLOTS {
            return 0;
        }
        self.vm.slots.set(slot + 1);
        slot
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        match self.vm.lock.release() {
            Left::Inside => return,
            Left::Free => {}
            // Work came in while the thread was leaving.
            Left::WithWork => {
                if self.vm.lock.try_acquire() {
                    self.vm.do_work(&Entered { vm: self.vm });
                }
            }
        }
        self.vm.shared.released.give_back();
    }
}

/// Runs code outside of the interpreter, which may call back into it: such a call
/// runs on `state`, from where this one goes out.
///
/// # Safety
///
/// A function that Lua called on `state` is running, in an interpreter that a
/// [`Vm`] took over.
pub(super) unsafe fn call_out<R>(state: *mut lua_State, code: impl FnOnce() -> R) -> R {
    // SAFETY: the caller's promise is the one that is asked for.
    match unsafe { of(state) } {
        // SAFETY: this is the interpreter of `state`.
        Some(vm) => unsafe { vm.call_out(state, code) },
        None => code(),
    }
}

/// The [`Vm`] of an interpreter that one took over.
///
/// # Safety
///
/// The thread is in the interpreter of `state`, whose stack has room for a value; the
/// result is used only while that lasts.
pub(super) unsafe fn of<'v>(state: *mut lua_State) -> Option<&'v Vm> {
    // SAFETY: the caller's promise: the registry holds the address of the `Vm`.
    unsafe {
        ffi::lua_pushlightuserdata(state, key());
        ffi::lua_rawget_(state, ffi::LUA_REGISTRYINDEX);
        let vm = ffi::lua_touserdata(state, -1).cast::<Vm>().as_ref();
        ffi::lua_settop(state, -2);
        vm
    }
}

impl Vm {
    /// As [`call_out`], for a function of this interpreter.
    ///
    /// # Safety
    ///
    /// As for [`call_out`], and `state` is one of this interpreter.
    #[inline]
    pub(super) unsafe fn call_out<R>(&self, state: *mut lua_State, code: impl FnOnce() -> R) -> R {
        struct Restore<'v>(&'v Cell<*mut lua_State>, *mut lua_State);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _restore = Restore(&self.calling_out, self.calling_out.replace(state));
        code()
    }
}

fn key() -> *mut c_void {
    (&raw const SELF).cast_mut().cast()
}
