//! Paths that lead to no bundle, or to one that may not be loaded.

use std::fs;

use polyplug_runtime::LoadError;
use polyplug_runtime::loader::native::NativeError;

use super::image::Image;
use super::stage::Stage;

#[test]
fn a_missing_file_is_refused() {
    let stage = Stage::new();
    let error = stage.refuse(stage.place("no/such.so"), &["check the path"]);
    assert!(matches!(error, LoadError::Unreadable { .. }));
    assert_eq!(error.bundle(), "such");
}

#[test]
fn a_missing_library_of_a_directory_is_refused() {
    let stage = Stage::new();
    let path = stage.directory(&super::manifest::WHOLE.replace("liar.so", "other.so"));
    let error = stage.refuse(&path, &["other.so", "build the library, or correct the path"]);
    assert!(matches!(error, LoadError::Loader { .. }));
}

#[test]
fn a_directory_without_manifest_is_refused() {
    let stage = Stage::new();
    fs::create_dir(stage.place("empty")).unwrap();
    let parts = ["has no manifest.toml", "write one, or load the library itself"];
    let error = stage.refuse(stage.place("empty"), &parts);
    assert!(matches!(error, LoadError::NoManifest { .. }));
}

#[test]
#[cfg(unix)]
fn a_path_that_is_not_utf8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let stage = Stage::new();
    let path = Image::new().saved(&stage, "liar.so").with_file_name(OsStr::from_bytes(b"l\xff.so"));
    fs::rename(stage.place("liar.so"), &path).unwrap();
    let error = stage.refuse(&path, &["is not UTF-8", "move the bundle to one that is"]);
    assert!(matches!(error, LoadError::NotUtf8 { .. }));
}

#[test]
fn a_file_that_no_loader_takes_is_refused() {
    let stage = Stage::new();
    let path = Image::new().saved(&stage, "liar.txt");
    let parts = ["no loader of this runtime takes the file", "native", "write a manifest.toml"];
    let error = stage.refuse(path, &parts);
    assert!(matches!(error, LoadError::UnknownFile { .. }));
}

#[test]
fn a_library_outside_of_the_allowed_directories_is_refused() {
    let fixtures = crate::support::library("fixture-liar");
    let allowed = tempfile::tempdir().unwrap();
    let directories = [fixtures.parent().unwrap(), allowed.path()];
    let stage = Stage::with(|loader| loader.only_under(directories));
    let path = Image::new().saved(&stage, "liar.so");
    refuse_outside(&stage, &path);
    #[cfg(unix)]
    {
        let link = allowed.path().join("link.so");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        refuse_outside(&stage, &link);
    }
}

fn refuse_outside(stage: &Stage, path: &std::path::Path) {
    let error = stage.refuse(path, &["may not load", "add its directory to `only_under`"]);
    let LoadError::Loader { source, .. } = error else { panic!("{error}") };
    let source = source.downcast::<NativeError>().unwrap();
    assert_eq!(*source, NativeError::Outside { path: path.to_owned() });
}
