//! Text that crosses without a copy.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use super::AbiVec;
use crate::abi::{RawOwned, TypeKind, TypeSchema};
use crate::convert::{Invalid, Texts, Value};

/// A text that crosses between a host and a plugin without a copy: what [`AbiVec`] is to
/// `Vec`, this is to [`String`].
///
/// ```
/// use polyplug_guest::{AbiString, contract, plugin};
///
/// #[contract(name = "text.pages", version = "1.0")]
/// pub trait Pages {
///     fn page(&self, number: u32) -> AbiString;
/// }
///
/// #[derive(Default)]
/// pub struct Numbers;
///
/// #[plugin]
/// impl Pages for Numbers {
///     fn page(&self, number: u32) -> AbiString {
///         format!("page {number}").into()
///     }
/// }
///
/// assert_eq!(Numbers.page(7), "page 7");
/// assert!(Numbers.page(7).starts_with("page"));
/// ```
///
/// # Invariants
///
/// The bytes are UTF-8.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AbiString {
    bytes: AbiVec<u8>,
}

impl AbiString {
    /// An empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        // SAFETY: the bytes are UTF-8 by the invariant.
        unsafe { std::str::from_utf8_unchecked(&self.bytes) }
    }

    /// A `String` of the text: without a copy where this side made it.
    pub fn into_string(self) -> String {
        // SAFETY: the bytes are UTF-8 by the invariant.
        unsafe { String::from_utf8_unchecked(self.bytes.into_vec()) }
    }
}

impl From<String> for AbiString {
    fn from(text: String) -> Self {
        Self { bytes: text.into_bytes().into() }
    }
}

impl From<&str> for AbiString {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<AbiString> for String {
    fn from(text: AbiString) -> Self {
        text.into_string()
    }
}

impl Deref for AbiString {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for AbiString {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for AbiString {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Borrow<str> for AbiString {
    fn borrow(&self) -> &str {
        self
    }
}

impl fmt::Debug for AbiString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for AbiString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl PartialEq<str> for AbiString {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for AbiString {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for AbiString {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl Ord for AbiString {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other)
    }
}

impl PartialOrd for AbiString {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for AbiString {
    /// As `str` does.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

// SAFETY: the bytes move as they do in a vector, and are checked or vouched for.
unsafe impl Value for AbiString {
    type Abi = RawOwned<u8>;

    const SCHEMA: &'static TypeSchema = &TypeSchema::new(TypeKind::AbiString, &[]);

    const HAS_TEXTS: bool = true;

    #[inline]
    fn into_abi(self) -> RawOwned<u8> {
        self.bytes.into_abi()
    }

    #[inline]
    unsafe fn from_abi(abi: RawOwned<u8>) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise; nothing is vouched for.
        unsafe { Self::from_abi_with(abi, Texts::Checked) }
    }

    #[inline]
    unsafe fn from_abi_with(abi: RawOwned<u8>, texts: Texts) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise is the one that is asked for.
        let bytes = unsafe { AbiVec::from_abi(abi)? };
        if texts == Texts::Checked && simdutf8::basic::from_utf8(&bytes).is_err() {
            return Err(Invalid::Utf8);
        }
        Ok(Self { bytes })
    }
}
