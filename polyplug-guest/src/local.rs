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

use crate::abi::{ContractClient, ErrorKind, ProxyCell, RawProxy};
use crate::contract::Contract;
use crate::host::library_host;
use crate::private::{Reach, SharedInstance, shared_instance};
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

/// What is behind a cell of this crate's, as its maker knows it, and how far the cell
/// leads. `None` for any other cell, and for one that has nothing to call.
///
/// # Safety
///
/// A reference to the cell is held for `'a`.
pub(crate) unsafe fn implementation<'a>(
    cell: *const ProxyCell,
) -> Option<(&'static ContractClient, &'a SharedInstance, Reach)> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { cell::implementation(cell) }
}

/// Another cell with the functions of the maker, for somebody with this reach. `None` for a
/// cell that is not of this crate's.
///
/// # Safety
///
/// A reference to the cell is held.
pub(crate) unsafe fn bind(cell: *const ProxyCell, reach: Reach) -> Option<RawProxy> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { cell::bind_as_made(cell, reach) }
}
