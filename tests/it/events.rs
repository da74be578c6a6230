//! What a host is told, in which order, and what its handlers may do.

use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use fixture_life_contract::{Label, Tally, Worker};
use polyplug_runtime::{CallError, Event, LoadError, ReloadError, Runtime, UnloadError, Unloaded};

use crate::place::{Place, wait_until};

/// What the handlers of a test were told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn listen(runtime: &Runtime) -> Self {
        let told = Self::default();
        let to = told.clone();
        runtime.on_event(move |event| to.add(text(event)));
        told
    }

    fn add(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    /// What was told since this was asked last.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// An event with all its fields but for paths of this machine.
fn text(event: &Event) -> String {
    let mut text = format!("{}: ", event.bundle());
    let file = |path: &std::path::Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    match event {
        Event::Loading { path, .. } => write!(text, "loading {}", file(path)),
        Event::Loaded { bundle } => write!(text, "loaded {}", bundle.version()),
        Event::LoadFailed { path, error, .. } => {
            write!(text, "load failed {} {}", file(path), error.split(": ").last().unwrap())
        }
        Event::Preparing { losing_state, .. } => write!(text, "preparing {losing_state:?}"),
        Event::Reloaded { bundle } => write!(text, "reloaded {}", bundle.version()),
        Event::Failed { error, .. } => {
            write!(text, "failed {}", error.split(": ").last().unwrap())
        }
        Event::Unloading { .. } => write!(text, "unloading"),
        Event::Unloaded { outcome, .. } => write!(text, "unloaded {outcome:?}"),
        other => write!(text, "{other:?}"),
    }
    .unwrap();
    text
}

#[test]
fn a_bundle_is_followed_from_its_load_to_its_unload() {
    let place = Place::new();
    let runtime = place.runtime();
    let told = Told::listen(&runtime);
    runtime.load(place.install("fixture-life")).unwrap();
    assert_eq!(told.take(), ["life: loading liblife", "life: loaded 0.1.0"]);

    let _label = runtime.get_with::<dyn Label>(place.config("")).unwrap();
    let _workers = [(); 2].map(|()| runtime.get::<dyn Worker>().unwrap());
    let _tally = runtime.get::<dyn Tally>().unwrap();
    assert!(told.take().is_empty(), "lookups are no events");

    place.install("fixture-life-next");
    runtime.reload("life").unwrap();
    let events = told.take();
    assert_eq!(events[1..], ["life: reloaded 0.2.0"]);
    assert!(events[0].starts_with("life: preparing "), "{events:?}");
    assert!(events[0].contains(r#"("test.worker", 2)"#), "{events:?}");
    assert!(events[0].contains(r#"("test.tally", 1)"#), "{events:?}");
    assert!(!events[0].contains("label"), "{events:?}");

    runtime.unload("life").unwrap();
    assert_eq!(told.take(), ["life: unloading", "life: unloaded Reclaimed"]);
}

#[test]
fn failures_are_told_with_their_reasons() {
    let place = Place::new();
    let runtime = place.runtime();
    let told = Told::listen(&runtime);
    runtime.load(place.path("nothing")).unwrap_err();
    let events = told.take();
    assert_eq!(events.len(), 1);
    assert!(events[0].starts_with("nothing: load failed nothing No such file"), "{events:?}");

    let path = place.install("fixture-life");
    runtime.load(&path).unwrap();
    told.take();
    runtime.load(&path).unwrap_err();
    let events = told.take();
    assert_eq!(events.len(), 1);
    assert!(events[0].contains("load failed liblife"), "{events:?}");
    assert!(events[0].contains("loaded already"), "{events:?}");

    let _label = runtime.get_with::<dyn Label>(place.config("")).unwrap();
    place.touch("fail");
    runtime.reload("life").unwrap_err();
    assert_eq!(told.take(), ["life: preparing []", "life: failed told to fail"]);
    runtime.reload_from("life", place.path("nothing")).unwrap_err();
    let events = told.take();
    assert_eq!(events.len(), 2);
    assert!(events[1].starts_with("life: failed No such file"), "{events:?}");

    runtime.reload("nothing").unwrap_err();
    runtime.unload("nothing").unwrap_err();
    assert!(told.take().is_empty(), "nothing happened to any bundle");
}

#[test]
fn a_pending_unload_is_told_as_such() {
    let place = Place::new();
    let runtime = place.runtime();
    let told = Told::listen(&runtime);
    runtime.load(place.install("fixture-life")).unwrap();
    let worker = runtime.get::<dyn Worker>().unwrap();
    let (started, release) = (place.text("started"), place.text("release"));
    let running = thread::spawn(move || worker.wait(&started, &release));
    wait_until(|| place.path("started").exists());
    told.take();
    runtime.unload("life").unwrap();
    let pending = r#"life: unloaded Pending { holders: ["test.worker"] }"#;
    assert_eq!(told.take(), ["life: unloading", pending]);
    place.touch("release");
    running.join().unwrap().unwrap();
}

#[test]
fn handlers_are_told_in_order_until_they_are_removed() {
    let place = Place::new();
    let runtime = place.runtime();
    let told = Told::default();
    let listen = |name: &'static str| {
        let told = told.clone();
        runtime.on_event(move |_| told.add(name.to_owned()))
    };
    let (first, second) = (listen("first"), listen("second"));
    runtime.load(place.path("nothing")).unwrap_err();
    assert_eq!(told.take(), ["first", "second"]);
    assert!(runtime.remove_listener(first));
    assert!(!runtime.remove_listener(first));
    runtime.load(place.path("nothing")).unwrap_err();
    assert_eq!(told.take(), ["second"]);
    assert!(runtime.remove_listener(second));
    runtime.load(place.path("nothing")).unwrap_err();
    assert!(told.take().is_empty());
}

#[test]
fn a_handler_can_remove_itself_and_add_another() {
    let place = Place::new();
    let runtime = place.runtime();
    let told = Told::default();
    let id = Arc::new(OnceLock::new());
    let (handle, to, own) = (runtime.clone(), told.clone(), Arc::clone(&id));
    id.set(runtime.on_event(move |_| {
        to.add("once".to_owned());
        assert!(handle.remove_listener(*own.get().unwrap()));
        let to = to.clone();
        handle.on_event(move |_| to.add("then".to_owned()));
    }))
    .unwrap();
    runtime.load(place.path("nothing")).unwrap_err();
    assert_eq!(told.take(), ["once"]);
    runtime.load(place.path("nothing")).unwrap_err();
    assert_eq!(told.take(), ["then"]);
}

#[test]
fn a_handler_that_another_removes_inside_of_an_event_is_not_told_of_it_any_more() {
    let place = Place::new();
    let runtime = place.runtime();
    let told = Told::default();
    let ids: Arc<Mutex<Vec<_>>> = Arc::default();
    let (handle, to, others) = (runtime.clone(), told.clone(), Arc::clone(&ids));
    let [before, later, last] = ["before", "later", "last"].map(|name| {
        let told = told.clone();
        move |_: &Event| told.add(name.to_owned())
    });
    let before = runtime.on_event(before);
    runtime.on_event(move |_| {
        // One that was told already, and the next one.
        for id in std::mem::take(&mut *others.lock().unwrap()) {
            to.add(format!("removed {}", handle.remove_listener(id)));
            to.add(format!("again {}", handle.remove_listener(id)));
        }
    });
    let later = runtime.on_event(later);
    runtime.on_event(last);
    *ids.lock().unwrap() = vec![before, later];
    runtime.load(place.path("nothing")).unwrap_err();
    let removed = ["removed true", "again false"];
    assert_eq!(told.take(), [&["before"], &removed[..], &removed, &["last"]].concat());
    runtime.load(place.path("nothing")).unwrap_err();
    assert_eq!(told.take(), ["last"]);
}

#[test]
fn a_handler_that_panics_harms_nobody() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.on_event(|_| std::panic::panic_any("a handler of a test panics"));
    let told = Told::listen(&runtime);
    runtime.load(place.install("fixture-life")).unwrap();
    runtime.reload("life").unwrap();
    runtime.unload("life").unwrap();
    assert_eq!(told.take().len(), 6);
}

#[test]
fn a_handler_can_look_up_and_call() {
    let place = Place::new();
    let runtime = place.runtime();
    let (handle, told) = (runtime.clone(), Told::default());
    let to = told.clone();
    let id = runtime.on_event(move |event| {
        let label = handle.get::<dyn Label>().map(|label| label.generation().unwrap());
        let (bundles, count) = (handle.bundles().len(), handle.registry().count());
        let event = text(event);
        let name = event.split(' ').nth(1).unwrap();
        to.add(format!("{name} {:?} {bundles} {count}", label.ok()));
    });
    runtime.load(place.install("fixture-life")).unwrap();
    place.install("fixture-life-next");
    runtime.reload("life").unwrap();
    runtime.unload("life").unwrap();
    let expected = [
        "loading None 0 0",
        "loaded Some(1) 1 3",
        "preparing Some(1) 1 3",
        "reloaded Some(2) 1 3",
        "unloading Some(2) 1 3",
        "unloaded None 0 0",
    ];
    assert_eq!(told.take(), expected);
    runtime.remove_listener(id);
}

#[test]
fn what_a_handler_asks_to_load_reload_or_unload_is_busy_and_never_waits() {
    let place = Place::new();
    let runtime = place.runtime();
    let path = place.install("fixture-life");
    let (handle, busy) = (runtime.clone(), Arc::new(AtomicU32::new(0)));
    let (file, count) = (path.clone(), Arc::clone(&busy));
    let id = runtime.on_event(move |_| {
        let load = handle.load(&file).unwrap_err();
        assert!(matches!(load, LoadError::Busy { .. }), "{load}");
        let reload = handle.reload("life").unwrap_err();
        assert!(matches!(reload, ReloadError::Busy { .. }), "{reload}");
        let unload = handle.unload("life").unwrap_err();
        assert!(matches!(unload, UnloadError::Busy { .. }), "{unload}");
        count.fetch_add(1, Ordering::Relaxed);
    });
    runtime.load(&path).unwrap();
    runtime.reload("life").unwrap();
    runtime.unload("life").unwrap();
    assert_eq!(busy.load(Ordering::Relaxed), 6);
    runtime.remove_listener(id);
}

#[test]
fn a_handler_of_one_runtime_may_load_into_another() {
    let place = Place::new();
    let (runtime, other) = (place.runtime(), place.runtime());
    let path = place.install("fixture-life");
    let (handle, file) = (other.clone(), path.clone());
    runtime.on_event(move |event| {
        if let Event::Loaded { .. } = event {
            handle.load(&file).unwrap();
        }
    });
    runtime.load(&path).unwrap();
    assert_eq!(other.bundles().len(), 1);
    assert_eq!(other.unload("life").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn a_handler_may_unload_the_bundle_whose_instance_has_failed() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let handle = runtime.clone();
    let id = runtime.on_event(move |event| {
        if let Event::InstanceFailed { bundle, .. } = event {
            let outcome = handle.unload(bundle).unwrap();
            assert!(matches!(outcome, Unloaded::Pending { .. }), "it is being destroyed");
        }
    });
    let told = Told::listen(&runtime);
    let config = format!("{}fail_on_unload = true\n", place.config(""));
    let other = runtime.get_with::<dyn Label>(place.config("")).unwrap();
    drop(runtime.get_with::<dyn Label>(config).unwrap());
    assert!(matches!(other.label(), Err(CallError::Unloaded(_))));
    let events = told.take();
    assert_eq!(events[0], "life: unloading");
    assert!(events[1].starts_with("life: unloaded Pending"), "{events:?}");
    assert_eq!(place.journal_count("drop 1"), 2);
    assert!(place.copies().is_empty());
    runtime.remove_listener(id);
}
