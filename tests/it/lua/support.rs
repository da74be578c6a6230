//! What the Lua tests share.

use std::fs;
use std::path::{Path, PathBuf};

use fixture_contracts::Greeter;
use fixture_lua_contracts::{Counter, Types};
use polyplug_runtime::{Bundle, LoadError, LuaLoader, Runtime, Source};

/// A runtime that knows the contracts of the tests and loads Lua.
pub(crate) fn runtime() -> Runtime {
    with_loader(LuaLoader::new())
}

pub(crate) fn with_loader(loader: LuaLoader) -> Runtime {
    let builder = crate::support::builder().loader(loader);
    let builder = builder.contract::<dyn Greeter>().contract::<dyn Types>();
    builder.contract::<dyn Counter>().build().unwrap()
}

/// The Lua bundle `name` of the fixtures.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bundles").join(name)
}

/// Writes a bare file.
pub(crate) fn write(directory: &Path, name: &str, source: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, source).unwrap();
    path
}

/// Loads a greeter whose class has this body behind `local Class = {}`.
pub(crate) fn greeter(runtime: &Runtime, body: &str) -> Result<Bundle, LoadError> {
    source(runtime, "greeter", "test.greeter@1.0", "test.greeter@1", body)
}

pub(crate) fn source(
    runtime: &Runtime,
    name: &str,
    provides: &str,
    contract: &str,
    body: &str,
) -> Result<Bundle, LoadError> {
    let manifest = manifest(name, provides);
    let text = format!(
        "local polyplug = require 'polyplug'\nlocal Class = {{}}\n{body}\n\
         return polyplug.bundle {{ ['{contract}'] = Class }}\n"
    );
    runtime.load_source(&manifest, Source::Text(text))
}

pub(crate) fn manifest(name: &str, provides: &str) -> String {
    format!(
        "name = \"{name}\"\nversion = \"1.0.0\"\nloader = \"lua\"\nprovides = [\"{provides}\"]\n"
    )
}

/// An error with all its sources.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
