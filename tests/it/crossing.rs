//! Any value of any type that crosses comes back as it was, from Rust, C and Lua, called by
//! a host and by Lua.

mod in_c;
mod lending;
mod own;
mod values;

use std::fmt::Debug;
use std::time::Duration;

use fixture_crossing::{
    Crossing, CrossingProxy, Empty, Label, Lending, Level, Marker, Pair, Point, Shape,
    crossing_types,
};
use polyplug_runtime::{CallError, LuaLoader, PluginError, Runtime};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::{builder, library};
use values::Sample;

thread_local! {
    /// Each test has a thread of its own, and with that goes what it loaded.
    static RUNTIME: Runtime = {
        let builder = builder().loader(LuaLoader::new()).contract::<dyn Crossing>();
        let builder = builder.contract::<dyn Lending>();
        let runtime = builder.build().unwrap();
        runtime.load(library("fixture-crossing")).unwrap();
        runtime.load(in_c::library()).unwrap();
        let bundles = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bundles");
        runtime.load(bundles.join("crossing")).unwrap();
        runtime.load(bundles.join("crossing-relay")).unwrap();
        runtime
    };
}

/// All plugins, called by the host and by one more in Lua.
fn proxies(runtime: &Runtime) -> Vec<CrossingProxy> {
    let mut proxies = Vec::new();
    for bundle in ["fixture-crossing", "crossing-c", "crossing"] {
        proxies.push(runtime.get_from::<dyn Crossing>(bundle).unwrap());
        let relayed = runtime.request::<dyn Crossing>().bundle("crossing-relay").config(bundle);
        proxies.push(relayed.get().unwrap());
    }
    proxies
}

/// Sends many values through all of them.
fn comes_back<T: Sample + Clone + Debug>(call: impl Fn(&CrossingProxy, T) -> Result<T, CallError>) {
    let proxies = RUNTIME.with(proxies);
    let config =
        ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&T::any(), |value| {
        for proxy in &proxies {
            let back = call(proxy, value.clone());
            let back = back.map_err(|error| {
                let why = error.failure().map_or(String::new(), |failure| failure.to_string());
                TestCaseError::fail(format!("{}: {why}", proxy.bundle_name()))
            })?;
            prop_assert!(
                value.is_same(&back),
                "{}: {value:?} came as {back:?}",
                proxy.bundle_name()
            );
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

macro_rules! tests {
    ($($name:ident: $ty:ty;)*) => {$(
        #[test]
        fn $name() {
            comes_back::<$ty>(|proxy, value| proxy.$name(value));
        }
    )*};
}

crossing_types!(tests);
