//! Loads, reloads and unloads that are asked for in the middle of something else: inside
//! a constructor, `on_unload`, a destructor, a call and a service.

mod dropping;
mod own;
mod spot;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use fixture_life_contract::{Label, LabelProxy};
use fixture_plug_contract::{Asker, AskerProxy, Notes};
use polyplug_runtime::{LoadError, ReloadError, Runtime, UnloadError, Unloaded};

use crate::place::{Place, wait_until};
use crate::support::library;
use spot::{Acts, Spot};

/// Who does not answer in this time waits for something.
const PATIENCE: Duration = Duration::from_secs(20);

const PLACES: [&str; 6] = ["create", "run", "service", "service on a thread", "on_unload", "drop"];

/// A bundle that acts at each place, and one whose reload can be held up.
struct Scene {
    place: Place,
    runtime: Runtime,
    acts: Arc<Acts>,
    label: LabelProxy,
    asker: AskerProxy,
}

impl Scene {
    fn new() -> Self {
        let place = Place::new();
        let runtime = place.runtime();
        let acts = Acts::new();
        runtime.provide::<dyn Notes>(acts.clone()).unwrap();
        runtime.load_static(&spot::BUNDLE).unwrap();
        runtime.load(library("fixture-word")).unwrap();
        runtime.load(library("fixture-asker")).unwrap();
        runtime.load(library("fixture-types")).unwrap();
        runtime.load(place.install("fixture-life")).unwrap();
        place.touch("release");
        let [started, release] = ["started", "release"].map(|name| place.text(name));
        let config = format!("started = '{started}'\nrelease = '{release}'\n");
        let label = runtime.get_with::<dyn Label>(config).unwrap();
        let asker = runtime.get_with::<dyn Asker>("late").unwrap();
        Self { place, runtime, acts, label, asker }
    }

    /// Has another thread be in the middle of a reload while `test` runs.
    fn while_a_reload_runs(&self, test: impl FnOnce()) {
        for name in ["started", "release"] {
            fs::remove_file(self.place.path(name)).unwrap();
        }
        thread::scope(|scope| {
            let reload = scope.spawn(|| self.runtime.reload("life").map(drop));
            // It has its turn, and makes the new instance.
            wait_until(|| self.place.path("started").exists());
            test();
            assert!(!reload.is_finished());
            self.place.touch("release");
            reload.join().unwrap().unwrap();
        });
    }

    /// What `ask` says when it is asked for at a place, by a thread that comes by all.
    fn at<T: Send + 'static>(
        &self,
        at: &'static str,
        ask: impl Fn(&Runtime) -> T + Send + Sync + 'static,
    ) -> T {
        let (tell, told) = channel();
        let runtime = self.runtime.clone();
        self.acts.set(at, move || drop(tell.send(ask(&runtime))));
        let (runtime, asker, config) =
            (self.runtime.clone(), self.asker.clone(), self.acts.config());
        let (end, ended) = channel();
        thread::spawn(move || {
            let spot = runtime.get_with::<dyn Spot>(config).unwrap();
            spot.run().unwrap();
            asker.note("service").unwrap();
            asker.note_on_a_thread("service on a thread").unwrap();
            drop(spot);
            end.send(()).unwrap();
        });
        let said = told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{at}: waits"));
        ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{at}: does not return"));
        self.acts.forget();
        said
    }
}

/// Asks for one of each, and says what comes of it.
fn one_of_each(runtime: &Runtime) -> [String; 3] {
    let load = match runtime.load(library("fixture-sample")) {
        Ok(_) => "done".to_owned(),
        Err(LoadError::Busy { .. }) => "busy".to_owned(),
        Err(error) => error.to_string(),
    };
    let unload = match runtime.unload("fixture-types") {
        Ok(Unloaded::Reclaimed) => "done".to_owned(),
        Err(UnloadError::Busy { .. }) => "busy".to_owned(),
        other => format!("{other:?}"),
    };
    [load, reload(runtime, "life"), unload]
}

fn reload(runtime: &Runtime, bundle: &str) -> String {
    match runtime.reload(bundle) {
        Ok(_) => "done".to_owned(),
        Err(ReloadError::Busy { .. }) => "busy".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_asked_for_anywhere_while_another_thread_reloads_is_busy_at_once() {
    for at in PLACES {
        let scene = Scene::new();
        scene.while_a_reload_runs(|| {
            assert_eq!(scene.at(at, one_of_each), ["busy"; 3], "{at}");
        });
    }
}

#[test]
fn what_is_asked_for_anywhere_is_done_when_nothing_else_is() {
    for at in PLACES {
        let scene = Scene::new();
        assert_eq!(scene.at(at, one_of_each), ["done"; 3], "{at}");
        assert_eq!(scene.label.generation().unwrap(), 1);
    }
}

#[test]
fn what_hooks_ask_for_during_a_turn_of_their_own_thread_is_busy() {
    for (at, during_reload) in [("create", true), ("on_unload", false), ("drop", false)] {
        let scene = Scene::new();
        let spot = scene.runtime.get_with::<dyn Spot>(scene.acts.config()).unwrap();
        let (tell, told) = channel();
        let runtime = scene.runtime.clone();
        scene.acts.set(at, move || drop(tell.send(one_of_each(&runtime))));
        let (end, ended) = channel();
        let runtime = scene.runtime.clone();
        thread::spawn(move || {
            let done = match during_reload {
                true => runtime.reload("spot").is_ok(),
                false => runtime.unload("spot").is_ok(),
            };
            end.send(done).unwrap();
        });
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), ["busy"; 3], "{at}");
        assert!(ended.recv_timeout(PATIENCE).unwrap(), "{at}");
        scene.acts.forget();
        assert_eq!(spot.run().is_ok(), during_reload);
    }
}

#[test]
fn nobody_waits_for_whoever_reloads_flat_out_beside_what_is_asked_for_anywhere() {
    let scene = Scene::new();
    let (stop, reloads) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                scene.runtime.reload("life").unwrap();
                scene.runtime.reload("spot").unwrap();
                reloads.fetch_add(2, Ordering::Relaxed);
            }
        });
        for at in [PLACES; 5].concat() {
            let said = scene.at(at, |runtime| [reload(runtime, "spot"), toggle(runtime)]);
            assert!(said.iter().all(|said| ["done", "busy"].contains(&&**said)), "{at}: {said:?}");
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(reloads.into_inner() > 0);
    assert_eq!(scene.acts.alive(), 0, "each instance was destroyed");
}

/// Loads a bundle, or unloads it.
fn toggle(runtime: &Runtime) -> String {
    let is_loaded = runtime.bundles().iter().any(|bundle| bundle.name() == "fixture-sample");
    let failed = match is_loaded {
        false => match runtime.load(library("fixture-sample")) {
            Ok(_) | Err(LoadError::Busy { .. }) => None,
            Err(error) => Some(error.to_string()),
        },
        true => match runtime.unload("fixture-sample") {
            Ok(Unloaded::Reclaimed) | Err(UnloadError::Busy { .. }) => None,
            other => Some(format!("{other:?}")),
        },
    };
    failed.unwrap_or_else(|| "done".to_owned())
}
