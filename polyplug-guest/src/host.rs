//! What a bundle asks of its host: proxies, services, and the log.

mod absent;
mod error;
mod library;
mod log;
mod request;
#[cfg(feature = "log")]
mod route_log;
#[cfg(feature = "tracing")]
mod route_tracing;

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use crate::abi::{HostObject, HostVtable, RawHost};
use crate::contract::Contract;
use crate::plugin::ConfigRef;

pub use error::RequestError;
pub use library::enter_library;
pub(crate) use library::{lease, library_host};
pub use log::Logger;
pub use request::Request;

/// The host, as an instance may keep it: the same as its
/// [`Context`](crate::Context), also after the instance was made.
///
/// It keeps neither the bundle nor the runtime alive: once the bundle is unloaded,
/// or the runtime is gone, requests say so.
///
/// ```
/// use polyplug_guest::{CallError, Context, HostHandle, PluginError, contract, plugin};
///
/// #[contract(name = "text.transform", version = "1.0")]
/// pub trait Transform {
///     fn transform(&self, input: &str) -> String;
/// }
///
/// /// Turns text around by way of whoever provides `text.transform` at the moment.
/// pub struct Twice {
///     host: HostHandle,
/// }
///
/// #[contract(name = "text.twice", version = "1.0")]
/// pub trait Doubling {
///     fn twice(&self, input: &str) -> Result<String, PluginError>;
/// }
///
/// impl Twice {
///     fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
///         Ok(Self { host: cx.handle() })
///     }
/// }
///
/// #[plugin(create = Self::create)]
/// impl Doubling for Twice {
///     fn twice(&self, input: &str) -> Result<String, PluginError> {
///         let transform = self.host.get::<dyn Transform>()?;
///         let once = transform.transform(input)?;
///         self.host.log().debug(format_args!("made {} bytes", once.len()));
///         Ok(transform.transform(&once)?)
///     }
/// }
///
/// polyplug_guest::bundle!(Twice, name = "twice", depends = ["text.transform@1"]);
/// ```
#[derive(Clone)]
pub struct HostHandle {
    host: OwnedHost,
    config: Arc<[u8]>,
}

impl HostHandle {
    pub(crate) fn new(host: HostRef<'_>, config: &[u8]) -> Self {
        Self { host: host.to_owned(), config: config.into() }
    }

    /// The config that the host gave for the instance; empty when it gave none.
    pub fn config(&self) -> ConfigRef<'_> {
        ConfigRef::new(&self.config)
    }

    /// The name of the bundle that the plugin is in.
    pub fn bundle_name(&self) -> &str {
        self.host.as_ref().bundle_name()
    }

    /// Where the bundle was loaded from: its directory, or its file when it is
    /// a bare one. Empty when it came from no file.
    pub fn path(&self) -> &Path {
        self.host.as_ref().path()
    }

    /// Writes to the host's log.
    pub fn log(&self) -> Logger<'_> {
        Logger::new(self.host.as_ref())
    }

    /// A proxy over a new instance of another bundle's plugin, with an empty config.
    ///
    /// # Errors
    ///
    /// As for [`Request::get`].
    pub fn get<C: Contract + ?Sized>(&self) -> Result<C::Proxy, RequestError> {
        self.request::<C>().get()
    }

    /// A proxy over a service of the host's.
    ///
    /// # Errors
    ///
    /// As for [`Request::service`].
    pub fn service<C: Contract + ?Sized>(&self) -> Result<C::Proxy, RequestError> {
        self.request::<C>().service()
    }

    /// Begins a request that says more than which contract.
    pub fn request<C: Contract + ?Sized>(&self) -> Request<'_, C> {
        Request::new(self.host.as_ref())
    }
}

impl fmt::Debug for HostHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostHandle").field("bundle", &self.bundle_name()).finish_non_exhaustive()
    }
}

/// What the host keeps for the bundle, lent.
///
/// # Invariants
///
/// `object` is a host's, and stays for `'a` with all that it points at.
#[derive(Clone, Copy)]
pub(crate) struct HostRef<'a> {
    object: *const HostObject,
    lent: PhantomData<&'a HostObject>,
}

// SAFETY: the host's functions may be called from any thread.
unsafe impl Send for HostRef<'_> {}
// SAFETY: as above.
unsafe impl Sync for HostRef<'_> {}

impl<'a> HostRef<'a> {
    /// `None` when `object` is null.
    ///
    /// # Safety
    ///
    /// If it is not null, `object` is what a host gave, and stays for `'a`.
    pub(crate) unsafe fn new(object: *const HostObject) -> Option<Self> {
        (!object.is_null()).then_some(Self { object, lent: PhantomData })
    }

    /// As [`new`](Self::new), and for null what stands for a host that is older.
    ///
    /// # Safety
    ///
    /// As for [`new`](Self::new).
    pub(crate) unsafe fn new_or_older(object: *const HostObject) -> Self {
        // SAFETY: the caller's promise is the one that is asked for; what stands for an
        // older host is a constant.
        unsafe { Self::new(object) }.unwrap_or(Self { object: absent::object(), lent: PhantomData })
    }

    fn to_owned(self) -> OwnedHost {
        // SAFETY: by the type's invariant the object is alive.
        unsafe { ((*self.vtable()).retain)(self.object) };
        OwnedHost { raw: RawHost { object: self.object } }
    }

    fn bundle_name(self) -> &'a str {
        // SAFETY: the text is the object's own, which stays for `'a`.
        unsafe { ((*self.vtable()).bundle_name)(self.object).as_str() }.unwrap_or_default()
    }

    fn path(self) -> &'a Path {
        // SAFETY: as above.
        Path::new(unsafe { ((*self.vtable()).path)(self.object).as_str() }.unwrap_or_default())
    }

    pub(crate) fn object(self) -> *const HostObject {
        self.object
    }

    /// The host's table, which stays for `'a`. It may be shorter than is known here, so
    /// it is not borrowed whole.
    pub(crate) fn vtable(self) -> *const HostVtable {
        // SAFETY: by the type's invariant the object stays for `'a`.
        unsafe { (*self.object).vtable }
    }
}

impl fmt::Debug for HostRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("bundle", &self.bundle_name()).finish_non_exhaustive()
    }
}

/// One counted reference to what the host keeps for the bundle.
struct OwnedHost {
    raw: RawHost,
}

// SAFETY: the host's functions may be called from any thread.
unsafe impl Send for OwnedHost {}
// SAFETY: as above.
unsafe impl Sync for OwnedHost {}

impl OwnedHost {
    fn as_ref(&self) -> HostRef<'_> {
        HostRef { object: self.raw.object, lent: PhantomData }
    }
}

impl Clone for OwnedHost {
    fn clone(&self) -> Self {
        self.as_ref().to_owned()
    }
}

impl Drop for OwnedHost {
    fn drop(&mut self) {
        // SAFETY: the reference is given back once, here.
        unsafe { ((*self.as_ref().vtable()).release)(self.raw.object) }
    }
}
