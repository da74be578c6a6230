//! What is told, and in which order, where one thing brings others with it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use polyplug_runtime::{Event, Runtime};

use super::graph::{FAILS, Side, loaded, top};

/// What a runtime tells: an opening mark, or a closing one, and the bundle.
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn listen(runtime: &Runtime) -> Self {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let to = Arc::clone(&told);
        runtime.on_event(move |event| {
            let mark = match event {
                Event::Loading { .. } => "load(",
                Event::Preparing { .. } => "reload(",
                Event::Unloading { .. } => "unload(",
                Event::Loaded { .. } | Event::Reloaded { .. } | Event::Unloaded { .. } => ")",
                Event::LoadFailed { .. } | Event::Failed { .. } => "!)",
                _ => "?",
            };
            to.lock().unwrap().push(format!("{mark}{}", event.bundle()));
        });
        Self(told)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn a_cascade_is_told_from_the_outside_in() {
    let runtime = loaded();
    let told = Told::listen(&runtime);
    let outcomes = runtime.unload_cascade("base").unwrap();
    let names: Vec<_> = outcomes.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["top", "right", "loose", "left", "base"]);
    let expected = [
        "unload(base",
        "unload(top",
        ")top",
        "unload(right",
        ")right",
        "unload(loose",
        ")loose",
        "unload(left",
        ")left",
        ")base",
    ];
    assert_eq!(told.take(), expected);
}

#[test]
fn a_reload_takes_along_those_that_ask_for_it_once_each() {
    let runtime = loaded();
    let told = Told::listen(&runtime);
    runtime.reload("base").unwrap();
    let expected = [
        "reload(base",
        "reload(left",
        ")left",
        "reload(right",
        ")right",
        "reload(top",
        ")top",
        ")base",
    ];
    assert_eq!(told.take(), expected);
    runtime.reload("right").unwrap();
    assert_eq!(told.take(), ["reload(right", "reload(top", ")top", ")right"]);
    runtime.reload("top").unwrap();
    assert_eq!(told.take(), ["reload(top", ")top"]);
    runtime.reload("loose").unwrap();
    assert_eq!(told.take(), ["reload(loose", ")loose"]);
}

#[test]
fn a_dependent_that_fails_undoes_nothing() {
    let runtime = loaded();
    let told = Told::listen(&runtime);
    let _in_use = runtime.get_from::<dyn Side>("left").unwrap();
    FAILS.store(true, Ordering::Relaxed);
    let reloaded = runtime.reload("base");
    let alone = runtime.reload("left");
    FAILS.store(false, Ordering::Relaxed);
    reloaded.unwrap();
    alone.unwrap_err();
    let expected = [
        "reload(base",
        "reload(left",
        "!)left",
        "reload(right",
        ")right",
        "reload(top",
        ")top",
        ")base",
        "reload(left",
        "!)left",
    ];
    assert_eq!(told.take(), expected, "`top` needs `right`, which was reloaded");
}

#[test]
fn a_load_that_lacks_something_tells_that_it_failed() {
    let runtime = Runtime::builder().build().unwrap();
    let told = Told::listen(&runtime);
    runtime.load_static(&top::BUNDLE).unwrap_err();
    assert_eq!(told.take(), ["load(top", "!)top"]);
}
