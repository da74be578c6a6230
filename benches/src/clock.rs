//! Time, in nanoseconds and in cycles.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long `work` takes.
pub fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// How many ticks of the time-stamp counter pass in a nanosecond, where there is
/// one. It ticks at the processor's nominal frequency, whatever the present one.
pub(crate) fn cycles_per_ns() -> Option<f64> {
    static FREQUENCY: OnceLock<Option<f64>> = OnceLock::new();
    *FREQUENCY.get_or_init(|| {
        let start = (Instant::now(), counter()?);
        while start.0.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let ticks = counter()? - start.1;
        Some(ticks as f64 / start.0.elapsed().as_nanos() as f64)
    })
}

#[cfg(target_arch = "x86_64")]
fn counter() -> Option<u64> {
    // SAFETY: every x86-64 processor has the instruction, and it touches no memory.
    Some(unsafe { std::arch::x86_64::_rdtsc() })
}

#[cfg(not(target_arch = "x86_64"))]
fn counter() -> Option<u64> {
    None
}
