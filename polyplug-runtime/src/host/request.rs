//! What a bundle asks for, checked and answered.

use std::sync::Arc;

use polyplug_guest::abi::{
    ContractClient, DestroyInstance, ErrorKind, LocalInstance, ProviderKind, ProxyRequest, RawProxy,
};
use polyplug_guest::private::{Invalid, Panic};
use polyplug_guest::{ContractId, ContractVersion};

use super::Host;
use crate::config::Config;
use crate::instance::{Client, MakeError};
use crate::loader::Contracts;
use crate::runtime::Shared;
use crate::schema::{Schema, read_table};

/// A request for a proxy.
pub(crate) struct Asked<'a> {
    pub(crate) kind: ProviderKind,
    pub(crate) client: &'a Client,
    /// The contract as the client knows it.
    pub(crate) schema: &'a Schema,
    /// `name` or `name@version`; empty for the first bundle that provides it.
    pub(crate) bundle: &'a str,
    pub(crate) config: &'a [u8],
    pub(crate) at_least: Option<ContractVersion>,
}

impl Asked<'_> {
    pub(crate) fn config(&self) -> Config {
        Config::from(self.config)
    }

    /// The contract as declarations and messages write it: `text.transform@1`.
    pub(crate) fn contract(&self) -> String {
        let ContractVersion { major, minor } = self.at_least.unwrap_or(self.schema.version);
        match major {
            0 => format!("{}@0.{minor}", self.schema.name),
            _ if self.at_least.is_some_and(|at_least| at_least.minor > 0) => {
                format!("{}@{major}.{minor}", self.schema.name)
            }
            _ => format!("{}@{major}", self.schema.name),
        }
    }
}

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

    pub(crate) fn panicked(panic: &Panic) -> Self {
        Self::new(ErrorKind::Panicked, format!("the host panicked: {panic}"))
    }

    fn invalid(what: impl std::fmt::Display) -> Self {
        Self::refused(format_args!("{what}; build the bundle again"))
    }

    /// `why` says what to do.
    fn refused(why: impl std::fmt::Display) -> Self {
        let message = format!("the request is not as the ABI says: {why}");
        Self::new(ErrorKind::InvalidArgument, message)
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(invalid)
    }
}

impl Host {
    /// Makes a proxy, and gives a reference to its cell.
    pub(crate) fn ask(&self, asked: &Asked<'_>) -> Result<RawProxy, Refusal> {
        let runtime = self.runtime()?;
        let cell = match asked.kind {
            ProviderKind::Bundle => runtime.plugin_for(self, asked)?,
            ProviderKind::Service => runtime.services.bind_for(self, asked)?,
        };
        Ok(cell.into_raw())
    }

    /// The contract of this name and version, if the runtime knows it from there.
    #[cfg_attr(not(feature = "lua"), allow(dead_code, reason = "only loaders of interpreters ask"))]
    pub(crate) fn contract(
        &self,
        kind: ProviderKind,
        name: &str,
        version: ContractVersion,
    ) -> Result<Arc<Schema>, Refusal> {
        let runtime = self.runtime()?;
        let found = match kind {
            ProviderKind::Bundle => runtime.contract(ContractId::of_version(name, version)),
            ProviderKind::Service => runtime.services.contract(name, version),
        };
        found.filter(|schema| schema.name == name).ok_or_else(|| {
            let message = match kind {
                ProviderKind::Service => runtime.services.not_found(name, version),
                ProviderKind::Bundle => format!(
                    "the runtime knows no contract `{name}@{version}`; it knows: {}; name it with `Runtime::builder().contract::<dyn C>()`, or load a native bundle that provides it",
                    runtime.names().join(", ")
                ),
            };
            Refusal::new(ErrorKind::NotFound, message)
        })
    }

    /// # Safety
    ///
    /// The bundle lends `request`, and all that it points at, for this call.
    pub(super) unsafe fn request(&self, request: *const ProxyRequest) -> Result<RawProxy, Refusal> {
        // SAFETY: the caller's promise covers the table and all it points at.
        unsafe {
            let request =
                read_table(request, "the request for a proxy").map_err(Refusal::refused)?;
            let kind = ProviderKind::from_u32(request.kind);
            let kind = kind.ok_or_else(|| Refusal::invalid("an unknown kind of provider"))?;
            let (client, schema) =
                Client::read_described(request.client).map_err(Refusal::refused)?;
            let any = ContractVersion::new(0, 0);
            self.ask(&Asked {
                kind,
                client: &client,
                schema: &schema,
                bundle: request.bundle.as_str()?,
                config: request.config.as_slice()?,
                at_least: (request.at_least != any).then_some(request.at_least),
            })
        }
    }

    /// # Safety
    ///
    /// The bundle lends both for this call; the instance is handed over if the call
    /// succeeds. Its functions are what the client's schema says, and may be called from
    /// any thread.
    pub(super) unsafe fn make_local(
        &self,
        client: *const ContractClient,
        local: *const LocalInstance,
    ) -> Result<RawProxy, Refusal> {
        // The runtime is asked only whether it is there.
        self.runtime()?;
        // SAFETY: the caller's promise covers both tables.
        let (client, local) =
            unsafe { (Client::read(client).map_err(Refusal::refused)?, read_local(local)?) };
        // SAFETY: as above.
        if !unsafe { client.is_served_by(local.functions) } {
            return Err(Refusal::invalid("the local instance has null functions"));
        }
        let locals = self.locals.get().and_then(std::sync::Weak::upgrade);
        let locals = locals.ok_or_else(|| self.unloaded())?;
        // SAFETY: the caller's promise; the set ends before the version is closed.
        match unsafe { locals.hand_over(client, &local) } {
            Ok(cell) => Ok(cell.into_raw()),
            Err(MakeError::Unloaded) => Err(self.unloaded()),
            Err(_) => Err(Refusal::invalid("the local instance does not fit its contract")),
        }
    }

    /// The runtime, while the bundle is loaded.
    fn runtime(&self) -> Result<Arc<Shared>, Refusal> {
        if self.presence.has_ended() {
            return Err(self.unloaded());
        }
        self.runtime.upgrade().ok_or_else(|| {
            let message = format!("the runtime of bundle `{}` is gone", self.name);
            Refusal::new(ErrorKind::Unloaded, message)
        })
    }

    fn unloaded(&self) -> Refusal {
        let message = format!("bundle `{}` is not loaded any more", self.name);
        Refusal::new(ErrorKind::Unloaded, message)
    }
}

/// # Safety
///
/// If `local` is not null and aligned it points at a table as long as its `size` says.
unsafe fn read_local(local: *const LocalInstance) -> Result<LocalInstance, Refusal> {
    // SAFETY: the caller's promise; what is asked for first is there in any version. A
    // null function is read as the absent one.
    unsafe {
        let is_table = !local.is_null()
            && local.is_aligned()
            && (&raw const (*local).size).read() >= size_of::<LocalInstance>();
        if !is_table {
            return Err(Refusal::invalid("no table describes the local instance"));
        }
        let destroy = (&raw const (*local).destroy).cast::<Option<DestroyInstance>>().read();
        let functions = (&raw const (*local).functions).read();
        let instance = (&raw const (*local).instance).read();
        match destroy {
            Some(destroy) => {
                let size = size_of::<LocalInstance>();
                Ok(LocalInstance { size, functions, instance, destroy })
            }
            None => Err(Refusal::invalid("the local instance has no `destroy`")),
        }
    }
}
