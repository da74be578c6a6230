//! The memory limit: an allocator that stands before mlua's while plugin code runs.
//!
//! mlua's own limit would not do: a script that catches the error has its
//! memory back, and it cannot be suspended for the host's section. mlua's
//! allocator stays the one that allocates, and is back in its place whenever
//! mlua's own code runs, so that mlua finds its state as it left it.

use std::{
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::Relaxed},
};

use mlua::{Lua, ffi};

use super::{super::stack, hook::Interrupt};

/// The collector starts a cycle when the heap has grown to this percentage of
/// what the last one left; LuaJIT does not collect when an allocation fails.
const GC_PAUSE: i32 = 130;
const GC_STEP: i32 = 400;

/// The largest request that is granted beyond the limit.
pub(super) const GRACE_REQUEST: usize = 1 << 10;

/// How much is granted beyond the limit: more than one instruction asks for.
const GRACE: usize = 64 << 10;

/// The memory limit of one VM.
///
/// # Invariants
///
/// `state` is the VM's main state, and `inner` with `inner_data` is the
/// allocator that it was made with. While [`bound`](Self::bound) is in force
/// the VM holds a pointer to this value.
#[derive(Debug)]
pub(super) struct Memory {
    state: AtomicPtr<ffi::lua_State>,
    inner: ffi::lua_Alloc,
    inner_data: AtomicPtr<c_void>,
    limit: usize,
    used: AtomicUsize,
    exhausted: AtomicBool,
    grace: AtomicUsize,
}

impl Memory {
    pub(super) fn new(lua: &Lua, limit: usize) -> mlua::Result<Self> {
        let state = stack::main_state(lua)?;
        let mut inner_data = ptr::null_mut();
        // SAFETY: the state is alive, `lua` holds it; both settings are plain numbers.
        let inner = unsafe {
            ffi::lua_gc(state, ffi::LUA_GCSETPAUSE, GC_PAUSE);
            ffi::lua_gc(state, ffi::LUA_GCSETSTEPMUL, GC_STEP);
            ffi::lua_getallocf(state, &mut inner_data)
        };
        Ok(Self {
            state: AtomicPtr::new(state),
            inner,
            inner_data: AtomicPtr::new(inner_data),
            limit,
            used: AtomicUsize::new(0),
            exhausted: AtomicBool::new(false),
            grace: AtomicUsize::new(0),
        })
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether an allocation has failed since [`recover`](Self::recover).
    #[inline]
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted.load(Relaxed)
    }

    /// Lets allocations fail, and every instruction raise, until
    /// [`recover`](Self::recover).
    pub(super) fn exhaust(&self) {
        if !self.exhausted.swap(true, Relaxed) {
            self.grace.store(GRACE, Relaxed);
            // SAFETY: the state is alive.
            unsafe { Interrupt::Always.set(self.state()) };
        }
    }

    /// Whether a request beyond the limit is granted nevertheless.
    fn is_excused(&self, growth: usize) -> bool {
        self.exhaust();
        let grace = self.grace.load(Relaxed);
        let excused = growth <= GRACE_REQUEST && growth <= grace;
        if excused {
            self.grace.store(grace - growth, Relaxed);
        }
        excused
    }

    pub(super) fn admits(&self, bytes: usize) -> bool {
        !self.is_exhausted() && self.held().saturating_add(bytes) <= self.limit
    }

    /// Puts the limit in force, or suspends it. Apart, so that a call without a limit is
    /// short.
    #[inline(never)]
    pub(super) fn set_bound(&self, is_bound: bool) {
        if is_bound { self.bound() } else { self.unbound() }
    }

    fn bound(&self) {
        self.used.store(self.held(), Relaxed);
        let data = ptr::from_ref(self).cast_mut().cast();
        // SAFETY: `bounded` hands every request on to the allocator that the
        // state was made with; `self` outlives the section.
        unsafe { ffi::lua_setallocf(self.state(), bounded, data) };
    }

    fn unbound(&self) {
        // SAFETY: this is the allocator that the state was made with.
        unsafe { ffi::lua_setallocf(self.state(), self.inner, self.inner_data.load(Relaxed)) };
    }

    /// Lets allocations work again, and runs the hook as `usual`.
    pub(super) fn recover(&self, usual: Interrupt) {
        self.exhausted.store(false, Relaxed);
        // SAFETY: the state is alive.
        unsafe { usual.set(self.state()) };
        // SAFETY: the state is alive, and outside a call nothing is in the
        // middle of an operation on it; finalizers are the host's alone.
        unsafe { ffi::lua_gc(self.state(), ffi::LUA_GCCOLLECT, 0) };
    }

    /// What the VM holds now, in bytes.
    fn held(&self) -> usize {
        // SAFETY: the state is alive; counting changes nothing.
        let (kib, bytes) = unsafe {
            let kib = ffi::lua_gc(self.state(), ffi::LUA_GCCOUNT, 0);
            (kib, ffi::lua_gc(self.state(), ffi::LUA_GCCOUNTB, 0))
        };
        (kib as usize) * 1024 + bytes as usize
    }

    fn state(&self) -> *mut ffi::lua_State {
        self.state.load(Relaxed)
    }
}

/// Refuses to grow much beyond the limit; shrinking and freeing always work.
///
/// # Safety
///
/// As for any `lua_Alloc`; `data` points at a [`Memory`].
unsafe extern "C" fn bounded(
    data: *mut c_void,
    block: *mut c_void,
    old_size: usize,
    new_size: usize,
) -> *mut c_void {
    // SAFETY: `bound` set this pointer, and its target lives until `unbound`.
    let memory = unsafe { &*data.cast::<Memory>() };
    let used = memory.used.load(Relaxed);
    let after = used.wrapping_sub(old_size).wrapping_add(new_size);
    let growth = new_size.saturating_sub(old_size);
    let is_over = growth > 0 && (after > memory.limit || memory.is_exhausted());
    if is_over && !memory.is_excused(growth) {
        return ptr::null_mut();
    }
    // SAFETY: the arguments are those of LuaJIT, which all blocks come from.
    let moved =
        unsafe { (memory.inner)(memory.inner_data.load(Relaxed), block, old_size, new_size) };
    if !moved.is_null() || new_size == 0 {
        memory.used.store(after, Relaxed);
    }
    moved
}
