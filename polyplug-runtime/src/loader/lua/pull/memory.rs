//! Memory of the call, which goes with it.

use std::alloc::Layout;

use polyplug_guest::abi::{CallArena, RawSlice, RawVec};

use super::{Mismatch, Reader};
use crate::loader::lua::plan::Plan;

impl Reader<'_> {
    /// # Safety
    ///
    /// The arena is that of the running call.
    pub(super) unsafe fn copied(self, plan: &Plan, bytes: &[u8]) -> Result<RawVec<u8>, Mismatch> {
        // SAFETY: the caller's promise; the memory is as large as asked for.
        unsafe {
            let memory = CallArena::allocate(self.arena, Layout::for_value(bytes));
            if memory.is_null() {
                return Err(Mismatch::new(plan, "more than memory can hold"));
            }
            memory.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Ok(RawVec { ptr: memory, len: bytes.len(), capacity: bytes.len(), release: None })
        }
    }

    /// A copy of memory that holds elements, for a call.
    ///
    /// # Safety
    ///
    /// As for [`Reader::results`]; the memory holds elements of the plan's type.
    pub(in crate::loader::lua) unsafe fn copied_elements(
        self,
        plan: &Plan,
        memory: RawSlice<u8>,
    ) -> Result<RawVec<u8>, Mismatch> {
        let element = plan.element();
        // SAFETY: the caller's promise; the arena gives as much memory as is asked for.
        unsafe {
            let copy = self.allocate(plan, memory.len, element)?;
            copy.copy_from_nonoverlapping(memory.ptr, memory.len * element.size);
            Ok(RawVec { ptr: copy, len: memory.len, capacity: memory.len, release: None })
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::copied`].
    pub(super) unsafe fn allocate(
        self,
        plan: &Plan,
        len: usize,
        of: &Plan,
    ) -> Result<*mut u8, Mismatch> {
        let size = len.checked_mul(of.size);
        let layout = size.and_then(|size| Layout::from_size_align(size, of.align).ok());
        let memory = match layout {
            // SAFETY: the caller's promise.
            Some(layout) => unsafe { CallArena::allocate(self.arena, layout) },
            None => std::ptr::null_mut(),
        };
        if memory.is_null() {
            Err(Mismatch::new(plan, "more than memory can hold"))
        } else {
            Ok(memory)
        }
    }
}
