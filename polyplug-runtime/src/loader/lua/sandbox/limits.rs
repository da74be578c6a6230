//! The limits of one VM, and the guards that put them in force.
//!
//! A VM is in one of two sections: plugin code runs in the *plugin's section*,
//! where the limits hold, and everything else is the *host's section*, where
//! no allocation fails and so nothing that only allocates can raise. A
//! [`Call`] opens the former, a [`Section`] switches between the two.

mod hook;
mod memory;
mod native_stack;
mod time;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use mlua::Lua;

use super::{super::VmOptions, TIMED_MEMORY_LIMIT};
use hook::Interrupt;
use memory::Memory;
use native_stack::NativeStack;
use time::Time;

/// A limit that a call ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum LimitHit {
    /// Host and VM called into each other too often.
    #[error("host and VM call into each other too deep")]
    Depth,
    /// The VM needed more memory than it may have.
    #[error("the memory limit of {limit} bytes was reached")]
    Memory {
        /// The limit in bytes.
        limit: usize,
    },
    /// The call took longer than it may.
    #[error("the time limit of {limit:?} was reached")]
    Time {
        /// The limit of one call.
        limit: Duration,
    },
}

/// The limits of one VM.
///
/// All methods are for the thread that holds the VM: the fields are atomics
/// because the allocator and the hook find them through a pointer, not because
/// two threads would use them at once.
#[derive(Debug)]
pub(in super::super) struct Limits {
    memory: Option<Memory>,
    time: Option<Time>,
    max_depth: usize,
    depth: AtomicUsize,
    native_stack: NativeStack,
    /// Whether plugin code runs, so that the limits hold.
    in_force: AtomicBool,
    hit: AtomicU8,
    traceback: Mutex<Option<String>>,
}

const NONE: u8 = 0;
const MEMORY: u8 = 1;
const TIME: u8 = 2;

impl Limits {
    pub(super) fn new(lua: &Lua, options: &VmOptions) -> mlua::Result<Arc<Self>> {
        let bytes = options.memory_limit.or(options.time_limit.map(|_| TIMED_MEMORY_LIMIT));
        let memory = bytes.map(|bytes| Memory::new(lua, bytes)).transpose()?;
        let time = options.time_limit.map(|limit| Time::new(lua, limit)).transpose()?;
        let limits = Arc::new(Self {
            memory,
            time,
            max_depth: options.depth_limit.unwrap_or(usize::MAX),
            depth: AtomicUsize::new(0),
            native_stack: NativeStack::default(),
            in_force: AtomicBool::new(false),
            hit: AtomicU8::new(NONE),
            traceback: Mutex::new(None),
        });
        // SAFETY: the state is alive, `lua` holds it.
        unsafe { limits.usual_interrupt().set(super::stack::main_state(lua)?) };
        Ok(limits)
    }

    /// Begins a call into the VM: from here on the limits hold.
    ///
    /// The outermost call starts the clock; one within it, made by the host's
    /// own code below a callback, shares what the outermost one has left.
    ///
    /// # Errors
    ///
    /// [`LimitHit::Depth`] if the VM is entered too often, or if the thread's
    /// stack is used up.
    #[inline]
    pub(in super::super) fn enter(&self) -> Result<Call<'_>, LimitHit> {
        let depth = self.depth.load(Relaxed);
        if depth >= self.max_depth {
            return Err(LimitHit::Depth);
        }
        if depth == 0 {
            self.native_stack.begin();
            if let Some(time) = &self.time {
                time.begin();
            }
        } else if !self.has_stack() {
            return Err(LimitHit::Depth);
        }
        self.depth.store(depth + 1, Relaxed);
        let before = self.is_in_force();
        self.set_in_force(true);
        Ok(Call { limits: self, before })
    }

    /// Suspends the limits while the guard lives: for a function of the host
    /// that plugin code called.
    #[inline]
    pub(in super::super) fn host_section(&self) -> Section<'_> {
        self.switch(false)
    }

    /// Puts the limits in force again within a host's section: for plugin code
    /// that a function of the host calls back.
    #[inline]
    pub(in super::super) fn plugin_section(&self) -> Section<'_> {
        self.switch(true)
    }

    /// Whether the thread's stack has room for another function of C that runs Lua code.
    #[inline]
    pub(in super::super) fn has_stack(&self) -> bool {
        self.native_stack.has_room()
    }

    /// Whether `bytes` more would fit; if not, the memory limit counts as hit.
    ///
    /// For values that are made in the host's section on the plugin's behalf.
    #[inline]
    pub(in super::super) fn admits(&self, bytes: usize) -> bool {
        let fits = self.memory.as_ref().is_none_or(|memory| memory.admits(bytes));
        if !fits {
            self.mark(MEMORY);
        }
        fits
    }

    /// Whether the call is past its deadline; if so, the time limit counts as hit.
    pub(super) fn is_late(&self) -> bool {
        let late = self.time.as_ref().is_some_and(Time::is_late);
        if late {
            self.mark(TIME);
        }
        late
    }

    /// Whether calls have a time limit.
    pub(super) fn has_deadline(&self) -> bool {
        self.time.is_some()
    }

    /// The limit that the running call has hit, if any: a script that hit one
    /// may still have returned a value.
    #[inline]
    pub(in super::super) fn hit(&self) -> Option<LimitHit> {
        if self.is_hit() { self.which() } else { None }
    }

    #[inline]
    fn is_hit(&self) -> bool {
        self.hit.load(Relaxed) != NONE || self.memory.as_ref().is_some_and(Memory::is_exhausted)
    }

    #[cold]
    fn which(&self) -> Option<LimitHit> {
        let memory =
            || self.memory.as_ref().map(|memory| LimitHit::Memory { limit: memory.limit() });
        match self.hit.load(Relaxed) {
            MEMORY => memory(),
            TIME => self.time.as_ref().map(|time| LimitHit::Time { limit: time.limit() }),
            _ => memory(),
        }
    }

    /// Where the script was when its time ran out; taken by the first who asks.
    pub(in super::super) fn take_traceback(&self) -> Option<String> {
        self.traceback.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn mark(&self, kind: u8) {
        let _ = self.hit.compare_exchange(NONE, kind, Relaxed, Relaxed);
        // A time limit implies one on memory.
        if let Some(memory) = &self.memory {
            memory.exhaust();
        }
    }

    fn usual_interrupt(&self) -> Interrupt {
        if self.time.is_some() { Interrupt::Seldom } else { Interrupt::Never }
    }

    #[inline]
    fn is_in_force(&self) -> bool {
        self.in_force.load(Relaxed)
    }

    #[inline]
    fn switch(&self, in_force: bool) -> Section<'_> {
        let before = self.is_in_force();
        self.set_in_force(in_force);
        Section { limits: self, before }
    }

    #[inline]
    fn set_in_force(&self, in_force: bool) {
        if self.is_in_force() == in_force {
            return;
        }
        // A load and a store: the one thread that is here needs no exchange.
        self.in_force.store(in_force, Relaxed);
        if let Some(memory) = &self.memory {
            memory.set_bound(in_force);
        }
    }

    /// Leaves the outermost call: what a limit had stopped works again.
    #[cold]
    fn recover(&self) {
        self.hit.store(NONE, Relaxed);
        if let Some(memory) = &self.memory {
            memory.recover(self.usual_interrupt());
        }
    }
}

/// A running call into the VM; the limits hold while it lives.
#[derive(Debug)]
#[must_use]
pub(in super::super) struct Call<'a> {
    limits: &'a Limits,
    before: bool,
}

impl Call<'_> {
    /// Ends the call, and says which limit it hit.
    ///
    /// Whatever the call returned is void if it hit one. The error value that
    /// it left may say something else: the script had a hand in it.
    #[inline]
    pub(in super::super) fn leave(self) -> Option<LimitHit> {
        self.limits.hit()
    }
}

impl Drop for Call<'_> {
    #[inline]
    fn drop(&mut self) {
        let Self { limits, before } = *self;
        limits.set_in_force(before);
        let depth = limits.depth.load(Relaxed) - 1;
        limits.depth.store(depth, Relaxed);
        if depth == 0 && limits.is_hit() {
            limits.recover();
        }
    }
}

/// A part of a call in which the limits do or do not hold; ends with the guard.
#[derive(Debug)]
#[must_use]
pub(in super::super) struct Section<'a> {
    limits: &'a Limits,
    before: bool,
}

impl Drop for Section<'_> {
    #[inline]
    fn drop(&mut self) {
        self.limits.set_in_force(self.before);
    }
}
