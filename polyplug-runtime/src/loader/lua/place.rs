//! Numbers at an address, in one of the two forms that they have there.

use polyplug_guest::abi::RawVec;

/// A value, as it lies in memory or as it is passed in a register: numbers of
/// less than 32 bits are passed as 32.
///
/// # Invariants
///
/// The address is good for what the plan of the value says, for as long as the
/// call lasts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    address: *mut u8,
    is_passed: bool,
}

impl Place {
    /// A value as an element or a field.
    ///
    /// # Safety
    ///
    /// `address` points at a value in memory, or at room for one.
    pub(super) unsafe fn in_memory(address: *mut u8) -> Self {
        Self { address, is_passed: false }
    }

    /// A value as an argument or a result.
    ///
    /// # Safety
    ///
    /// `address` points at a value in the form in which it is passed, or at room
    /// for one.
    pub(super) unsafe fn passed(address: *mut u8) -> Self {
        Self { address, is_passed: true }
    }

    /// A field of the value, which is itself in memory.
    ///
    /// # Safety
    ///
    /// The value has a field at `offset`.
    pub(super) unsafe fn field(self, offset: usize) -> Self {
        // SAFETY: the caller's promise, within the value.
        unsafe { Self::in_memory(self.address.add(offset)) }
    }

    /// Where the value lies.
    pub(super) fn address(self) -> *mut u8 {
        self.address
    }

    /// # Safety
    ///
    /// The value is a `T` in both forms.
    pub(super) unsafe fn read<T: Copy>(self) -> T {
        // SAFETY: the invariant and the caller's promise. A caller that lies
        // about alignment must not matter.
        unsafe { self.address.cast::<T>().read_unaligned() }
    }

    /// Looks at an owned sequence, without taking it over.
    ///
    /// # Safety
    ///
    /// The value is a `RawVec`, of whatever elements.
    pub(super) unsafe fn read_vec(self) -> RawVec<u8> {
        // SAFETY: the caller's promise; the type of the elements does not change
        // the layout.
        unsafe { self.address.cast::<RawVec<u8>>().read_unaligned() }
    }

    /// # Safety
    ///
    /// The value is a `T` in both forms.
    pub(super) unsafe fn write<T>(self, value: T) {
        // SAFETY: the invariant and the caller's promise.
        unsafe { self.address.cast::<T>().write_unaligned(value) }
    }

    /// Reads a small unsigned number. What does not fit its type is passed on:
    /// it came from a caller that keeps to the ABI or is wrong in any case.
    ///
    /// # Safety
    ///
    /// The value is a `T`, passed as `u32`.
    pub(super) unsafe fn read_small_unsigned<T: Copy + Into<u32>>(self) -> u32 {
        // SAFETY: the form says which of the two it is.
        unsafe { if self.is_passed { self.read() } else { self.read::<T>().into() } }
    }

    /// # Safety
    ///
    /// The value is a `T`, passed as `i32`.
    pub(super) unsafe fn read_small_signed<T: Copy + Into<i32>>(self) -> i32 {
        // SAFETY: the form says which of the two it is.
        unsafe { if self.is_passed { self.read() } else { self.read::<T>().into() } }
    }

    /// # Safety
    ///
    /// The value is a `T`, passed as `u32`.
    pub(super) unsafe fn write_small_unsigned<T: Into<u32>>(self, value: T) {
        // SAFETY: the form says which of the two it is.
        unsafe { if self.is_passed { self.write::<u32>(value.into()) } else { self.write(value) } }
    }

    /// # Safety
    ///
    /// The value is a `T`, passed as `i32`.
    pub(super) unsafe fn write_small_signed<T: Into<i32>>(self, value: T) {
        // SAFETY: the form says which of the two it is.
        unsafe { if self.is_passed { self.write::<i32>(value.into()) } else { self.write(value) } }
    }
}
