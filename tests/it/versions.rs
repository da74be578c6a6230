//! Older plugins on newer hosts, and newer plugins on older hosts.

use fixture_evolve_new as new;
use fixture_evolve_old as old;
use polyplug_runtime::{CallError, Contract, ContractId, ContractVersion, LookupError, Runtime};

use crate::support::{builder, library, runtime};

fn with(fixtures: &[&str]) -> Runtime {
    let runtime = runtime();
    for fixture in fixtures {
        runtime.load(library(fixture)).unwrap();
    }
    runtime
}

#[test]
fn an_older_plugin_on_a_newer_host_does_what_it_can() {
    let runtime = builder().contract::<dyn new::Evolving>().build().unwrap();
    runtime.load(library("fixture-evolve-old")).unwrap();
    let evolving = runtime.get::<dyn new::Evolving>().unwrap();
    assert_eq!(evolving.side().unwrap(), "old");
    assert_eq!(evolving.add(u32::MAX, 2).unwrap(), 1);
    let error = evolving.subtract(3, 2).unwrap_err();
    let CallError::Unavailable(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.bundle(), failure.method()), ("old", "subtract"));
    let error = evolving.exclaim("x".repeat(1000)).unwrap_err();
    assert!(matches!(error, CallError::Unavailable(_)), "{error}");
    assert_eq!(evolving.side().unwrap(), "old");
}

#[test]
fn a_newer_plugin_on_an_older_host_does_what_the_host_knows() {
    let runtime = builder().contract::<dyn old::Evolving>().build().unwrap();
    runtime.load(library("fixture-evolve-new")).unwrap();
    let evolving = runtime.get::<dyn old::Evolving>().unwrap();
    assert_eq!(evolving.side().unwrap(), "new");
    assert_eq!(evolving.add(2, 3).unwrap(), 5);
}

#[test]
fn both_forms_of_a_contract_are_one_contract() {
    let builder = builder().contract::<dyn old::Evolving>().contract::<dyn new::Evolving>();
    let runtime = builder.build().unwrap();
    runtime.load(library("fixture-evolve-new")).unwrap();
    runtime.load(library("fixture-evolve-old")).unwrap();
    assert_eq!(<dyn old::Evolving>::ID, <dyn new::Evolving>::ID);
    let all = runtime.get_all::<dyn new::Evolving>().unwrap();
    let sides: Vec<_> = all.iter().map(|one| one.side().unwrap()).collect();
    assert_eq!(sides, ["new", "old"]);
    assert_eq!(all[0].subtract(3, 2).unwrap(), 1);
    assert!(matches!(all[0].subtract(2, 3), Err(CallError::Method(_))));
    assert_eq!(all[0].exclaim("so".to_owned()).unwrap(), "so!");
    assert_eq!(runtime.get_all::<dyn old::Evolving>().unwrap().len(), 2);
    let versions: Vec<_> =
        runtime.providers::<dyn old::Evolving>().iter().map(|one| one.version()).collect();
    assert_eq!(versions, [ContractVersion::new(1, 2), ContractVersion::new(1, 0)]);
}

#[test]
fn a_request_for_at_least_a_version_passes_older_plugins_by() {
    let runtime = with(&["fixture-evolve-old", "fixture-evolve-new"]);
    let request = || runtime.request::<dyn new::Evolving>();
    assert_eq!(request().get().unwrap().side().unwrap(), "old");
    for minor in [1, 2] {
        assert_eq!(request().at_least(1, minor).get().unwrap().side().unwrap(), "new");
        assert_eq!(request().at_least(1, minor).all().unwrap().len(), 1);
    }
    let error = request().at_least(1, 3).get().unwrap_err();
    let LookupError::NotFound { version, hint, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*version, ContractVersion::new(1, 3));
    assert_eq!(
        hint,
        "there is `test.evolving@1.0` in bundle `old`, `test.evolving@1.2` in bundle `new`"
    );
}

#[test]
fn another_major_version_is_another_contract_and_said_to_be_there() {
    let runtime = with(&["fixture-evolve-old"]);
    assert_eq!(runtime.get::<dyn old::Replaced>().unwrap().major().unwrap(), 1);
    let error = runtime.get::<dyn new::Replaced>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no loaded bundle provides `test.replaced@2.0`; there is `test.replaced@1.0` in bundle `old`"
    );
    assert!(runtime.get_all::<dyn new::Replaced>().unwrap().is_empty());
    runtime.load(library("fixture-evolve-new")).unwrap();
    assert_eq!(runtime.get::<dyn new::Replaced>().unwrap().major().unwrap(), 2);
    assert_eq!(runtime.get_all::<dyn old::Replaced>().unwrap().len(), 1);
}

#[test]
fn below_one_every_minor_version_is_another_contract() {
    let id = |minor| ContractId::of_version("test.young", ContractVersion::new(0, minor));
    assert_eq!((<dyn old::Young>::ID, <dyn new::Young>::ID), (id(1), id(2)));
    let runtime = with(&["fixture-evolve-new"]);
    assert_eq!(runtime.get::<dyn new::Young>().unwrap().minor().unwrap(), "2");
    let error = runtime.get::<dyn old::Young>().unwrap_err();
    assert!(error.to_string().contains("`test.young@0.2` in bundle `new`"), "{error}");
    runtime.load(library("fixture-evolve-old")).unwrap();
    assert_eq!(runtime.get::<dyn old::Young>().unwrap().minor().unwrap(), 1);
    assert_eq!(runtime.get_all::<dyn old::Young>().unwrap().len(), 1);
}
