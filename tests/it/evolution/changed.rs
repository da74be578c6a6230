//! Contracts that were changed and kept their version.

use fixture_growing::{measuring, v1_0};
use polyplug_runtime::{LoadError, LookupError};

use super::page::block_below;
use crate::support::{builder, library, runtime};

const HOST: &str = "fn add(&self, a: u32, b: u32) -> u32";
const PLUGIN: &str = "fn add(&self, numbers: Vec<u32>) -> u64";

const HOST_TYPE: &str =
    "fn readings(&self) -> Vec<Reading>; struct Reading { at: u64, value: f64 }";
const PLUGIN_TYPE: &str =
    "fn readings(&self) -> Vec<Reading>; struct Reading { at: u64, value: f32, unit: String }";

#[test]
fn a_changed_method_is_refused_at_load_with_both_signatures() {
    let runtime = builder().contract::<dyn v1_0::Growing>().build().unwrap();
    let path = library("fixture-growing-changed");
    let error = runtime.load(&path).unwrap_err();
    let said = error.to_string().replace(path.to_str().unwrap(), "plugins/libgrowing.so");
    assert_eq!(said.trim(), block_below("Changed methods").trim());
    let LoadError::Incompatible { host, plugin, .. } = error else { panic!("{error}") };
    assert_eq!((&*host, &*plugin), (HOST, PLUGIN));
    assert!(runtime.bundles().is_empty());
}

#[test]
fn a_changed_method_is_refused_at_the_first_use_with_both_signatures() {
    let runtime = runtime();
    runtime.load(library("fixture-growing-changed")).unwrap();
    let error = runtime.get::<dyn v1_0::Growing>().unwrap_err();
    let LookupError::Incompatible { host, plugin, .. } = error else { panic!("{error}") };
    assert_eq!((&*host, &*plugin), (HOST, PLUGIN));
}

#[test]
fn a_changed_type_is_refused_at_load_with_both_layouts() {
    let runtime = builder().contract::<dyn measuring::Measuring>().build().unwrap();
    let path = library("fixture-growing-changed");
    let error = runtime.load(&path).unwrap_err();
    let said = error.to_string().replace(path.to_str().unwrap(), "plugins/libgrowing.so");
    assert_eq!(said.trim(), block_below("Changed types").trim());
    let LoadError::Incompatible { host, plugin, .. } = error else { panic!("{error}") };
    assert_eq!((&*host, &*plugin), (HOST_TYPE, PLUGIN_TYPE));
    assert!(runtime.bundles().is_empty());
}

#[test]
fn a_changed_type_is_refused_at_the_first_use_with_both_layouts() {
    let runtime = runtime();
    runtime.load(library("fixture-growing-changed")).unwrap();
    let error = runtime.get::<dyn measuring::Measuring>().unwrap_err();
    let LookupError::Incompatible { host, plugin, .. } = error else { panic!("{error}") };
    assert_eq!((&*host, &*plugin), (HOST_TYPE, PLUGIN_TYPE));
}
