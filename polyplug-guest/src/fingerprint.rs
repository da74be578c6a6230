//! Hashes over the canonical form of a schema.

use xxhash_rust::const_xxh3::xxh3_64;

/// A chain of xxh3-64 hashes: each part is hashed together with all before it.
///
/// A part is eight little-endian bytes; a text is first hashed to such a part,
/// so that texts cannot run into their neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The chain with nothing in it.
    #[allow(clippy::new_without_default, reason = "used in constants, where `default` cannot be")]
    pub const fn new() -> Self {
        Self(0)
    }

    /// Adds a number.
    pub const fn number(self, part: u64) -> Self {
        let before = self.0.to_le_bytes();
        let part = part.to_le_bytes();
        let mut bytes = [0; 16];
        let mut i = 0;
        while i < 8 {
            bytes[i] = before[i];
            bytes[i + 8] = part[i];
            i += 1;
        }
        Self(xxh3_64(&bytes))
    }

    /// Adds a text.
    pub const fn text(self, part: &str) -> Self {
        self.number(xxh3_64(part.as_bytes()))
    }

    /// The hash of all parts.
    pub const fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_borders_of_the_parts_count() {
        let of = |parts: &[&str]| {
            parts.iter().fold(Fingerprint::new(), |chain, part| chain.text(part)).finish()
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
        assert_ne!(of(&["a"]), of(&["a", ""]));
    }
}
