//! Plugins that call each other flat out while both are loaded, reloaded and unloaded.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use fixture_plug_contract::{Asker, AskerProxy};
use polyplug_runtime::{CallError, LookupError, Runtime};

use super::{run_for, run_time, until};
use crate::place::Place;
use crate::support::library;

const READERS: u64 = 3;

#[derive(Default, Debug)]
struct Counts {
    answers: AtomicU64,
    /// Of the plugin that asks.
    unloaded: AtomicU64,
    /// Of the one that it asks; it was told so, and says so.
    unloaded_below: AtomicU64,
    unloads: AtomicU64,
    reloads: AtomicU64,
}

fn get(runtime: &Runtime) -> Option<AskerProxy> {
    match runtime.get_with::<dyn Asker>("kept") {
        Ok(proxy) => Some(proxy),
        Err(LookupError::NotFound { .. } | LookupError::Unloaded { .. }) => None,
        // It was there, and what it asks for is not any more.
        Err(LookupError::Create { source, .. }) if source.message().contains("word") => None,
        Err(other) => panic!("{other}"),
    }
}

/// Whether the proxy is good for another call.
fn call(asker: &AskerProxy, counts: &Counts) -> bool {
    match asker.kept() {
        Ok(said) => {
            // How often its library was asked, from 1 after each reload.
            let times = said.strip_prefix("kept ").unwrap();
            assert!(times.parse::<u32>().unwrap() > 0);
            counts.answers.fetch_add(1, Relaxed);
            true
        }
        Err(CallError::Unloaded(_)) => {
            counts.unloaded.fetch_add(1, Relaxed);
            false
        }
        Err(CallError::Method(error)) => {
            assert!(error.message().contains("is not loaded any more"), "{error}");
            counts.unloaded_below.fetch_add(1, Relaxed);
            false
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn plugins_call_each_other_while_both_come_and_go() {
    let place = Place::new();
    let runtime = place.runtime();
    let load = || {
        for bundle in ["fixture-word", "fixture-asker"] {
            runtime.load(library(bundle)).unwrap();
        }
    };
    load();
    let (done, counts) = (AtomicBool::new(false), Counts::default());
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let mut proxy = None;
                until(&done, || {
                    proxy = proxy.take().or_else(|| get(&runtime));
                    proxy.take_if(|asker| !call(asker, &counts));
                })
            });
        }
        let mut round = 0;
        run_for(run_time(Duration::from_secs(2)), &done, || {
            round += 1;
            runtime.reload(if round % 2 == 0 { "word" } else { "asker" }).unwrap();
            counts.reloads.fetch_add(1, Relaxed);
            if round % 5 == 0 {
                counts.unloads.fetch_add(1, Relaxed);
                runtime.unload_cascade("word").unwrap();
                load();
            }
        });
    });
    println!("plugins: {counts:?}");
    assert!(counts.answers.into_inner() > 0);
    let told = counts.unloaded.into_inner() + counts.unloaded_below.into_inner();
    assert!(told <= READERS * counts.unloads.into_inner());
    drop(runtime);
    assert!(place.copies().is_empty());
}
