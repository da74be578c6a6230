//! Proxies over implementations of this program's own.
//!
//! In a program, and in a bundle that is linked into one, such a proxy has a cell of
//! this crate's: it never changes, but for being poisoned, and its code stays as long
//! as the process. A loaded library may go, so there the host makes the cell.

mod cell;
mod client;
mod host;
mod record;

use std::sync::Arc;

use crate::abi::{ErrorKind, RawProxy};
use crate::contract::Contract;
use crate::host::library_host;
use crate::private::shared_instance;
use crate::proxy::{Proxy, ProxyCore};

/// A proxy over `implementation`.
pub fn local<C: Contract + ?Sized>(implementation: Arc<C::Shared>) -> C::Proxy {
    let shared = shared_instance::<C>(implementation);
    let raw = match library_host() {
        // SAFETY: the instance is one of `C`, and is handed over.
        Some(host) => unsafe { host::make(host, C::CLIENT, shared) },
        // SAFETY: as above; this code stays as long as the process.
        None => unsafe { cell::make(C::CLIENT, shared) },
    };
    // SAFETY: the cell was made for the client of `C`, and may be used from any
    // thread.
    C::Proxy::from_core(unsafe { ProxyCore::from_raw(raw) })
}

/// A reference to a cell that has nothing to call, because its provider is gone. Kept
/// by this side alone: whoever else gets it is told the same.
pub(crate) fn unloaded() -> RawProxy {
    cell::nothing(ErrorKind::Unloaded)
}
