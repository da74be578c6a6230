//! A proxy that stays on one version.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::{Callee, Frame, Proxy, ProxyCore};
use crate::abi::{ErrorBuffer, ErrorKind, ProxyBinding, RawPin};
use crate::contract::Contract;

/// A proxy that stays on the version which was present when it was made, for hot loops:
/// a call costs less than through the proxy itself.
///
/// It keeps that version callable, also over a reload or an unload, so drop it soon: an
/// unload is `Pending` until then, and a reload that carries state over waits for it.
/// `pin` of a proxy makes one; it has the methods of the contract.
///
/// ```
/// use polyplug_guest::{CallError, contract};
///
/// #[contract(name = "math.adder", version = "1.0")]
/// pub trait Adder {
///     fn add(&self, a: u32, b: u32) -> u32;
/// }
///
/// fn sum(adder: &AdderProxy, numbers: &[u32]) -> Result<u32, CallError> {
///     let adder = adder.pin()?;
///     numbers.iter().try_fold(0, |sum, number| adder.add(sum, *number))
/// }
/// ```
pub struct Pinned<'p, P: Proxy> {
    methods: P::Pinned<'p>,
}

impl<'p, P: Proxy> Pinned<'p, P> {
    #[doc(hidden)]
    pub fn new(methods: P::Pinned<'p>) -> Self {
        Self { methods }
    }
}

impl<'p, P: Proxy> Deref for Pinned<'p, P> {
    type Target = P::Pinned<'p>;

    #[inline(always)]
    fn deref(&self) -> &P::Pinned<'p> {
        &self.methods
    }
}

impl<P: Proxy> DerefMut for Pinned<'_, P> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.methods
    }
}

impl<P: Proxy> fmt::Debug for Pinned<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pinned").field("contract", &P::Contract::NAME).finish_non_exhaustive()
    }
}

/// What the methods of a pinned proxy call through.
///
/// # Invariants
///
/// `pin` is one of the cell of `core`, and keeps what its binding points at until it is
/// released. `binding` is the pin's, or a static that says why there is nothing to call.
pub struct PinCore<'p, C: ?Sized> {
    core: &'p ProxyCore<C>,
    binding: *const ProxyBinding,
    pin: RawPin,
}

// SAFETY: what is pinned may be called from any thread, and the lease be given back on
// any; `binding` is written through `&mut` alone.
unsafe impl<C: ?Sized> Send for PinCore<'_, C> {}
// SAFETY: as above.
unsafe impl<C: ?Sized> Sync for PinCore<'_, C> {}

impl<'p, C: ?Sized> PinCore<'p, C> {
    /// Pins what is present. On failure `error` is written, unless the host is too old
    /// to pin anything, which is an outer `None`.
    pub(crate) fn new(core: &'p ProxyCore<C>, error: *mut ErrorBuffer) -> Option<Option<Self>> {
        let pinned = core.pin(error)?;
        Some(pinned.map(|pin| Self { core, binding: pin.binding, pin }))
    }
}

impl<C: ?Sized> Callee<C> for PinCore<'_, C> {
    #[inline(always)]
    fn proxy(&self) -> &ProxyCore<C> {
        self.core
    }

    #[inline(always)]
    unsafe fn enter(&self) -> Frame<'_> {
        // SAFETY: the pin keeps the binding, and the reference the cell; the rest is the
        // caller's promise.
        unsafe { Frame::enter_pinned(self.core.raw.cell, self.binding) }
    }

    fn poisoned(&mut self) {
        static POISONED: ProxyBinding = ProxyBinding::nothing(ErrorKind::Poisoned);
        self.binding = &POISONED;
    }
}

impl<C: ?Sized> Drop for PinCore<'_, C> {
    fn drop(&mut self) {
        // SAFETY: the lease is given back once, here.
        unsafe { (self.pin.release)(self.pin.lease) }
    }
}
