//! What the design says of the types, for the compiler to check.

use std::error::Error;
use std::fmt::Debug;

use app_contract::{LogProxy, TwiceProxy};
use polyplug_guest::{ConfigError, HostHandle, PluginError, RequestError};
use polyplug_runtime::{
    BuildError, CallError, LoadError, LookupError, ManifestError, ProvideError, Registry,
    RegistryError, ReloadError, Runtime, UnloadError,
};

const _: () = {
    shared::<Runtime>();
    shared::<HostHandle>();
    shared::<LogProxy>();
    shared::<TwiceProxy>();
    threads::<Registry>();
    error::<BuildError>();
    error::<LoadError>();
    error::<ManifestError>();
    error::<LookupError>();
    error::<RegistryError>();
    error::<ReloadError>();
    error::<UnloadError>();
    error::<ProvideError>();
    error::<RequestError>();
    error::<ConfigError>();
    error::<CallError>();
    error::<CallError<String>>();
    assert!(size_of::<CallError>() == 2 * size_of::<usize>());
};

const fn shared<T: Clone + Debug + Send + Sync + 'static>() {}

const fn threads<T: Send + Sync + 'static>() {}

const fn error<E: Error + Send + Sync + 'static>() {}

/// Each error becomes a plugin's own, and each failure that of a method with errors.
#[expect(dead_code, reason = "the compiler is what checks it")]
fn conversions(error: LookupError, failure: CallError) -> (PluginError, CallError<String>) {
    (PluginError::from(error), CallError::from(failure))
}
