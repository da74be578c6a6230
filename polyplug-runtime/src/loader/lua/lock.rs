//! The lock of an interpreter.
//!
//! The thread that has it may take it again: a call that comes back works. A
//! thread that has to wait first looks along the chain of who waits for whom. If
//! that chain leads back to itself it gives way at once, and the others go on.
//! What must never wait is left with the holder, who does it before it lets go.
//!
//! # The favoured thread
//!
//! Most interpreters are called by one thread. The first that calls is favoured: it
//! takes the lock and gives it back with plain loads and stores of a depth of its own, which
//! nobody else writes, because it may still try when another thread holds the lock. Whoever else
//! wants the lock first takes that favour away, once and for good, and from then on the
//! lock is an atomic word.
//!
//! | the favoured thread | who takes the favour away, under the mutex |
//! | --- | --- |
//! | store `favoured_depth` | store `favour` |
//! | **compiler fence** | **barrier** of the process |
//! | look at `favour` | look at `favoured_depth` |
//!
//! So one of the two sees the other, as in `proxy::frame` of polyplug-guest. If the
//! favoured thread is inside, the word then says that it holds the lock. If it saw its
//! favour go it waits for the mutex and does what the word says. Where there is no such
//! barrier nobody is favoured.
//!
//! # Why a cycle that is seen is one
//!
//! The chain is read under one process-wide mutex, which only waiting threads
//! and those that wake them take. A thread that is found waiting there cannot
//! run without that mutex, so it still has what it had, and the last thread of a cycle
//! sees it. Nobody is favoured by a lock that somebody waits for.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering, compiler_fence};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

use crate::reclaim::Barrier;

/// In the word of a lock: somebody waits.
const WAITERS: usize = 1;
/// In the word of a lock: the holder has work left with it.
const WORK: usize = 2;
const HOLDER: usize = !(WAITERS | WORK);

/// In `favour`: no thread is favoured yet. The word is taken under the mutex alone.
const UNDECIDED: usize = 0;
/// In `favour`: no thread is favoured any more.
const NOBODY: usize = 1;
/// In `favour`: it is being taken away, under the mutex.
const ENDING: usize = 2;

/// A lock that its holder may take again.
pub(super) struct VmLock {
    /// The token of the favoured thread, or one of the three above.
    favour: AtomicUsize,
    /// The holder's token or 0, with the two bits above; 0 while a thread is favoured.
    word: AtomicUsize,
    /// The token of the thread that is or was favoured, or 0.
    favoured: AtomicUsize,
    /// How often that thread has it; written by that thread alone, also when it tries and
    /// finds its favour gone, while another one may be the holder.
    favoured_depth: AtomicUsize,
    /// How often the holder has it, if that is another thread; written by it alone.
    depth: AtomicUsize,
    freed: Condvar,
}

/// The thread waits for nobody who does not wait for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cycle;

/// What it was to give the lock back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    /// The thread still has it.
    Inside,
    /// The thread has it no more.
    Free,
    /// As [`Free`](Self::Free), and work was left: the caller does it, by taking the
    /// lock anew if that needs no waiting.
    WithWork,
}

/// Which lock each waiting thread waits for, by the threads' tokens.
static WAITING: LazyLock<Mutex<Waiting>> = LazyLock::new(Mutex::default);

type Waiting = HashMap<usize, LockAddress>;

#[derive(Clone, Copy)]
struct LockAddress(*const VmLock);

// SAFETY: the address is followed only while a thread waits for the lock, which
// that thread borrows.
unsafe impl Send for LockAddress {}

impl VmLock {
    pub(super) const fn new() -> Self {
        Self {
            favour: AtomicUsize::new(UNDECIDED),
            word: AtomicUsize::new(0),
            favoured: AtomicUsize::new(0),
            favoured_depth: AtomicUsize::new(0),
            depth: AtomicUsize::new(0),
            freed: Condvar::new(),
        }
    }

    /// Takes the lock.
    ///
    /// # Errors
    ///
    /// [`Cycle`] at once, when waiting for it would be waiting for itself.
    #[inline]
    pub(super) fn acquire(&self) -> Result<(), Cycle> {
        let me = token();
        if self.acquire_favoured(me) {
            return Ok(());
        }
        if !self.acquire_free(me) {
            self.wait(me)?;
        }
        self.enter(me);
        Ok(())
    }

    /// As [`acquire`](Self::acquire), for those who will come again: the first that
    /// comes is favoured.
    #[inline]
    pub(super) fn acquire_again(&self) -> Result<(), Cycle> {
        let me = token();
        if self.acquire_favoured(me) {
            return Ok(());
        }
        self.acquire_first(me)
    }

    fn acquire_first(&self, me: usize) -> Result<(), Cycle> {
        if self.favour.load(Ordering::Relaxed) == UNDECIDED {
            self.decide(me);
        }
        self.acquire()
    }

    /// Takes the lock if that needs no waiting. Returns whether it did.
    pub(super) fn try_acquire(&self) -> bool {
        let me = token();
        if self.acquire_favoured(me) {
            return true;
        }
        let acquired = self.acquire_free(me) || self.acquire_under_mutex(me);
        if acquired {
            self.enter(me);
        }
        acquired
    }

    /// Gives the lock back, once for each time that it was taken.
    #[inline]
    pub(super) fn release(&self) -> Left {
        // While a thread is favoured nobody else holds the lock, so it is this one.
        let count = match self.favour.load(Ordering::Relaxed) > ENDING {
            true => &self.favoured_depth,
            false => self.depth_of(token()),
        };
        let depth = count.load(Ordering::Relaxed) - 1;
        // Release: whoever takes the favour away and sees this comes after what was done.
        count.store(depth, Ordering::Release);
        if depth > 0 {
            return Left::Inside;
        }
        compiler_fence(Ordering::SeqCst);
        // As above.
        if self.favour.load(Ordering::Relaxed) > ENDING {
            return Left::Free;
        }
        self.release_word()
    }

    fn release_word(&self) -> Left {
        if self.favour.load(Ordering::Acquire) == ENDING {
            // Whoever takes the favour away has the mutex until the word is right.
            drop(waiting());
        }
        // The favour went after this thread did: then somebody else may have the word.
        if self.word.load(Ordering::Relaxed) & HOLDER != token() {
            return Left::Free;
        }
        // Release: the next holder sees what this one did.
        let word = self.word.swap(0, Ordering::AcqRel);
        if word & WAITERS != 0 {
            // Whoever set the bit holds the mutex until it waits, so it hears this.
            let _waiting = waiting();
            self.freed.notify_all();
        }
        if word & WORK == 0 { Left::Free } else { Left::WithWork }
    }

    /// Tells the holder that there is work. False when there is no holder: then
    /// the caller does it itself.
    pub(super) fn leave_work(&self) -> bool {
        if self.favour.load(Ordering::Acquire) != NOBODY {
            self.take_favour_away(&waiting());
        }
        let mut word = self.word.load(Ordering::Relaxed);
        while word & HOLDER != 0 {
            // Release: the holder sees the work that was queued before.
            match self.word.compare_exchange_weak(
                word,
                word | WORK,
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Takes the lock if the thread is favoured.
    #[inline]
    fn acquire_favoured(&self, me: usize) -> bool {
        if self.favour.load(Ordering::Relaxed) != me {
            return false;
        }
        let depth = self.favoured_depth.load(Ordering::Relaxed);
        self.favoured_depth.store(depth + 1, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        if self.favour.load(Ordering::Relaxed) == me {
            return true;
        }
        // Whoever took the favour away may have seen that: the word then says that the
        // lock is this thread's, which is about to take it.
        self.favoured_depth.store(depth, Ordering::Release);
        false
    }

    /// Takes the word if it is free, or this thread's.
    #[inline]
    fn acquire_free(&self, me: usize) -> bool {
        // Acquire: who took the favour away has made the word right before.
        self.favour.load(Ordering::Acquire) == NOBODY && self.take_word(me)
    }

    fn acquire_under_mutex(&self, me: usize) -> bool {
        let waiting = waiting();
        self.take_favour_away(&waiting);
        self.take_word(me)
    }

    #[inline]
    fn take_word(&self, me: usize) -> bool {
        match self.word.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => true,
            Err(word) => word & HOLDER == me,
        }
    }

    #[inline]
    fn enter(&self, me: usize) {
        let count = self.depth_of(me);
        let depth = count.load(Ordering::Relaxed);
        count.store(depth + 1, Ordering::Relaxed);
    }

    /// Which of the two counts is that of this thread.
    #[inline]
    fn depth_of(&self, me: usize) -> &AtomicUsize {
        // Relaxed: only this thread would have stored its own token there.
        match self.favoured.load(Ordering::Relaxed) == me {
            true => &self.favoured_depth,
            false => &self.depth,
        }
    }

    /// Favours this thread, unless somebody has the lock, or another one is favoured.
    #[cold]
    fn decide(&self, me: usize) {
        let _waiting = waiting();
        // Acquire: what the last holder did comes before what the favoured thread does.
        let is_free = self.word.load(Ordering::Acquire) == 0;
        if is_free && self.favour.load(Ordering::Relaxed) == UNDECIDED {
            let favour = if Barrier::of_process() == Barrier::Process { me } else { NOBODY };
            if favour == me {
                self.favoured.store(me, Ordering::Relaxed);
            }
            self.favour.store(favour, Ordering::Release);
        }
    }

    /// Lets nobody be favoured from here on, if somebody is.
    fn take_favour_away(&self, _waiting: &MutexGuard<'_, Waiting>) {
        let favoured = self.favour.load(Ordering::Relaxed);
        if favoured <= NOBODY {
            return;
        }
        self.favour.store(ENDING, Ordering::Relaxed);
        while !Barrier::of_process().issue() {
            std::thread::yield_now();
        }
        // Acquire: what the favoured thread did comes before what the next holder does.
        if self.favoured_depth.load(Ordering::Acquire) > 0 {
            self.word.store(favoured, Ordering::Relaxed);
        }
        // Release: who sees this sees the word.
        self.favour.store(NOBODY, Ordering::Release);
    }

    #[cold]
    fn wait(&self, me: usize) -> Result<(), Cycle> {
        let mut waiting = waiting();
        loop {
            // A thread may have become favoured meanwhile.
            self.take_favour_away(&waiting);
            if self.take_word(me) {
                return Ok(());
            }
            if self.leads_to(me, &waiting) {
                return Err(Cycle);
            }
            let word = self.word.load(Ordering::Relaxed);
            let marked = word | WAITERS;
            if word == 0
                || self
                    .word
                    .compare_exchange(word, marked, Ordering::Relaxed, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            waiting.insert(me, LockAddress(self));
            waiting = self.freed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.remove(&me);
        }
    }

    /// Whether this lock's holder waits, by way of others, for `me`.
    fn leads_to(&self, me: usize, waiting: &Waiting) -> bool {
        let mut holder = self.word.load(Ordering::Relaxed) & HOLDER;
        // No chain is longer than the number of those who wait.
        for _ in 0..=waiting.len() {
            let Some(next) = waiting.get(&holder) else { return false };
            // SAFETY: a thread that waits borrows the lock that it waits for,
            // and leaves the map before that ends.
            holder = unsafe { &*next.0 }.word.load(Ordering::Relaxed) & HOLDER;
            if holder == me {
                return true;
            }
        }
        false
    }
}

impl fmt::Debug for VmLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [&self.depth, &self.favoured_depth];
        let held = counts.iter().any(|count| count.load(Ordering::Relaxed) > 0);
        f.debug_struct("VmLock").field("held", &held).finish_non_exhaustive()
    }
}

fn waiting() -> MutexGuard<'static, Waiting> {
    // No code of others runs under the mutex, so its map is whole.
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that no other thread ever has, above [`ENDING`] and with the low bits clear.
#[inline]
fn token() -> usize {
    thread_local! {
        static TOKEN: Cell<usize> = const { Cell::new(0) };
    }
    match TOKEN.get() {
        0 => {
            static LAST: AtomicUsize = AtomicUsize::new(0);
            let token = LAST.fetch_add(8, Ordering::Relaxed) + 8;
            TOKEN.set(token);
            token
        }
        token => token,
    }
}

#[cfg(test)]
mod tests;
