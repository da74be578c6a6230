//! Any value of any type that crosses comes back as it was, from Rust, C and Lua, called by
//! a host and by Lua.

mod in_c;
mod lending;
mod own;
mod owned;
mod values;

use std::fmt::Debug;
use std::time::Duration;

use fixture_crossing::{
    Crossing, Empty, Label, Lending, Level, Marker, Owned, Pair, Point, Shape, crossing_types,
};
use polyplug_runtime::{CallError, Contract, LuaLoader, PluginError, Runtime};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::{builder, library};
use values::Sample;

thread_local! {
    /// Each test has a thread of its own, and with that goes what it loaded.
    static RUNTIME: Runtime = {
        let builder = builder().loader(LuaLoader::new()).contract::<dyn Crossing>();
        let builder = builder.contract::<dyn Lending>().contract::<dyn Owned>();
        let runtime = builder.build().unwrap();
        runtime.load(library("fixture-crossing")).unwrap();
        runtime.load(in_c::library()).unwrap();
        let bundles = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bundles");
        runtime.load(bundles.join("crossing")).unwrap();
        runtime.load(bundles.join("crossing-relay")).unwrap();
        runtime
    };
}

/// All that give back whatever crosses with a copy.
const BUNDLES: &[&str] = &["fixture-crossing", "crossing-c", "crossing"];

/// These bundles, called by the host and by one more in Lua.
fn proxies<C: Contract + ?Sized>(runtime: &Runtime, bundles: &[&str]) -> Vec<C::Proxy> {
    let mut proxies = Vec::new();
    for &bundle in bundles {
        proxies.push(runtime.get_from::<C>(bundle).unwrap());
        let relayed = runtime.request::<C>().bundle("crossing-relay").config(bundle);
        proxies.push(relayed.get().unwrap());
    }
    proxies
}

/// Sends many values through all of them.
fn comes_back<C: Contract + ?Sized, T: Sample + Clone + Debug>(
    bundles: &[&str],
    call: impl Fn(&C::Proxy, T) -> Result<T, CallError>,
) where
    C::Proxy: Debug,
{
    let proxies = RUNTIME.with(|runtime| proxies::<C>(runtime, bundles));
    let config =
        ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&T::any(), |value| {
        for proxy in &proxies {
            let back = call(proxy, value.clone());
            let back = back.map_err(|error| {
                let why = error.failure().map_or(String::new(), |failure| failure.to_string());
                TestCaseError::fail(format!("{proxy:?}: {why}"))
            })?;
            prop_assert!(value.is_same(&back), "{proxy:?}: {value:?} came as {back:?}");
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

macro_rules! tests {
    ($($name:ident: $ty:ty;)*) => {$(
        #[test]
        fn $name() {
            comes_back::<dyn Crossing, $ty>(BUNDLES, |proxy, value| proxy.$name(value));
        }
    )*};
}

crossing_types!(tests);
