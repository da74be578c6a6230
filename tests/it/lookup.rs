//! From a contract to proxies: whose, in which order, and why there is none.

use fixture_life_contract::{Extra, Label, Tally, Worker};
use polyplug_runtime::{Config, Contract, ContractVersion, LoadError, LookupError};
use polyplug_runtime::{ReloadError, Runtime, UnloadError};

use crate::place::Place;
use crate::support::library;

/// Both versions side by side, the older one loaded first.
fn both(place: &Place) -> Runtime {
    let runtime = place.runtime();
    runtime.load(library("fixture-life")).unwrap();
    runtime.load(library("fixture-life-next")).unwrap();
    runtime
}

#[test]
fn versions_live_side_by_side_and_are_asked_for_by_name_and_version() {
    let place = Place::new();
    let runtime = both(&place);
    let generation = |bundle: &str| {
        let label = runtime.get_from::<dyn Label>(bundle).unwrap();
        label.generation().unwrap()
    };
    assert_eq!((generation("life@0.1.0"), generation("life@0.2.0")), (1, 2));
    let error = runtime.load(library("fixture-life-next")).unwrap_err();
    assert!(error.to_string().starts_with("bundle `life@0.2.0` ("), "{error}");
    let LoadError::AlreadyLoaded { bundle, version, .. } = error else { panic!("{error:?}") };
    assert_eq!((&*bundle, &*version.to_string()), ("life", "0.2.0"));
    assert_eq!(runtime.bundles().len(), 2);
}

#[test]
fn a_name_alone_is_ambiguous_where_versions_live_side_by_side() {
    let place = Place::new();
    let runtime = both(&place);
    let both = "life@0.1.0, life@0.2.0";
    let error = runtime.reload("life").unwrap_err();
    assert!(matches!(&error, ReloadError::Ambiguous { loaded, .. } if loaded == both), "{error}");
    let error = runtime.unload("life").unwrap_err();
    assert!(matches!(&error, UnloadError::Ambiguous { loaded, .. } if loaded == both), "{error}");
    assert_eq!(runtime.bundles().len(), 2);
    runtime.unload("life@0.1.0").unwrap();
    runtime.reload("life").unwrap();
    assert_eq!(runtime.bundles()[0].version().to_string(), "0.2.0");
}

#[test]
fn a_reload_does_not_turn_one_version_into_another_that_is_loaded() {
    let place = Place::new();
    let runtime = both(&place);
    let error = runtime.reload_from("life@0.1.0", library("fixture-life-next")).unwrap_err();
    let ReloadError::Load { source, .. } = &error else { panic!("{error:?}") };
    assert!(source.to_string().contains("loaded already"), "{source}");
    let label = runtime.get_from::<dyn Label>("life@0.1.0").unwrap();
    assert_eq!(label.generation().unwrap(), 1);
}

#[test]
fn what_is_loaded_first_comes_first() {
    let place = Place::new();
    let runtime = both(&place);
    let generations = || -> Vec<u32> {
        let all = runtime.get_all::<dyn Label>().unwrap();
        all.iter().map(|label| label.generation().unwrap()).collect()
    };
    let first = || runtime.get::<dyn Label>().unwrap().generation().unwrap();
    assert_eq!((generations(), first()), (vec![1, 2], 1));
    runtime.reload("life@0.1.0").unwrap();
    assert_eq!((generations(), first()), (vec![1, 2], 1), "a reload keeps its place");
    runtime.unload("life@0.1.0").unwrap();
    assert_eq!((generations(), first()), (vec![2], 2));
    runtime.load(library("fixture-life")).unwrap();
    assert_eq!((generations(), first()), (vec![2, 1], 2), "who comes anew comes last");
    let names: Vec<_> = runtime.bundles().iter().map(|b| b.version().to_string()).collect();
    assert_eq!(names, ["0.2.0", "0.1.0"]);
}

#[test]
fn configs_reach_their_instances() {
    let place = Place::new();
    let runtime = both(&place);
    let label = |config: Config| runtime.get_with::<dyn Label>(config).unwrap().label().unwrap();
    assert_eq!(label("label = 'a'".into()), "a");
    assert_eq!(label("label = 'ä'".to_owned().into()), "ä");
    assert_eq!(label(b"label = 'c'"[..].into()), "c");
    assert_eq!(label(Vec::new().into()), "");
    let from = runtime.request::<dyn Label>().bundle("life@0.2.0").config("label = 'd'");
    let from = from.get().unwrap();
    assert_eq!((from.label().unwrap(), from.generation().unwrap()), ("d".to_owned(), 2));
    let all = runtime.request::<dyn Label>().config("label = 'e'").all().unwrap();
    assert!(all.iter().all(|label| label.label().unwrap() == "e"));
}

#[test]
fn a_request_says_which_bundle_config_and_version() {
    let place = Place::new();
    let runtime = both(&place);
    let request = || runtime.request::<dyn Label>();
    assert_eq!(request().at_least(1, 0).get().unwrap().generation().unwrap(), 1);
    assert_eq!(request().at_least(1, 0).all().unwrap().len(), 2);
    assert_eq!(request().bundle("life@0.2.0").all().unwrap().len(), 1);
    assert_eq!(request().bundle("other").all().unwrap().len(), 0);
    assert_eq!(request().at_least(1, 1).all().unwrap().len(), 0);
    let error = request().bundle("life@0.2.0").at_least(1, 1).get().unwrap_err();
    let LookupError::NotInBundle { bundle, version, .. } = error else { panic!("{error:?}") };
    assert_eq!((bundle.as_str(), version), ("life@0.2.0", ContractVersion::new(1, 1)));
    assert!(matches!(request().at_least(2, 0).get(), Err(LookupError::NotFound { .. })));
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let place = Place::new();
    let runtime = place.runtime();
    assert!(runtime.get_all::<dyn Label>().unwrap().is_empty());
    let error = runtime.get::<dyn Label>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no loaded bundle provides `test.label@1.0`; loaded bundles are: none"
    );
    runtime.load(library("fixture-life")).unwrap();
    let error = runtime.get::<dyn Extra>().unwrap_err();
    assert_eq!(error.bundle(), None);
    assert!(error.to_string().ends_with("loaded bundles are: life"), "{error}");
    let error = runtime.get_from::<dyn Label>("lief").unwrap_err();
    assert!(matches!(&error, LookupError::NotInBundle { .. }));
    assert_eq!(error.bundle(), Some("lief"));
    assert!(error.to_string().contains("`test.label@1.0` in bundle `life`"), "{error}");
    let error = runtime.get_from::<dyn Label>("life@9.0.0").unwrap_err();
    assert!(matches!(error, LookupError::NotInBundle { .. }));
}

#[test]
fn one_instance_that_cannot_be_made_fails_the_lookup_of_all() {
    let place = Place::new();
    let runtime = both(&place);
    place.touch("fail");
    let error = runtime.request::<dyn Label>().config(place.config("x")).all().unwrap_err();
    assert!(matches!(error, LookupError::Create { bundle, .. } if bundle == "life"));
    assert_eq!(place.journal().len(), 0);
}

#[test]
fn providers_name_their_bundles_and_make_instances() {
    let place = Place::new();
    let runtime = both(&place);
    assert!(runtime.providers::<dyn Tally>().len() == 1);
    let providers = runtime.providers::<dyn Worker>();
    let versions: Vec<_> = providers.iter().map(|one| (one.bundle(), one.version())).collect();
    assert_eq!(versions, [("life", <dyn Worker>::VERSION); 2]);
    let labels = runtime.providers::<dyn Label>();
    let made: Vec<_> = labels.iter().map(|one| one.get_with("label = 'x'").unwrap()).collect();
    let made: Vec<_> = made.iter().map(|one| (one.generation().unwrap(), one.label())).collect();
    assert!(made.iter().all(|(_, label)| label.as_deref().unwrap() == "x"));
    assert_eq!((made[0].0, made[1].0), (1, 2));
}

#[test]
fn a_provider_follows_reloads_and_ends_with_its_bundle() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    runtime.load(&path).unwrap();
    let provider = runtime.providers::<dyn Label>().remove(0);
    assert_eq!(provider.get().unwrap().generation().unwrap(), 1);
    place.install("fixture-life-next");
    runtime.reload("life").unwrap();
    assert_eq!(provider.get().unwrap().generation().unwrap(), 2);
    runtime.unload("life").unwrap();
    let error = provider.get().unwrap_err();
    assert!(matches!(&error, LookupError::Unloaded { bundle, .. } if bundle == "life"), "{error}");
    runtime.load(&path).unwrap();
    assert!(provider.get().is_err(), "the bundle that was loaded again is another provider");
}

#[test]
fn a_bundle_says_what_it_is() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    let bundle = runtime.load(&path).unwrap();
    assert_eq!((bundle.name(), bundle.loader(), bundle.path()), ("life", "native", &*path));
    let provides: Vec<_> = bundle.provides().map(|(name, v)| format!("{name}@{v}")).collect();
    assert_eq!(provides, ["test.worker@1.0", "test.tally@1.0", "test.label@1.0"]);
    runtime.unload("life").unwrap();
    assert_eq!(bundle.version().to_string(), "0.1.0", "a snapshot outlives its bundle");
}
