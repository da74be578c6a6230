//! Where a bundle says what it needs: inside of its file, or in the manifest beside it.

use std::fs;
use std::path::PathBuf;

use polyplug_runtime::{LoadError, ReloadError, Runtime};

use crate::place::Place;
use crate::support::library;

/// A directory with a fixture, `needs` being lines of its manifest.
pub(super) fn directory(place: &Place, fixture: &str, needs: &str) -> PathBuf {
    let (directory, library) = (place.path(fixture), library(&format!("fixture-{fixture}")));
    fs::create_dir_all(&directory).unwrap();
    let file = library.file_name().unwrap();
    fs::copy(&library, directory.join(file)).unwrap();
    let (version, provides) = match fixture {
        "word" => ("1.2.0", r#""plug.word@1.1", "plug.secret@1.0""#),
        _ => ("0.1.0", r#""plug.asker@1.0""#),
    };
    let manifest = format!(
        "name = '{fixture}'\nversion = '{version}'\nloader = 'native'\nfile = '{}'\n\
         provides = [{provides}]\n{needs}\n",
        file.to_str().unwrap()
    );
    fs::write(directory.join("manifest.toml"), manifest).unwrap();
    directory
}

fn with_word(place: &Place) -> Runtime {
    let runtime = place.runtime();
    runtime.load(directory(place, "word", "")).unwrap();
    runtime
}

#[test]
fn what_the_file_says_holds_where_the_manifest_says_nothing() {
    let place = Place::new();
    let runtime = with_word(&place);
    let asker = runtime.load(directory(&place, "asker", "")).unwrap();
    assert_eq!(asker.dependencies(), ["contract plug.word@1.0"]);
}

#[test]
fn what_both_say_must_agree() {
    let place = Place::new();
    let runtime = with_word(&place);
    let same = "dependencies = ['plug.word@1.0']";
    runtime.load(directory(&place, "asker", same)).unwrap();
    runtime.unload("asker").unwrap();
    for (needs, says) in [
        ("dependencies = []", "none"),
        ("dependencies = ['plug.word@1.1']", "contract plug.word@1.1"),
    ] {
        let error = runtime.load(directory(&place, "asker", needs)).unwrap_err();
        let LoadError::Mismatch { field, manifest, file, .. } = &error else { panic!("{error}") };
        assert_eq!(
            (*field, &**manifest, &**file),
            ("dependencies", says, "contract plug.word@1.0")
        );
    }
}

#[test]
fn what_the_manifest_says_holds_where_the_file_says_nothing() {
    let place = Place::new();
    let runtime = place.runtime();
    let needs = "dependencies = [{ bundle = 'nobody' }]";
    let error = runtime.load(directory(&place, "word", needs)).unwrap_err();
    assert!(matches!(error, LoadError::MissingDependency { .. }), "{error}");
    assert!(error.to_string().contains("bundle nobody"), "{error}");
    assert!(place.copies().is_empty(), "nothing stays behind");
}

#[test]
fn a_reload_that_needs_what_is_not_there_fails() {
    let place = Place::new();
    let runtime = with_word(&place);
    directory(&place, "word", "dependencies = [{ bundle = 'nobody' }]");
    let error = runtime.reload("word").unwrap_err();
    let ReloadError::Load { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(**source, LoadError::MissingDependency { .. }), "{source}");
    assert!(runtime.bundles()[0].dependencies().is_empty());
}

#[test]
fn a_bundle_does_not_meet_its_own_needs() {
    let place = Place::new();
    let runtime = place.runtime();
    let needs = "dependencies = ['plug.word@1']";
    runtime.load(directory(&place, "word", needs)).unwrap_err();
    runtime.load(directory(&place, "word", "")).unwrap();
    directory(&place, "word", needs);
    runtime.reload("word").unwrap_err();
}

mod tallier {
    use fixture_plug_contract::Secret;
    use polyplug_guest::plugin;

    #[derive(Default)]
    pub(super) struct Told;

    #[plugin]
    impl Secret for Told {
        fn tell(&self) -> String {
            String::new()
        }
    }

    polyplug_guest::bundle!(Told, name = "tallier", depends = ["test.tally@1"]);
}

#[test]
fn a_reload_does_not_take_away_what_others_need() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    runtime.load_static(&tallier::BUNDLE).unwrap();
    runtime.reload("life").unwrap();
    // The next version does not provide that contract any more.
    place.install("fixture-life-next");
    let error = runtime.reload("life").unwrap_err();
    let ReloadError::Dependents { dependents, .. } = &error else { panic!("{error}") };
    assert_eq!(*dependents, ["tallier"]);
    assert_eq!(runtime.bundles()[0].version().to_string(), "0.1.0");
    runtime.unload("tallier").unwrap();
    runtime.reload("life").unwrap();
}
