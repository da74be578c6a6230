//! How much of the thread's stack a call into the VM may use.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What a call may use before nested functions of C are refused.
///
/// A thread of the standard library has 2 MiB. The host has used some of it,
/// and what runs above the mark needs some more: the parser at its deepest
/// takes about 200 KiB.
const BUDGET: usize = 512 << 10;

/// The end of the stack that the running call may use; stacks grow downwards.
#[derive(Debug, Default)]
pub(super) struct NativeStack {
    end: AtomicUsize,
}

impl NativeStack {
    /// Begins to count from here.
    #[inline]
    pub(super) fn begin(&self) {
        self.end.store(position().saturating_sub(BUDGET), Relaxed);
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        position() > self.end.load(Relaxed)
    }
}

/// The stack pointer. The address of a local would not do: under
/// AddressSanitizer locals may live on the heap.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn position() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn position() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(never)]
fn position() -> usize {
    let local = 0u8;
    std::ptr::from_ref(std::hint::black_box(&local)).addr()
}
