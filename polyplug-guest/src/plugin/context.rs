//! What the maker of an instance is told.

use std::path::Path;

use super::ConfigRef;
use crate::abi::{CreateContext, copy_table};
use crate::contract::Contract;
use crate::convert::Invalid;
use crate::host::{HostHandle, HostRef, Logger, Request, RequestError};

/// What a plugin is told when an instance of it is made, and what it can ask for.
///
/// [`handle`](Self::handle) gives the same for later.
///
/// ```
/// use polyplug_guest::{Context, PluginError, contract, plugin};
///
/// /// What the host offers to plugins.
/// #[contract(name = "app.metrics", version = "1.0")]
/// pub trait Metrics {
///     fn count(&self, name: &str, by: u64);
/// }
///
/// #[contract(name = "text.lines", version = "1.0")]
/// pub trait Lines {
///     fn lines(&self, text: &str) -> Result<u64, PluginError>;
/// }
///
/// pub struct Counter {
///     metrics: MetricsProxy,
/// }
///
/// impl Counter {
///     fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
///         cx.log().info(format_args!("begins in {}", cx.bundle_name()));
///         Ok(Self { metrics: cx.service::<dyn Metrics>()? })
///     }
/// }
///
/// #[plugin(create = Self::create)]
/// impl Lines for Counter {
///     fn lines(&self, text: &str) -> Result<u64, PluginError> {
///         let lines = text.lines().count() as u64;
///         self.metrics.count("lines", lines)?;
///         Ok(lines)
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Context<'a> {
    config: ConfigRef<'a>,
    bundle_name: &'a str,
    path: &'a Path,
    host: HostRef<'a>,
}

impl<'a> Context<'a> {
    /// The config that the host gave for this instance; empty when it gave none.
    pub fn config(&self) -> ConfigRef<'a> {
        self.config
    }

    /// The name of the bundle that the plugin is in.
    pub fn bundle_name(&self) -> &'a str {
        self.bundle_name
    }

    /// Where the bundle was loaded from: its directory, or its file when it is
    /// a bare one. Empty when it came from no file.
    pub fn path(&self) -> &'a Path {
        self.path
    }

    /// Writes to the host's log.
    pub fn log(&self) -> Logger<'a> {
        Logger::new(self.host)
    }

    /// A proxy over a new instance of another bundle's plugin, with an empty config.
    ///
    /// The bundle must declare that it needs the contract:
    /// `bundle!(.., depends = ["text.transform@1"])`.
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
    pub fn request<C: Contract + ?Sized>(&self) -> Request<'a, C> {
        Request::new(self.host)
    }

    /// The same, for as long as the instance wants it.
    pub fn handle(&self) -> HostHandle {
        HostHandle::new(self.host, self.config.bytes())
    }

    /// # Safety
    ///
    /// `raw` points at a context that the host lends for `'a`.
    pub(crate) unsafe fn lift(raw: *const CreateContext) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise covers the table and what it lends.
        unsafe {
            let raw = copy_table(raw)?;
            Ok(Self {
                config: ConfigRef::new(raw.config.as_slice()?),
                bundle_name: raw.bundle_name.as_str()?,
                path: Path::new(raw.path.as_str()?),
                host: HostRef::new_or_older(raw.host),
            })
        }
    }
}
