//! The key of a registry place.

use std::fmt;

/// Names one provider of one contract, for as long as it is loaded.
///
/// A reload keeps the handle good; after an unload it is stale for ever, also when
/// the place that it named is used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractHandle {
    index: u32,
    generation: u32,
}

impl ContractHandle {
    /// The generation of a place's first user, so that 0 is never a good handle.
    pub(super) const FIRST_GENERATION: u32 = 1;

    pub(super) const fn new(index: u32, generation: u32) -> Self {
        Self { index, generation }
    }

    /// The place in the registry.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// Which user of the place is meant.
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// The handle as one number, the generation in the high half.
    pub const fn to_u64(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The handle that [`to_u64`](Self::to_u64) gave as `value`. Of any other number
    /// it makes a handle that does not resolve.
    pub const fn from_u64(value: u64) -> Self {
        Self { index: value as u32, generation: (value >> 32) as u32 }
    }
}

impl fmt::Debug for ContractHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContractHandle({self})")
    }
}

/// Writes `index.generation`.
impl fmt::Display for ContractHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_holds_the_generation_high_and_the_index_low() {
        let handle = ContractHandle::new(7, 3);
        assert_eq!(handle.to_u64(), 3 << 32 | 7);
        assert_eq!(ContractHandle::from_u64(handle.to_u64()), handle);
        let last = ContractHandle::new(u32::MAX, u32::MAX);
        assert_eq!(ContractHandle::from_u64(u64::MAX), last);
    }
}
