//! What the process holds.

use std::fs;

/// Memory in use at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Memory {
    /// What `malloc` has given out to the program, its libraries and the dynamic
    /// loader, in bytes. A leak of a single block shows.
    pub allocated: u64,
    /// What is resident, in bytes: whole pages, and what allocators keep for later.
    pub resident: u64,
    /// How many ranges of addresses are mapped: a library that stays is several.
    pub mappings: u64,
}

impl Memory {
    /// What this process holds now; `None` where there is no way to know.
    pub fn now() -> Option<Self> {
        Some(Self { allocated: allocated()?, resident: resident()?, mappings: mappings()? })
    }
}

fn resident() -> Option<u64> {
    const PAGE: u64 = 4096;

    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<u64>().ok()? * PAGE)
}

fn mappings() -> Option<u64> {
    Some(fs::read_to_string("/proc/self/maps").ok()?.lines().count() as u64)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn allocated() -> Option<u64> {
    /// As glibc has it; all are counts of bytes or blocks.
    #[repr(C)]
    struct Mallinfo2 {
        arena: usize,
        ordblks: usize,
        smblks: usize,
        hblks: usize,
        hblkhd: usize,
        usmblks: usize,
        fsmblks: usize,
        uordblks: usize,
        fordblks: usize,
        keepcost: usize,
    }
    unsafe extern "C" {
        safe fn mallinfo2() -> Mallinfo2;
    }
    let info = mallinfo2();
    Some((info.uordblks + info.hblkhd) as u64)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn allocated() -> Option<u64> {
    None
}
