//! A call that reloads its own bundle.

use std::path::{Path, PathBuf};

use super::*;
use crate::place::is_mapped;

/// The only copy of a library that there is beside `other`.
fn copy(copies: &Path, other: Option<&Path>) -> PathBuf {
    let files = fs::read_dir(copies).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| Some(&**file) != other).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

#[test]
fn a_call_that_reloads_its_own_bundle_ends_in_the_old_version_and_the_next_runs_the_new() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load_static(&fixture_word::BUNDLE).unwrap();
    let acts = Acts::new();
    runtime.provide::<dyn Notes>(acts.clone()).unwrap();
    runtime.load(library("fixture-asker")).unwrap();
    let asker = runtime.get_with::<dyn Asker>("late").unwrap();
    let copies = place.path("copies");
    for round in 0..3 {
        let old = copy(&copies, None);
        let (again, was, next, (tell, told)) =
            (runtime.clone(), old.clone(), asker.clone(), channel());
        acts.set("reload", move || {
            again.reload("asker").unwrap();
            // The call goes on in what was replaced.
            tell.send((is_mapped(&was), next.note("within").is_ok())).unwrap();
        });
        let (from, other, (tell, within)) = (copies.clone(), old.clone(), channel());
        acts.set("within", move || tell.send(copy(&from, Some(&other))).unwrap());
        asker.note("reload").unwrap();
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), (true, true), "round {round}");
        assert!(!is_mapped(&old), "the call that left last has closed it");
        let new = copy(&copies, None);
        assert_eq!(within.recv_timeout(PATIENCE).unwrap(), new);
        assert!(is_mapped(&new) && asker.note("").is_ok());
        acts.forget();
    }
    assert_eq!(runtime.unload("asker").unwrap(), Unloaded::Reclaimed);
}
