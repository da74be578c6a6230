//! Memory that a VM returns results in.

use std::alloc::Layout;
use std::ffi::c_void;

use bumpalo::Bump;

/// Bump memory of the caller of a [`VmCall`](super::VmCall): what a result
/// points at lies here until the caller has read it.
///
/// The public fields are the whole of the binary interface; what follows
/// belongs to the side that made the arena.
#[repr(C)]
#[derive(Debug)]
pub struct CallArena {
    /// The size of the public part of this table in bytes.
    pub size: usize,
    /// Memory of this size and alignment that stays until the call's result was
    /// read; null when there is none to be had.
    pub allocate: unsafe extern "C" fn(arena: *mut Self, size: usize, align: usize) -> *mut c_void,
    /// Made by the first who asks: most results need none.
    memory: Option<Bump>,
}

impl CallArena {
    /// An arena with nothing in it.
    #[inline]
    pub fn new() -> Self {
        Self { size: std::mem::offset_of!(Self, memory), allocate, memory: None }
    }

    /// Memory for `layout` that stays until the call's result was read, or null
    /// when there is none to be had.
    ///
    /// # Safety
    ///
    /// `arena` is the one that the running call was given.
    pub unsafe fn allocate(arena: *mut Self, layout: Layout) -> *mut u8 {
        // SAFETY: the arena lives for the call, and its function takes any sizes.
        unsafe { ((*arena).allocate)(arena, layout.size(), layout.align()) }.cast()
    }
}

impl CallArena {
    /// Whether this copy of the crate made the arena, so that whoever takes the result
    /// shares it.
    ///
    /// # Safety
    ///
    /// As for [`allocate`](Self::allocate).
    #[inline]
    pub unsafe fn is_own(arena: *const Self) -> bool {
        // SAFETY: the arena lives for the call.
        let made_by = unsafe { (*arena).allocate };
        std::ptr::fn_addr_eq(made_by, Self::new().allocate)
    }
}

impl Default for CallArena {
    fn default() -> Self {
        Self::new()
    }
}

unsafe extern "C" fn allocate(arena: *mut CallArena, size: usize, align: usize) -> *mut c_void {
    let Ok(layout) = Layout::from_size_align(size, align) else {
        return std::ptr::null_mut();
    };
    if size == 0 {
        // Of an empty `Bump` this would be a write to a static that all threads share.
        return std::ptr::without_provenance_mut(align);
    }
    // SAFETY: callers pass the arena of their own call, on the thread of that call.
    let memory = unsafe { &mut (*arena).memory };
    memory
        .get_or_insert_default()
        .try_alloc_layout(layout)
        .map_or(std::ptr::null_mut(), |block| block.as_ptr().cast())
}

const _: () = assert!(std::mem::offset_of!(CallArena, memory) == 2 * size_of::<usize>());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_and_do_not_overlap() {
        let mut arena = CallArena::new();
        let mut blocks = Vec::new();
        for size in [1, 16, 17, 200, 4096, 0, 1 << 20] {
            let layout = Layout::from_size_align(size, 64).unwrap();
            // SAFETY: the arena is this test's own.
            let block = unsafe { CallArena::allocate(&raw mut arena, layout) };
            assert!((block as usize).is_multiple_of(64));
            // SAFETY: the arena gave `size` bytes.
            unsafe { block.write_bytes(blocks.len() as u8, size) };
            blocks.push((block, size));
        }
        for (number, (block, size)) in blocks.into_iter().enumerate() {
            for i in 0..size {
                // SAFETY: written above, and the arena is still alive.
                assert_eq!(unsafe { block.add(i).read() }, number as u8);
            }
        }
    }

    #[test]
    fn what_has_no_size_is_not_asked_of_the_memory() {
        let mut arena = CallArena::new();
        let layout = Layout::from_size_align(0, 64).unwrap();
        // SAFETY: the arena is this test's own.
        let block = unsafe { CallArena::allocate(&raw mut arena, layout) };
        assert_eq!(block, std::ptr::without_provenance_mut(64));
    }

    #[test]
    fn an_arena_knows_who_made_it() {
        unsafe extern "C" fn nothing(_: *mut CallArena, _: usize, _: usize) -> *mut c_void {
            std::ptr::null_mut()
        }
        let mut arena = CallArena::new();
        // SAFETY: the arena is this test's own.
        assert!(unsafe { CallArena::is_own(&raw const arena) });
        arena.allocate = nothing;
        // SAFETY: as above.
        assert!(!unsafe { CallArena::is_own(&raw const arena) });
    }

    #[test]
    fn more_than_can_be_had_is_null() {
        let mut arena = CallArena::new();
        // SAFETY: the arena is this test's own.
        unsafe {
            assert!(allocate(&raw mut arena, usize::MAX, 1).is_null());
            assert!(allocate(&raw mut arena, 1, 3).is_null());
        }
    }
}
