//! The registry of a runtime, as its bundles come and go.

use fixture_life_contract::{Extra, Label, Tally, Worker};
use polyplug_runtime::{Contract, ContractHandle, RegistryError};

use crate::place::Place;
use crate::support::library;

#[test]
fn contracts_are_found_by_id_and_bundle() {
    let place = Place::new();
    let runtime = place.runtime();
    let registry = runtime.registry();
    assert_eq!((registry.count(), registry.find(<dyn Label>::ID)), (0, None));
    runtime.load(library("fixture-life")).unwrap();
    runtime.load(library("fixture-life-next")).unwrap();
    assert_eq!(registry.count(), 6);
    let all = registry.find_all(<dyn Label>::ID);
    assert_eq!(all.len(), 2);
    assert_eq!(registry.find(<dyn Label>::ID), Some(all[0]));
    let in_bundle = |bundle| registry.find_in_bundle(bundle, <dyn Label>::ID);
    assert_eq!(in_bundle("life@0.1.0"), Some(all[0]));
    assert_eq!(in_bundle("life@0.2.0"), Some(all[1]));
    assert_eq!(in_bundle("life"), Some(all[0]));
    assert_eq!((in_bundle("life@0.3.0"), in_bundle("life@"), in_bundle("")), (None, None, None));
    assert_eq!(registry.find_in_bundle("life@0.1.0", <dyn Extra>::ID), None);
    assert_eq!(registry.find_all(<dyn Extra>::ID).len(), 1);
}

#[test]
fn a_handle_tells_all_about_its_provider() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    runtime.load(&path).unwrap();
    let registry = runtime.registry();
    let handle = registry.find(<dyn Worker>::ID).unwrap();
    let described = registry.describe(handle).unwrap();
    let resolved = registry.resolve(handle).unwrap();
    for found in [&*resolved, &*described] {
        assert_eq!(found.contract_name(), "test.worker");
        assert_eq!(found.contract_id(), <dyn Worker>::ID);
        assert_eq!(found.contract_version(), <dyn Worker>::VERSION);
        assert_eq!(found.fingerprint(), <dyn Worker>::SCHEMA.fingerprint);
        assert_eq!(found.method_count(), 7);
        assert_eq!((found.bundle_name(), found.loader()), ("life", "native"));
        assert_eq!(found.bundle_version().to_string(), "0.1.0");
        assert_eq!(found.path(), Some(&*path));
    }
    assert_eq!(ContractHandle::from_u64(handle.to_u64()), handle);
}

#[test]
fn a_handle_is_stale_after_the_unload_and_its_place_is_used_again() {
    let place = Place::new();
    let runtime = place.runtime();
    let registry = runtime.registry();
    let mut indices = Vec::new();
    for round in 1..=5 {
        runtime.load(library("fixture-life")).unwrap();
        let handle = registry.find(<dyn Label>::ID).unwrap();
        assert_eq!(handle.generation(), round);
        let resolved = registry.resolve(handle).unwrap();
        runtime.unload("life").unwrap();
        assert_eq!(resolved.bundle_name(), "life", "what was resolved stays readable");
        drop(resolved);
        assert_eq!(registry.resolve(handle).err(), Some(RegistryError::StaleHandle { handle }));
        assert_eq!(registry.describe(handle).err(), Some(RegistryError::StaleHandle { handle }));
        indices.push(handle.index());
    }
    indices.iter().for_each(|index| assert!(*index < 3, "{indices:?}"));
    let never = ContractHandle::from_u64(1 << 32 | 1000);
    assert_eq!(registry.resolve(never).err(), Some(RegistryError::InvalidHandle { handle: never }));
}

#[test]
fn a_handle_stays_good_over_reloads_unless_its_contract_is_dropped() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let registry = runtime.registry();
    let [label, tally] =
        [<dyn Label>::ID, <dyn Tally>::ID].map(|contract| registry.find(contract).unwrap());
    place.install("fixture-life-next");
    runtime.reload("life").unwrap();
    assert_eq!(registry.find(<dyn Label>::ID), Some(label));
    assert_eq!(registry.resolve(label).unwrap().bundle_version().to_string(), "0.2.0");
    assert_eq!(registry.resolve(tally).err(), Some(RegistryError::StaleHandle { handle: tally }));
    assert_eq!(registry.find_all(<dyn Tally>::ID), []);
    let extra = registry.find(<dyn Extra>::ID).unwrap();
    assert_eq!(registry.resolve(extra).unwrap().contract_name(), "test.extra");
    assert_eq!(registry.count(), 3);
}

#[test]
fn the_revision_grows_with_what_succeeds() {
    let place = Place::new();
    let runtime = place.runtime();
    let revision = || runtime.registry().revision();
    let path = place.install("fixture-life");
    assert_eq!(revision(), 0);
    runtime.load(&path).unwrap();
    assert_eq!(revision(), 1);
    runtime.load(&path).unwrap_err();
    runtime.load(place.path("nothing")).unwrap_err();
    runtime.reload_from("life", place.path("nothing")).unwrap_err();
    assert_eq!(revision(), 1);
    runtime.reload("life").unwrap();
    assert_eq!(revision(), 2);
    runtime.unload("life").unwrap();
    assert_eq!(revision(), 3);
    runtime.unload("life").unwrap_err();
    assert_eq!(revision(), 3);
}
