//! Owned sequences and texts that cross without a copy.

mod text;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::ManuallyDrop;
use std::ops::Deref;

use crate::abi::{RawLease, RawOwned, RawVec, TypeKind, TypeSchema};
use crate::convert::{Invalid, Plain, Value, copied};
use crate::host;

pub use text::AbiString;

/// A vector that crosses between a host and a plugin without a copy, as an argument and as
/// a result.
///
/// A [`Vec`] is copied by whoever receives it, so that it can do anything that a `Vec`
/// does. This stays where it was made, to be read, and goes back there when it is dropped.
/// So it keeps the bundle that it came from: unloading that is `Pending` until the last
/// such value is gone, and a reload leaves the version that made it in memory for as long.
///
/// Elements are those of which slices are lent: numbers, and `#[repr(C)]` structs of
/// numbers under `#[derive(Abi)]`.
///
/// ```
/// use polyplug_guest::{AbiVec, contract, plugin};
///
/// #[contract(name = "sound.synth", version = "1.0")]
/// pub trait Synth {
///     fn samples(&self, seconds: u32) -> AbiVec<f32>;
/// }
///
/// #[derive(Default)]
/// pub struct Silence;
///
/// #[plugin]
/// impl Synth for Silence {
///     fn samples(&self, seconds: u32) -> AbiVec<f32> {
///         vec![0.0; 48_000 * seconds as usize].into()
///     }
/// }
///
/// assert_eq!(Silence.samples(1).len(), 48_000);
/// assert_eq!(Silence.samples(1).iter().sum::<f32>(), 0.0);
/// ```
///
/// # Invariants
///
/// The elements were found whole. `release` is there, and its code stays for as long as
/// the value does: it is this copy's own where `lease` is null, else the lease keeps it.
pub struct AbiVec<T: Plain> {
    raw: RawOwned<T>,
}

// SAFETY: the elements are owned, and may be released on any thread, as may the lease.
unsafe impl<T: Plain + Send> Send for AbiVec<T> {}
// SAFETY: shared, it gives out nothing but shared elements.
unsafe impl<T: Plain + Sync> Sync for AbiVec<T> {}

impl<T: Plain> AbiVec<T> {
    /// An empty vector.
    pub fn new() -> Self {
        Vec::new().into()
    }

    /// The elements.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        let RawVec { ptr, len, .. } = self.raw.elements;
        if len == 0 {
            return &[];
        }
        // SAFETY: the elements were found whole, and stay for as long as this.
        unsafe { std::slice::from_raw_parts(ptr, len) }
    }

    /// A `Vec` of the elements: without a copy where this side made it.
    pub fn into_vec(self) -> Vec<T> {
        let RawOwned { elements, lease } = self.into_raw();
        let (ptr, len) = (elements.ptr, elements.len);
        // SAFETY: the elements are whole; what is foreign is copied before it is released,
        // and its code is kept by the lease until then.
        unsafe {
            let vec = elements.into_own().unwrap_or_else(|foreign| {
                let copy = if len == 0 { Vec::new() } else { copied(ptr, len) };
                foreign.release();
                copy
            });
            RawLease::end(lease);
            vec
        }
    }

    /// The parts, which are no longer dropped here.
    fn into_raw(self) -> RawOwned<T> {
        let this = ManuallyDrop::new(self);
        // SAFETY: it is not dropped.
        unsafe { std::ptr::read(&this.raw) }
    }
}

impl<T: Plain> Drop for AbiVec<T> {
    fn drop(&mut self) {
        // SAFETY: it is not used again, and by the invariant its code is there.
        unsafe { std::ptr::read(&self.raw).release() }
    }
}

impl<T: Plain> From<Vec<T>> for AbiVec<T> {
    fn from(elements: Vec<T>) -> Self {
        Self { raw: RawOwned { elements: RawVec::new(elements), lease: std::ptr::null() } }
    }
}

impl<T: Plain> From<AbiVec<T>> for Vec<T> {
    fn from(elements: AbiVec<T>) -> Self {
        elements.into_vec()
    }
}

impl<T: Plain> FromIterator<T> for AbiVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Vec::from_iter(elements).into()
    }
}

impl<T: Plain> Deref for AbiVec<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Plain> AsRef<[T]> for AbiVec<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<'a, T: Plain> IntoIterator for &'a AbiVec<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Plain + Clone> Clone for AbiVec<T> {
    /// A copy, which keeps nothing.
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

impl<T: Plain> Default for AbiVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for AbiVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<T: Plain + PartialEq> PartialEq for AbiVec<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Plain + Eq> Eq for AbiVec<T> {}

impl<T: Plain + PartialEq> PartialEq<[T]> for AbiVec<T> {
    fn eq(&self, other: &[T]) -> bool {
        self.as_slice() == other
    }
}

impl<T: Plain + PartialEq, const N: usize> PartialEq<[T; N]> for AbiVec<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.as_slice() == other
    }
}

impl<T: Plain + PartialEq> PartialEq<Vec<T>> for AbiVec<T> {
    fn eq(&self, other: &Vec<T>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Plain + Hash> Hash for AbiVec<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

// SAFETY: the elements move with their release function and what keeps that; any bits are
// valid elements.
unsafe impl<T: Plain> Value for AbiVec<T> {
    type Abi = RawOwned<T>;

    const SCHEMA: &'static TypeSchema = {
        assert!(T::PLAIN, "a vector of arrays without elements cannot cross: leave it out");
        &TypeSchema::new(TypeKind::AbiVec, &[<T as Value>::SCHEMA])
    };

    #[inline]
    fn into_abi(self) -> RawOwned<T> {
        let raw = self.into_raw();
        // What came from elsewhere goes on with the lease that it has.
        let lease = if raw.lease.is_null() { host::lease() } else { raw.lease };
        RawOwned { lease, ..raw }
    }

    #[inline]
    unsafe fn from_abi(abi: RawOwned<T>) -> Result<Self, Invalid> {
        // SAFETY: the elements are the other side's until they are released, and the lease
        // was not ended.
        let checked = unsafe { RawLease::check(abi.lease).and(abi.elements.as_slice().map(drop)) };
        let is_kept = !abi.lease.is_null() && abi.elements.release.is_some();
        match checked {
            Ok(()) if is_kept => Ok(Self { raw: abi }),
            _ => {
                let (ptr, len) = (abi.elements.ptr, abi.elements.len);
                let copy = checked.map(|()| match len {
                    0 => Vec::new(),
                    // SAFETY: the elements were found whole, and any bits are valid.
                    _ => unsafe { copied(ptr, len) },
                });
                // SAFETY: nothing refers to the elements any more, and the code that frees
                // them stays at least for the call in which they came.
                unsafe { abi.release() };
                copy.map(Self::from)
            }
        }
    }
}
