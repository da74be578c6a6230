//! Requests for proxies, built up step by step.

use std::fmt;
use std::marker::PhantomData;

use super::{HostRef, RequestError};
use crate::abi::{ErrorBuffer, ProviderKind, ProxyRequest, RawProxy, RawSlice, RawStr, Status};
use crate::contract::Contract;
use crate::identity::ContractVersion;
use crate::proxy::{Proxy, ProxyCore};

/// A request of a plugin for a proxy of contract `C`.
#[must_use = "nothing is looked up until `get` or `service` is called"]
pub struct Request<'h, C: ?Sized> {
    host: HostRef<'h>,
    bundle: String,
    config: Vec<u8>,
    at_least: ContractVersion,
    contract: PhantomData<fn() -> Box<C>>,
}

impl<'h, C: Contract + ?Sized> Request<'h, C> {
    pub(crate) fn new(host: HostRef<'h>) -> Self {
        let (bundle, config, at_least) = (String::new(), Vec::new(), ContractVersion::new(0, 0));
        Self { host, bundle, config, at_least, contract: PhantomData }
    }

    /// Asks for the provider in one bundle, which is `name` or `name@version`.
    pub fn bundle(mut self, bundle: impl Into<String>) -> Self {
        self.bundle = bundle.into();
        self
    }

    /// Gives the config to make the instance from; else it is empty.
    pub fn config(mut self, config: impl Into<Vec<u8>>) -> Self {
        self.config = config.into();
        self
    }

    /// Asks for a provider of this version or a later minor of it. Without it any
    /// minor will do.
    pub fn at_least(mut self, major: u32, minor: u32) -> Self {
        self.at_least = ContractVersion::new(major, minor);
        self
    }

    /// A proxy over a new instance of another bundle's plugin: of the first loaded
    /// one that will do.
    ///
    /// # Errors
    ///
    /// [`RequestError`] says why there is none. A bundle gets only what it declared
    /// that it needs: the error names what to add.
    pub fn get(self) -> Result<C::Proxy, RequestError> {
        self.make(ProviderKind::Bundle)
    }

    /// A proxy over the service that the host provides. Config and bundle mean
    /// nothing to a service.
    ///
    /// # Errors
    ///
    /// [`RequestError`] says why there is none.
    pub fn service(self) -> Result<C::Proxy, RequestError> {
        self.make(ProviderKind::Service)
    }

    fn make(self, kind: ProviderKind) -> Result<C::Proxy, RequestError> {
        let request = ProxyRequest {
            size: size_of::<ProxyRequest>(),
            kind: kind as u32,
            reserved: 0,
            client: C::CLIENT,
            bundle: RawStr::new(&self.bundle),
            config: RawSlice::new(&self.config),
            at_least: self.at_least,
        };
        let mut proxy = RawProxy { cell: std::ptr::null() };
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        let host = self.host;
        // SAFETY: the object is alive, and all the rest is lent for the call.
        let status =
            unsafe { ((*host.vtable()).request)(host.object(), &request, &mut proxy, error) };
        if status == Status::Ok as u32 {
            // SAFETY: a request that succeeded wrote a reference to a cell for the
            // client that it named.
            return Ok(C::Proxy::from_core(unsafe { ProxyCore::from_raw(proxy) }));
        }
        // SAFETY: the buffer was cleared and lent to one call, which failed.
        Err(match unsafe { ErrorBuffer::take(error) } {
            Ok(report) => RequestError::of(report),
            Err(invalid) => RequestError::Invalid(format!("the host failed, and {invalid}")),
        })
    }
}

impl<C: Contract + ?Sized> fmt::Debug for Request<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("contract", &C::NAME)
            .field("bundle", &self.bundle)
            .field("at_least", &self.at_least)
            .finish_non_exhaustive()
    }
}
