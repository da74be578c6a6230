//! Bundles that need each other, which only reloads can bring about.

use polyplug_runtime::{Runtime, UnloadError, Unloaded};

use super::manifests::directory;
use crate::place::Place;

/// `asker` needs `word`, and since its reload `word` needs `asker`.
fn in_a_cycle(place: &Place) -> Runtime {
    let runtime = place.runtime();
    runtime.load(directory(place, "word", "")).unwrap();
    runtime.load(directory(place, "asker", "reload_with_dependencies = true")).unwrap();
    directory(place, "word", "dependencies = ['plug.asker@1']\nreload_with_dependencies = true");
    runtime.reload("word").unwrap();
    runtime
}

#[test]
fn neither_goes_without_the_other_and_both_go_together() {
    for first in ["word", "asker"] {
        let place = Place::new();
        let runtime = in_a_cycle(&place);
        let other = if first == "word" { "asker" } else { "word" };
        let error = runtime.unload(first).unwrap_err();
        let UnloadError::Dependents { dependents, .. } = &error else { panic!("{error}") };
        assert_eq!(*dependents, [other]);
        let outcomes = runtime.unload_cascade(first).unwrap();
        let expected = [other, first].map(|name| (name.to_owned(), Unloaded::Reclaimed));
        assert_eq!(outcomes, expected);
        assert!(place.copies().is_empty());
    }
}

#[test]
fn a_reload_goes_round_once() {
    let place = Place::new();
    let runtime = in_a_cycle(&place);
    let revision = runtime.registry().revision();
    runtime.reload("asker").unwrap();
    assert_eq!(runtime.registry().revision(), revision + 2);
}
