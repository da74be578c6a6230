//! Manifests that are wrong.

use std::env::consts::{ARCH, OS};
use std::fs;

use polyplug_runtime::{LoadError, ManifestError};

use super::stage::Stage;

/// A manifest that agrees with the library beside it.
pub(crate) const WHOLE: &str = "\
name = \"fixture-liar\"
version = \"0.2.0\"
loader = \"native\"
file = \"liar.so\"
provides = [\"test.liar@1.0\", \"test.interpreted@1.0\"]
";

/// A directory with this manifest is refused; says why.
fn refused(manifest: &str, parts: &[&str]) -> ManifestError {
    let stage = Stage::new();
    let path = stage.directory(manifest);
    let error = stage.refuse(&path, &[parts, &["manifest.toml"]].concat());
    let LoadError::Manifest { path: told, source, .. } = error else { panic!("{error}") };
    assert_eq!(told, path.join("manifest.toml"));
    *source
}

#[test]
fn the_manifest_that_the_others_are_made_from_is_whole() {
    let stage = Stage::new();
    let path = stage.directory(WHOLE);
    let bundle = stage.runtime.load(&path).unwrap();
    assert_eq!((bundle.name(), bundle.path()), ("fixture-liar", &*path));
}

#[test]
fn malformed_toml_is_refused() {
    let manifest = WHOLE.replace("\nloader = ", "\nloader ");
    let error = refused(&manifest, &["line 3", "malformed TOML", "correct that line"]);
    assert!(matches!(error, ManifestError::Malformed { line: 3, .. }));
}

#[test]
fn an_unknown_field_is_refused_with_the_nearest_known_one() {
    let manifest = WHOLE.replace("loader =", "loadr =");
    let error = refused(&manifest, &["line 3", "`loadr`", "did you mean `loader`?"]);
    let ManifestError::UnknownField { nearest, .. } = error else { panic!("{error}") };
    assert_eq!(nearest, Some("loader"));
}

#[test]
fn an_unknown_field_like_no_other_is_refused_with_all_that_are_known() {
    let manifest = format!("{WHOLE}colour = \"red\"\n");
    let error = refused(&manifest, &["line 6", "`colour`", "the fields are `name`, `version`"]);
    assert!(matches!(error, ManifestError::UnknownField { nearest: None, .. }));
}

#[test]
fn a_missing_field_is_refused() {
    let manifest = WHOLE.replace("version = \"0.2.0\"\n", "");
    let error =
        refused(&manifest, &["no field `version`", "add one such as `version = \"1.0.0\"`"]);
    assert!(matches!(error, ManifestError::MissingField { .. }));
}

#[test]
fn a_value_of_another_type_is_refused() {
    let manifest = WHOLE.replace("\"0.2.0\"", "2");
    let error = refused(&manifest, &["line 2", "`version` must be a string, and is an integer"]);
    assert!(matches!(error, ManifestError::WrongType { .. }));
}

#[test]
fn a_wrong_id_is_refused() {
    let manifest = format!("{WHOLE}id = \"0123456789abcdef\"\n");
    let parts = ["line 6", "`id` is \"0123456789abcdef\"", "restore what was changed"];
    let error = refused(&manifest, &parts);
    assert!(matches!(error, ManifestError::WrongId { .. }));
}

#[test]
fn a_table_of_files_without_this_platform_is_refused() {
    let manifest = WHOLE.replace("\"liar.so\"", "{ plan9-mips = \"liar.so\" }");
    let here = format!("{OS}-{ARCH}");
    let parts = ["line 4", "`file` has nothing for", &here, "plan9-mips", "add its file"];
    let error = refused(&manifest, &parts);
    assert!(matches!(error, ManifestError::NoFileForPlatform { .. }));
}

#[test]
fn a_file_outside_of_the_bundle_is_refused() {
    let manifest = WHOLE.replace("liar.so", "../liar.so");
    let error = refused(&manifest, &["line 4", "`file` is", "no file inside the bundle", "write"]);
    assert!(matches!(error, ManifestError::FileOutside { .. }));
}

#[test]
fn a_manifest_that_is_not_utf8_is_refused() {
    let stage = Stage::new();
    let path = stage.directory(WHOLE);
    fs::write(path.join("manifest.toml"), b"name = \"a\"\nversion = \"\xff\"").unwrap();
    let parts = ["manifest.toml", "line 2", "not UTF-8 text", "save the manifest in that encoding"];
    let error = stage.refuse(&path, &parts);
    assert!(matches!(error, LoadError::Manifest { .. }));
}

#[test]
fn an_unknown_loader_is_refused() {
    let stage = Stage::new();
    let path = stage.directory(&WHOLE.replace("\"native\"", "\"nativ\""));
    let parts = ["loader", "`nativ`", "native", "name one of those"];
    let error = stage.refuse(path, &parts);
    assert!(matches!(error, LoadError::UnknownLoader { .. }));
}
