//! What contracts and bundles are known by: names, versions, and the ids hashed from them.

use std::fmt;

use xxhash_rust::const_xxh3::xxh3_64;

/// The longest name of a contract or a bundle, in bytes.
pub const MAX_NAME_LEN: usize = 128;

/// The version of a contract: `major.minor`.
///
/// Within one major a contract only grows, so a provider of any minor can be
/// called. While the major is 0 each minor is a world of its own, as in Cargo.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ContractVersion {
    /// Changes when something that existed changes.
    pub major: u32,
    /// Grows when methods are added.
    pub minor: u32,
}

impl ContractVersion {
    /// The version `major.minor`.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for ContractVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The id of a contract: xxh3-64 of `guest_contract:<name>@<major>`.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractId(u64);

impl ContractId {
    /// The id of the contract `name` in its major version `major`, from 1 on.
    ///
    /// While the major is 0 the minor is part of the id, and
    /// [`ContractId::of_version`] gives it.
    ///
    /// ```
    /// use polyplug_guest::{ContractId, ContractVersion};
    ///
    /// let id = ContractId::of("text.transform", 1);
    /// assert_eq!(id, ContractId::of_version("text.transform", ContractVersion::new(1, 7)));
    /// ```
    pub const fn of(name: &str, major: u32) -> Self {
        Self::of_version(name, ContractVersion::new(major, 0))
    }

    /// The id of the contract `name` at `version`.
    ///
    /// Hashes `guest_contract:<name>@<major>`, and
    /// `guest_contract:<name>@0.<minor>` while the major is 0.
    pub const fn of_version(name: &str, version: ContractVersion) -> Self {
        Self::hashed("guest_contract:", name, version)
    }

    /// The id of the contract `name` at `version` as a service of a host's, which is
    /// another one than that of the contract as plugins provide it.
    ///
    /// Hashes `host_contract:<name>@<major>`, and `host_contract:<name>@0.<minor>` while
    /// the major is 0.
    pub const fn of_service(name: &str, version: ContractVersion) -> Self {
        Self::hashed("host_contract:", name, version)
    }

    const fn hashed(space: &str, name: &str, version: ContractVersion) -> Self {
        let text = IdText::new().text(space).text(name).text("@");
        let text = if version.major == 0 {
            text.text("0.").number(version.minor)
        } else {
            text.number(version.major)
        };
        Self(text.hash())
    }

    /// The id that crosses the ABI as `value`.
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// The id as it crosses the ABI.
    pub const fn to_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContractId({:016x})", self.0)
    }
}

/// The id of a bundle: xxh3-64 of its name.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId(u64);

impl BundleId {
    /// The id of the bundle `name`.
    pub const fn of(name: &str) -> Self {
        Self(xxh3_64(name.as_bytes()))
    }

    /// The id that crosses the ABI as `value`.
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// The id as it crosses the ABI.
    pub const fn to_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BundleId({:016x})", self.0)
    }
}

/// Whether `name` may name a contract or a bundle: parts of `[a-z][a-z0-9_-]*`
/// with dots between them, at most [`MAX_NAME_LEN`] bytes.
///
/// ```
/// use polyplug_guest::identity::is_valid_name;
///
/// assert!(is_valid_name("text.transform"));
/// assert!(!is_valid_name("Text..transform"));
/// ```
pub const fn is_valid_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_NAME_LEN {
        return false;
    }
    let mut at_start = true;
    let mut i = 0;
    while i < bytes.len() {
        at_start = match bytes[i] {
            b'a'..=b'z' => false,
            b'0'..=b'9' | b'_' | b'-' if !at_start => false,
            b'.' if !at_start => true,
            _ => return false,
        };
        i += 1;
    }
    !at_start
}

/// The text that an id is hashed from, put together at compile time.
struct IdText {
    bytes: [u8; MAX_NAME_LEN + 64],
    len: usize,
}

impl IdText {
    const fn new() -> Self {
        Self { bytes: [0; MAX_NAME_LEN + 64], len: 0 }
    }

    /// Appends `text`. What does not fit is left out: no valid name is so long.
    const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    const fn number(self, number: u32) -> Self {
        let text = if number >= 10 { self.number(number / 10) } else { self };
        let digit = [b'0' + (number % 10) as u8];
        match std::str::from_utf8(&digit) {
            Ok(digit) => text.text(digit),
            Err(_) => text,
        }
    }

    const fn hash(&self) -> u64 {
        xxh3_64(self.bytes.split_at(self.len).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hash_the_published_texts() {
        let id = ContractId::of("text.transform", 12);
        assert_eq!(id.to_u64(), xxhash_rust::xxh3::xxh3_64(b"guest_contract:text.transform@12"));
        let id = ContractId::of_version("a", ContractVersion::new(0, 30));
        assert_eq!(id.to_u64(), xxhash_rust::xxh3::xxh3_64(b"guest_contract:a@0.30"));
        let id = ContractId::of_service("app.log", ContractVersion::new(2, 1));
        assert_eq!(id.to_u64(), xxhash_rust::xxh3::xxh3_64(b"host_contract:app.log@2"));
        assert_eq!(BundleId::of("upper").to_u64(), xxhash_rust::xxh3::xxh3_64(b"upper"));
    }

    #[test]
    fn a_minor_is_a_world_of_its_own_only_below_one() {
        let of = |major, minor| ContractId::of_version("a", ContractVersion::new(major, minor));
        assert_ne!(of(0, 1), of(0, 2));
        assert_eq!(of(1, 1), of(1, 2));
        assert_ne!(of(1, 0), of(2, 0));
    }

    #[test]
    fn names_are_lower_case_and_dotted() {
        for name in ["a", "text.transform", "a-b_c.d1"] {
            assert!(is_valid_name(name), "{name}");
        }
        for name in ["", ".", "a.", ".a", "a..b", "A", "1a", "a.1", "-a", "ä", "a b"] {
            assert!(!is_valid_name(name), "{name}");
        }
        assert!(is_valid_name(&"a".repeat(MAX_NAME_LEN)));
        assert!(!is_valid_name(&"a".repeat(MAX_NAME_LEN + 1)));
    }
}
