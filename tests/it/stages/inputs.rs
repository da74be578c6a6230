//! Bundles and places that are bad themselves, as a load and as a reload.

use std::fs;
use std::path::PathBuf;

use super::subject::{Kind, Subject};
use crate::support::library;

/// Neither can be loaded nor replace what is loaded.
fn refuse(make: impl Fn(&Subject) -> PathBuf, part: &str) {
    let subject = Subject::new(Kind::Native);
    subject.refuse_load(|| make(&subject), part);
    subject.refuse_reload(|| make(&subject), part);
    subject.refuse_load(|| make(&subject), part);
    subject.accept();
}

/// The next version as a directory, with a change to its library.
fn changed(subject: &Subject, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let directory = subject.next();
    let file = directory.join("life.so");
    let mut bytes = fs::read(&file).unwrap();
    change(&mut bytes);
    fs::write(file, bytes).unwrap();
    directory
}

#[test]
fn a_path_with_nothing_at_its_end_changes_nothing() {
    refuse(|subject| subject.place.path("nothing.so"), "check the path");
    refuse(|subject| subject.place.install("fixture-life").join("below.so"), "check the path");
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_changes_nothing() {
    // Nothing is mapped at its beginning, so reading fails, for anybody.
    refuse(
        |subject| {
            let path = subject.place.path("unreadable.so");
            if !path.is_symlink() {
                std::os::unix::fs::symlink("/proc/self/mem", &path).unwrap();
            }
            path
        },
        "Input/output error",
    );
}

#[test]
fn a_manifest_that_is_wrong_changes_nothing() {
    refuse(
        |subject| {
            let directory = subject.next();
            fs::write(directory.join("manifest.toml"), "name = 'life'\nversion = 2\n").unwrap();
            directory
        },
        "`version`",
    );
}

#[test]
fn a_directory_for_copies_that_is_gone_changes_nothing() {
    for as_reload in [false, true] {
        let subject = Subject::new(Kind::Native);
        let (copies, away) = (subject.place.path("copies"), subject.place.path("away"));
        let next = subject.next();
        let before = subject.look_without_copies();
        fs::rename(&copies, &away).unwrap();
        let said = if as_reload {
            crate::refused::stage::text(&subject.runtime.reload_from("life", &next).unwrap_err())
        } else {
            crate::refused::stage::text(&subject.runtime.load(&next).unwrap_err())
        };
        assert!(said.contains("copy_dir"), "{said}");
        fs::rename(&away, &copies).unwrap();
        assert_eq!(subject.look_without_copies(), before);
        subject.accept();
    }
}

#[test]
fn a_library_that_was_cut_changes_nothing() {
    for (quarters, part) in [(0, "not a shared library"), (1, "cut short"), (3, "cut short")] {
        refuse(
            |subject| changed(subject, |bytes| bytes.truncate(bytes.len() * quarters / 4)),
            part,
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_that_the_system_cannot_open_changes_nothing() {
    refuse(
        |subject| {
            changed(subject, |bytes| {
                let (name, other) = (b"libgcc_s.so.1\0", b"libgcc_x.so.1\0");
                let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
                bytes[at..][..name.len()].copy_from_slice(other);
            })
        },
        "libgcc_x.so.1",
    );
}

#[test]
fn the_same_bundle_twice_changes_nothing() {
    let subject = Subject::new(Kind::Native);
    subject.refuse_load(|| subject.place.install("fixture-life"), "is loaded already");
    let next = subject.next();
    subject.runtime.load(&next).unwrap();
    subject.forget_events();
    // The version beside it is taken.
    subject.refuse_reload_of("life@0.1.0", || next.clone(), "is loaded already");
}

#[test]
fn another_bundle_in_its_place_changes_nothing() {
    let subject = Subject::new(Kind::Native);
    subject.refuse_reload(|| library("fixture-types"), "fixture-types");
    subject.accept();
}

#[test]
fn a_constructor_that_fails_or_panics_changes_nothing() {
    for (file, part) in [("fail", "told to fail"), ("panic", "told to panic")] {
        let subject = Subject::new(Kind::Native);
        for _ in 0..3 {
            subject.place.touch(file);
            subject.refuse_reload(|| subject.next(), part);
            fs::remove_file(subject.place.path(file)).unwrap();
        }
        subject.accept();
    }
}
