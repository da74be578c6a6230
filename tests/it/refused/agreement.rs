//! Two places that contradict each other.

use fixture_failing_contracts::changed;
use polyplug_runtime::{LoadError, LookupError, RegistryError};

use super::image::Image;
use super::manifest::WHOLE;
use super::stage::Stage;

/// A manifest that contradicts the library beside it is refused; gives the field.
fn mismatch(text: &str, other: &str, parts: &[&str]) -> &'static str {
    let stage = Stage::new();
    let path = stage.directory(&WHOLE.replace(text, other));
    let error = stage.refuse(path, &[parts, &["make them agree"]].concat());
    let LoadError::Mismatch { field, .. } = error else { panic!("{error}") };
    field
}

#[test]
fn a_manifest_with_another_name_than_the_library_is_refused() {
    let parts = ["`name = fixture-truth`", "fixture-liar"];
    assert_eq!(mismatch("fixture-liar", "fixture-truth", &parts), "name");
}

#[test]
fn a_manifest_with_another_version_than_the_library_is_refused() {
    assert_eq!(mismatch("0.2.0", "0.3.0", &["`version = 0.3.0`", "0.2.0"]), "version");
}

#[test]
fn a_manifest_that_provides_other_contracts_than_the_library_is_refused() {
    let parts = ["`provides = test.interpreted@1.0, test.liar@1.1`", "test.liar@1.0"];
    assert_eq!(mismatch("test.liar@1.0", "test.liar@1.1", &parts), "provides");
}

/// What is registered is not what the manifest says.
fn provides(lie: &str, parts: &[&str]) {
    let stage = Stage::new();
    let path = Image::that_tells(lie).saved(&stage, "liar.so");
    let error = stage.refuse(path, &[parts, &["`provides`", "make them agree"]].concat());
    assert!(matches!(error, LoadError::Provides { .. }));
}

#[test]
fn a_library_that_registers_nothing_is_refused() {
    provides("nothing", &["test.interpreted@1.0, test.liar@1.0", "registered none"]);
}

#[test]
fn a_library_that_registers_less_than_it_says_is_refused() {
    provides("one less", &["registered test.liar@1.0"]);
}

#[test]
fn a_library_that_registers_another_contract_than_it_says_is_refused() {
    provides("another contract", &["registered test.interpreted@1.0, test.other@1.0"]);
}

#[test]
fn a_library_that_registers_a_contract_twice_is_refused() {
    let stage = Stage::new();
    let path = Image::that_tells("one twice").saved(&stage, "liar.so");
    let parts = ["already provides `test.liar`", "register the contract once"];
    let error = stage.refuse(path, &parts);
    let LoadError::Registry { source, .. } = error else { panic!("{error}") };
    assert!(matches!(source, RegistryError::DuplicateProvider { .. }));
}

#[test]
fn a_method_that_differs_from_the_known_contract_is_refused_with_both_signatures() {
    let stage = Stage::new();
    let path = Image::that_tells("changed signature").saved(&stage, "liar.so");
    let (ours, theirs) =
        ("fn status_of_two(&self) -> u32", "fn status_of_two(&self, seed: u64) -> String");
    let parts = ["`test.liar`", ours, theirs, "build both against one version of the contract"];
    let error = stage.refuse(path, &parts);
    let LoadError::Incompatible { host, plugin, .. } = error else { panic!("{error}") };
    assert_eq!((&*host, &*plugin), (ours, theirs));
}

#[test]
fn a_caller_who_knows_another_form_is_refused_with_both_signatures() {
    let stage = Stage::new();
    let error = stage.runtime.get::<dyn changed::Liar>().unwrap_err();
    let LookupError::Incompatible { bundle, contract, host, plugin } = error else {
        panic!("{error}")
    };
    assert_eq!((&*bundle, &*contract), ("fixture-liar", "test.liar"));
    assert_eq!(host, "fn status_of_two(&self, seed: u64) -> String");
    assert_eq!(plugin, "fn status_of_two(&self) -> u32");
}

#[test]
fn the_same_bundle_twice_is_refused() {
    let stage = Stage::new();
    let path = crate::support::library("fixture-liar");
    let parts = ["`fixture-liar@0.1.0`", "reload it, or unload it first"];
    let error = stage.refuse_load(path, &parts);
    assert!(matches!(error, LoadError::AlreadyLoaded { .. }));
}
