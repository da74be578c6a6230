//! What a bundle asks for, checked and answered.

use polyplug_guest::abi::{ContractClient, ErrorKind, LocalInstance, ProxyRequest, RawProxy};
use polyplug_guest::private::Panic;

use super::Host;

/// Why a request brings nothing.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(kind: ErrorKind, message: String) -> Self {
        Self { kind, message }
    }

    pub(super) fn panicked(panic: &Panic) -> Self {
        Self::new(ErrorKind::Panicked, format!("the host panicked: {panic}"))
    }
}

impl Host {
    /// # Safety
    ///
    /// The bundle lends `request`, and all that it points at, for this call.
    pub(super) unsafe fn request(
        &self,
        _request: *const ProxyRequest,
    ) -> Result<RawProxy, Refusal> {
        Err(Refusal::new(ErrorKind::Unavailable, String::new()))
    }

    /// # Safety
    ///
    /// The bundle lends both for this call; the instance is handed over if the call
    /// succeeds.
    pub(super) unsafe fn make_local(
        &self,
        _client: *const ContractClient,
        _local: *const LocalInstance,
    ) -> Result<RawProxy, Refusal> {
        Err(Refusal::new(ErrorKind::Unavailable, String::new()))
    }
}
