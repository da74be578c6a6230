//! Several runtimes in one process, each a world of its own.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use fixture_plug_contract::{Asker, Notes, Word};
use polyplug_runtime::loader::{BundleLoader, BundleSource, LoaderError, PreparedBundle};
use polyplug_runtime::{BundleId, CallError, Runtime};

use crate::place::{Place, is_mapped, wait_until};
use crate::support::library;

/// A service, a listener and a loader, by which it is seen whether a runtime is gone.
#[derive(Clone, Default)]
struct Trace(Arc<()>);

impl Trace {
    fn count(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

impl Notes for Trace {
    fn note(&self, _: &str) -> Result<u32, String> {
        Ok(self.count() as u32)
    }

    fn panic(&self, _: &str) -> u32 {
        0
    }

    fn later(&self) -> u32 {
        0
    }
}

impl BundleLoader for Trace {
    fn name(&self) -> &str {
        "trace"
    }

    fn accepts(&self, _: &Path) -> bool {
        false
    }

    fn prepare(&self, _: &BundleSource<'_>) -> Result<Box<dyn PreparedBundle>, LoaderError> {
        Err("loads nothing".into())
    }
}

/// A runtime with both bundles, a service, a listener and a loader of ours.
fn whole(place: &Place, trace: &Trace) -> Runtime {
    let runtime = place.builder().loader(trace.clone()).build().unwrap();
    let listener = trace.clone();
    runtime.on_event(move |_| assert!(listener.count() > 0));
    runtime.provide::<dyn Notes>(Arc::new(trace.clone())).unwrap();
    runtime.load(library("fixture-word")).unwrap();
    runtime.load(library("fixture-asker")).unwrap();
    runtime
}

#[test]
fn each_has_its_own_bundles_services_and_listeners() {
    let (place, trace) = (Place::new(), Trace::default());
    let (first, second) = (whole(&place, &trace), place.runtime());
    let (told, events) = mpsc::channel();
    second.on_event(move |event| told.send(event.bundle().to_owned()).unwrap());
    assert!(second.bundles().is_empty());
    assert!(second.get::<dyn Word>().is_err());

    let third = whole(&place, &Trace::default());
    let (one, three) = (first.get::<dyn Asker>().unwrap(), third.get::<dyn Asker>().unwrap());
    assert_eq!(one.kept().unwrap(), "word 1");
    assert_eq!(three.kept().unwrap(), "word 1", "each has a copy of the library");
    assert_eq!(one.kept().unwrap(), "word 2");
    third.unload_cascade("word").unwrap();
    assert!(matches!(three.kept(), Err(CallError::Unloaded(_))));
    assert_eq!(one.kept().unwrap(), "word 3");
    assert_eq!(one.note("x").unwrap(), 4, "ours, and one each of service, listener and loader");
    third.provide::<dyn Notes>(Arc::new(Trace::default())).unwrap_err();
    drop(third);
    assert_eq!(one.note("x").unwrap(), 4);
    assert!(events.try_recv().is_err(), "nothing happened in the second");
}

#[test]
fn nothing_of_a_runtime_is_left_when_it_is_gone() {
    let (place, trace) = (Place::new(), Trace::default());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (place, trace) = (Place::new(), trace.clone());
            thread::spawn(move || {
                for _ in 0..5 {
                    // Made here, called there, dropped on a third thread.
                    let runtime = whole(&place, &trace);
                    let (to_drop, dropped) = mpsc::channel::<Runtime>();
                    let dropper = thread::spawn(move || drop(dropped.recv().unwrap()));
                    let caller = runtime.clone();
                    let called = thread::spawn(move || {
                        let asker = caller.get::<dyn Asker>().unwrap();
                        asker.note_on_a_thread("x").unwrap();
                        asker.kept().unwrap()
                    });
                    assert_eq!(called.join().unwrap(), "word 1");
                    to_drop.send(runtime).unwrap();
                    dropper.join().unwrap();
                    wait_until(|| place.copies().is_empty());
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(trace.count(), 1, "its service, listener and loader are gone");
    assert!(place.copies().is_empty());
}

#[test]
fn a_library_is_unmapped_with_its_runtime() {
    let (place, trace) = (Place::new(), Trace::default());
    let runtime = whole(&place, &trace);
    runtime.get::<dyn Asker>().unwrap().kept().unwrap();
    let copies = place.copies();
    assert_eq!(copies.len(), 2);
    drop(runtime);
    for copy in copies {
        assert!(!is_mapped(&copy), "{}", copy.display());
    }
    assert_eq!(trace.count(), 1);
}

/// Whether the test program exports the entry of a fixture that is linked in.
#[cfg(target_os = "linux")]
fn exports_entry(bundle: &str) -> bool {
    let symbol = format!("polyplug_entry_{}", BundleId::of(bundle));
    // SAFETY: the symbol is looked for, and neither read nor called.
    unsafe { libloading::os::unix::Library::this().get::<*const ()>(symbol.as_bytes()) }.is_ok()
}

#[cfg(target_os = "linux")]
#[test]
fn a_crate_is_linked_in_and_loaded_by_a_host_that_exports_its_symbols() {
    let place = Place::new();
    let (linked, loaded) = (place.runtime(), place.runtime());
    linked.load_static(&fixture_word::BUNDLE).unwrap();
    linked.load_static(&fixture_asker::BUNDLE).unwrap();
    loaded.load(library("fixture-word")).unwrap();
    loaded.load(library("fixture-asker")).unwrap();
    assert!(exports_entry("word") && exports_entry("asker"), "else this shows nothing");

    let ours = |runtime: &Runtime| runtime.get::<dyn Asker>().unwrap();
    assert_eq!(ours(&loaded).kept().unwrap(), "word 1", "the copy's own static");
    ours(&linked).kept().unwrap();
    assert_eq!(ours(&loaded).kept().unwrap(), "word 2");
    let path = library("fixture-asker").display().to_string();
    assert_eq!(ours(&loaded).about().unwrap(), format!(" asker {path}"));
    assert_eq!(ours(&linked).about().unwrap(), " asker ");
    loaded.unload_cascade("word").unwrap();
    ours(&linked).kept().unwrap();
    assert!(place.copies().is_empty());
}
