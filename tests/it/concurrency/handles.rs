//! Handles whose place went to others, and contracts that are not there yet.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

use fixture_life_contract::{Extra, Label, Tally};
use polyplug_runtime::{Contract, RegistryError};

use super::{for_a_while, until};
use crate::place::Place;
use crate::support::library;

#[test]
fn a_handle_never_names_who_took_its_place() {
    let place = Place::new();
    let runtime = place.runtime();
    let paths = ["fixture-life", "fixture-sample", "fixture-lua-types"].map(library);
    let done = AtomicBool::new(false);
    let (gone, taken) = mpsc::channel();
    thread::scope(|scope| {
        let registry = runtime.registry();
        scope.spawn(|| {
            let mut stale = Vec::new();
            let taken = taken;
            until(&done, || {
                stale.extend(taken.try_iter());
                for handle in &stale {
                    let found = registry.resolve(*handle).map(drop);
                    assert_eq!(found, Err(RegistryError::StaleHandle { handle: *handle }));
                    assert!(registry.describe(*handle).is_err());
                }
                // The latest are those whose places are taken next.
                let old = stale.len().saturating_sub(500);
                stale.drain(..old);
            });
        });
        let mut reused = 0;
        let mut places = std::collections::HashSet::new();
        for_a_while(&done, || {
            // Twice at least, however slow the machine is.
            for path in paths.iter().chain(&paths) {
                let bundle = runtime.load(path).unwrap();
                let contracts = bundle
                    .provides()
                    .map(|(name, version)| polyplug_runtime::ContractId::of_version(name, version));
                let handles: Vec<_> = contracts.map(|id| registry.find(id).unwrap()).collect();
                let new = handles.iter().filter(|handle| places.insert(handle.index())).count();
                reused += handles.len() - new;
                runtime.unload(bundle.name()).unwrap();
                for handle in handles {
                    gone.send(handle).unwrap();
                }
            }
        });
        assert!(reused > 0, "places are used again");
    });
}

#[test]
fn contracts_of_a_reload_come_and_go_with_its_version() {
    let place = Place::new();
    let runtime = place.runtime();
    let [old, new] = ["fixture-life", "fixture-life-next"].map(library);
    runtime.load(&old).unwrap();
    let (done, seen) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let registry = runtime.registry();
                until(&done, || {
                    let revision = registry.revision();
                    let label = registry.find(<dyn Label>::ID).unwrap();
                    let version = registry.resolve(label).unwrap().bundle_version().minor;
                    let tally = registry.find(<dyn Tally>::ID);
                    let extra = registry.find(<dyn Extra>::ID);
                    let described = extra.map(|handle| registry.describe(handle));
                    if registry.revision() != revision {
                        return;
                    }
                    assert_eq!((tally.is_some(), extra.is_some()), (version == 1, version == 2));
                    if let Some(described) = described {
                        assert_eq!(described.unwrap().bundle_version().minor, 2);
                    }
                    seen.fetch_add(1, Relaxed);
                })
            });
        }
        let handle = runtime.registry().find(<dyn Label>::ID);
        for_a_while(&done, || {
            for path in [&new, &old] {
                runtime.reload_from("life", path).unwrap();
                assert_eq!(runtime.registry().find(<dyn Label>::ID), handle);
            }
        });
    });
    assert!(seen.into_inner() > 0);
}
