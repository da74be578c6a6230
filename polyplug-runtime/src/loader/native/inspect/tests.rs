use std::{borrow::Cow, error::Error as _};

use polyplug_guest::{BundleId, abi};
use proptest::prelude::*;

use super::{host::Machine, *};

mod bytes;
mod elf;
mod macho;
mod pe;

type Builder = fn(&[u8], &str) -> Vec<u8>;

/// A library in each of the formats, and where it can be opened.
const FORMATS: [(Builder, Host); 3] =
    [(elf::library, elf::HOST), (macho::library, macho::HOST), (pe::library, pe::HOST)];

fn entry(bundle: &str) -> String {
    format!("polyplug_entry_{}", BundleId::of(bundle))
}

fn manifest(bundle: &str) -> String {
    format!(
        "abi = 1\nname = \"{bundle}\"\nversion = \"1.2.3\"\nentry = \"{}\"\npanic = \"unwind\"\n\
         provides = [\"text.transform@1.0\"]\n",
        entry(bundle)
    )
}

fn record(text: &str) -> Vec<u8> {
    let mut record = abi::MANIFEST_MAGIC.to_vec();
    record.extend(abi::MANIFEST_RECORD_VERSION.to_le_bytes());
    record.extend((text.len() as u32).to_le_bytes());
    record.extend(text.as_bytes());
    record.resize(record.len().next_multiple_of(8), 0);
    record
}

/// What is said of an otherwise healthy library with `records` in it.
fn refused(records: &[u8]) -> String {
    let errors = FORMATS.map(|(library, host)| {
        let file = library(records, &entry("upper"));
        inspect_for(&file, &host).expect_err("bad records").to_string()
    });
    assert!(errors.iter().all(|error| *error == errors[0]), "{errors:?}");
    let [error, ..] = errors;
    error
}

#[test]
fn a_healthy_library_gives_its_manifest() {
    for (library, host) in FORMATS {
        let file = library(&record(&manifest("upper")), &entry("upper"));
        let manifest = inspect_for(&file, &host).expect("healthy").manifest;
        assert_eq!((manifest.name.as_str(), manifest.entry), ("upper", entry("upper")));
    }
}

#[test]
fn the_section_of_manifests_is_the_one_that_guests_use() {
    let section = match Host::current().format {
        Format::Elf => str::from_utf8(super::elf::MANIFEST_SECTION).expect("text").to_owned(),
        Format::Pe => str::from_utf8(super::pe::MANIFEST_SECTION).expect("text").to_owned(),
        Format::MachO => {
            let (segment, section) = super::macho::MANIFEST_SECTION;
            [segment, section].map(|name| str::from_utf8(name).expect("text")).join(",")
        }
    };
    assert_eq!(section, abi::MANIFEST_SECTION);
}

#[test]
fn a_library_cut_at_any_length_is_refused() {
    for (library, host) in FORMATS {
        let file = library(&record(&manifest("upper")), &entry("upper"));
        for len in 0..file.len() {
            assert!(inspect_for(&file[..len], &host).is_err(), "{} at {len}", host.format);
        }
    }
}

#[test]
fn what_is_no_library_is_refused() {
    for bytes in [&b""[..], b"x", b"#!/bin/sh\necho this is no library\n", &[0; 4096]] {
        let error = inspect(bytes).expect_err("no library").to_string();
        assert!(error.starts_with("the file is not a shared library"), "{error}");
    }
}

#[test]
fn a_library_of_another_platform_is_refused() {
    let file = elf::library(&record(&manifest("upper")), &entry("upper"));
    assert_eq!(
        inspect_for(&file, &pe::HOST).expect_err("ELF").to_string(),
        "the file is in the ELF format, and this platform loads PE: build the bundle for this \
         platform"
    );
}

#[test]
fn a_library_without_a_manifest_is_told_what_to_call() {
    for records in [&b""[..], &[0; 64]] {
        assert_eq!(
            refused(records),
            "the library holds no manifest: call `bundle!` in its crate and build it as a cdylib"
        );
    }
}

#[test]
fn several_bundles_in_one_library_are_named() {
    let mut records = record(&manifest("upper"));
    // As a linker aligns them.
    records.extend([0; 40]);
    records.extend(record(&manifest("lower")));
    let error = refused(&records);
    assert!(error.starts_with("the library holds several bundles, upper, lower: "), "{error}");
}

#[test]
fn what_is_no_record_is_refused() {
    let mut records = record(&manifest("upper"));
    let end = records.len();
    records.extend(b"something else");
    let error = refused(&records);
    assert!(error.starts_with(&format!("at byte {end} the section for manifests")), "{error}");
}

#[test]
fn a_record_beyond_its_section_is_refused() {
    let record = record(&manifest("upper"));
    let mut records = record.clone();
    records[20..24].copy_from_slice(&u32::MAX.to_le_bytes());
    let too_long = refused(&records);
    assert!(too_long.starts_with("the record at byte 0 of the section"), "{too_long}");
    for len in 1..record.len() - 8 {
        assert!(record::texts(&record[..len], Endianness::Little).is_err(), "{len}");
    }
}

#[test]
fn a_record_of_another_version_is_refused() {
    let mut records = record(&manifest("upper"));
    records[16..20].copy_from_slice(&2_u32.to_le_bytes());
    let error = refused(&records);
    assert!(
        error.starts_with("the manifest has record version 2, and this host reads 1"),
        "{error}"
    );
}

#[test]
fn a_bad_manifest_is_the_source_of_the_error() {
    for (library, host) in FORMATS {
        let file = library(&record("name = 1"), &entry("upper"));
        let error = inspect_for(&file, &host).expect_err("bad manifest");
        let source = error.source().map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("line 1: `name` must be a string, and is an integer"));
    }
}

#[test]
fn a_missing_entry_is_named() {
    for (library, host) in FORMATS {
        let file = library(&record(&manifest("upper")), "another");
        let error = inspect_for(&file, &host).expect_err("no entry").to_string();
        let expected = format!("the library does not export its entry `{}`", entry("upper"));
        assert!(error.starts_with(&expected), "{error}");
    }
}

proptest! {
    #[test]
    fn damage_anywhere_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for (library, host) in FORMATS {
            let mut file = library(&record(&manifest("upper")), &entry("upper"));
            for (at, byte) in &damage {
                let at = at.index(file.len());
                file[at] = *byte;
            }
            let _ = inspect_for(&file, &host);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        for (magic, host) in [
            (&b"\x7fELF\x02\x01\x01"[..], elf::HOST),
            (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", macho::HOST),
            (b"MZ", pe::HOST),
        ] {
            let _ = inspect_for(&[magic, &bytes].concat(), &host);
        }
    }
}
