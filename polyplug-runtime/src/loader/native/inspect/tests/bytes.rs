//! Puts files together from numbers, for the formats' fixtures.

/// Bytes to which little-endian numbers are appended.
#[derive(Default)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Bytes {
    pub(super) fn u16s(&mut self, numbers: &[u16]) -> &mut Self {
        self.raw(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
    }

    pub(super) fn u32s(&mut self, numbers: &[u32]) -> &mut Self {
        self.raw(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
    }

    pub(super) fn u64s(&mut self, numbers: &[u64]) -> &mut Self {
        self.raw(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends `name` in a field of `size` bytes.
    pub(super) fn name(&mut self, name: &str, size: usize) -> &mut Self {
        self.raw(name.as_bytes()).zeros(size - name.len())
    }

    pub(super) fn zeros(&mut self, count: usize) -> &mut Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }

    /// Appends zeros up to the next multiple of `size`.
    pub(super) fn align(&mut self, size: usize) -> &mut Self {
        self.0.resize(self.0.len().next_multiple_of(size), 0);
        self
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes `value` over the bytes at `at`.
pub(super) fn patch<const N: usize>(file: &mut [u8], at: usize, value: [u8; N]) {
    file[at..at + N].copy_from_slice(&value);
}
