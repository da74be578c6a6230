//! A local instance in a loaded library: the host makes the cell, because it outlives
//! the library.

use super::cell;
use crate::abi::{ContractClient, ErrorBuffer, ErrorKind, LocalInstance, RawProxy, Status};
use crate::host::HostRef;
use crate::private::SharedInstance;

/// A reference to a new cell over `shared`. When the host makes none, because the
/// bundle is about to go, to one that says so.
///
/// # Safety
///
/// `shared` serves the contract of `client`, and is handed over.
pub(super) unsafe fn make(
    host: HostRef<'static>,
    client: &'static ContractClient,
    shared: SharedInstance,
) -> RawProxy {
    let SharedInstance { functions, instance, destroy } = shared;
    let size = size_of::<LocalInstance>();
    let local = LocalInstance { size, functions, instance, destroy };
    let mut proxy = RawProxy { cell: std::ptr::null() };
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    // SAFETY: the host lends its object for as long as this code runs; the rest is
    // this function's own. On failure the instance still is, too.
    unsafe {
        let make_local = (*host.vtable()).make_local;
        let status = make_local(host.object(), client, &local, &mut proxy, error);
        if status == Status::Ok as u32 && !proxy.cell.is_null() {
            return proxy;
        }
        let kind = ErrorBuffer::take(error).map_or(ErrorKind::InvalidReply, |report| report.kind);
        shared.destroy();
        cell::nothing(kind)
    }
}
