use std::{collections::HashSet, path::PathBuf};

use super::*;

fn library(dir: &Path, content: &[u8]) -> PathBuf {
    let path = dir.join(format!("libupper{DLL_SUFFIX}"));
    fs::write(&path, content).expect("a library");
    path
}

#[test]
fn a_copy_has_the_content_and_a_recognisable_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let original = library(dir.path(), b"content");
    let (copy, bytes) = PrivateCopy::of(&original, None).expect("a copy");
    assert_eq!(bytes, b"content");
    assert_eq!(fs::read(copy.path()).expect("the copy"), b"content");
    assert_eq!(copy.hash(), xxh3_64(b"content"));
    let name = copy.path().file_name().expect("a name").to_string_lossy();
    assert!(name.starts_with("polyplug-libupper-") && name.ends_with(DLL_SUFFIX), "{name}");
}

#[test]
fn no_name_is_used_twice() {
    let dir = tempfile::tempdir().expect("a directory");
    let original = library(dir.path(), b"content");
    let copy = || PrivateCopy::of(&original, Some(dir.path())).expect("a copy").0;
    let names: HashSet<PathBuf> = (0..1000).map(|_| copy().path().to_owned()).collect();
    assert_eq!(names.len(), 1000);
}

#[test]
fn a_copy_is_gone_when_it_is_dropped() {
    let dir = tempfile::tempdir().expect("a directory");
    let original = library(dir.path(), b"content");
    let (copy, _) = PrivateCopy::of(&original, Some(dir.path())).expect("a copy");
    assert_eq!(fs::read_dir(dir.path()).expect("entries").count(), 2);
    drop(copy);
    assert_eq!(fs::read_dir(dir.path()).expect("entries").count(), 1);
}

#[test]
fn a_copy_outlives_its_original() {
    let dir = tempfile::tempdir().expect("a directory");
    let original = library(dir.path(), b"content");
    let (copy, _) = PrivateCopy::of(&original, None).expect("a copy");
    fs::write(&original, b"").expect("cut short");
    fs::remove_file(&original).expect("removed");
    assert_eq!(fs::read(copy.path()).expect("the copy"), b"content");
}

#[test]
fn a_relative_directory_gives_an_absolute_path() {
    let dir = tempfile::tempdir_in(".").expect("a directory");
    let relative = Path::new(dir.path().file_name().expect("a name"));
    let (copy, _) = PrivateCopy::of(&library(dir.path(), b""), Some(relative)).expect("a copy");
    assert!(copy.path().is_absolute());
}

#[test]
fn a_long_name_is_cut() {
    let dir = tempfile::tempdir().expect("a directory");
    let original = dir.path().join("é".repeat(120));
    fs::write(&original, b"content").expect("a library");
    assert!(PrivateCopy::of(&original, None).is_ok());
}

#[test]
fn what_is_missing_or_no_file_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let missing = dir.path().join("missing.so");
    let error = PrivateCopy::of(&missing, None).expect_err("missing");
    assert!(matches!(error, CopyError::Missing { .. }));
    assert!(error.to_string().contains("missing.so"), "{error}");
    let error = PrivateCopy::of(dir.path(), None).expect_err("a directory");
    assert!(matches!(error, CopyError::NotAFile { .. }), "{error}");
}

#[test]
fn a_directory_that_cannot_be_written_leads_to_another() {
    let dir = tempfile::tempdir().expect("a directory");
    let original = library(dir.path(), b"content");
    let error = PrivateCopy::of(&original, Some(&dir.path().join("none"))).expect_err("no dir");
    assert!(matches!(error, CopyError::Directory { .. }));
    assert!(error.to_string().contains("copy_dir"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_from_other_failures() {
    let full = io::Error::from_raw_os_error(28);
    let error = CopyError::of_copying(Path::new("a.so"), Path::new("/tmp"), full);
    assert!(matches!(error, CopyError::Full { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_copy_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().expect("a directory");
    let (copy, _) = PrivateCopy::of(&library(dir.path(), b""), None).expect("a copy");
    let mode = fs::metadata(copy.path()).expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn failures_to_open_get_a_hint_that_fits() {
    for (message, hint) in [
        ("a.so: failed to map segment from shared object: Operation not permitted", "noexec"),
        ("a.so: failed to map segment from shared object", "noexec"),
        ("libb.so: cannot open shared object file: No such file or directory", "$ORIGIN"),
    ] {
        let given = hint_for_open_failure(message).expect(message);
        assert!(given.contains(hint) && given.contains("copy_dir"), "{given}");
    }
    let memory = "a.so: failed to map segment from shared object: Cannot allocate memory";
    assert_eq!(hint_for_open_failure(memory), None);
    assert_eq!(hint_for_open_failure("a.so: undefined symbol: f"), None);
}
