//! A small Mach-O library, and what is damage to it.

use super::{bytes::*, *};

pub(super) const HOST: Host = Host {
    format: Format::MachO,
    machine: Machine { bits: 64, big_endian: false, arch: Cow::Borrowed("aarch64") },
};

const SEGMENT: usize = 32;
const SYMTAB: usize = SEGMENT + 72 + 80;
const RECORDS: usize = SYMTAB + 24;

/// A library of one segment, in which everything is.
pub(super) fn library(records: &[u8], symbol: &str) -> Vec<u8> {
    let symbols = (RECORDS + records.len()).next_multiple_of(8);
    let strings = symbols + 16;
    let strings_len = symbol.len() + 3;
    let end = (strings + strings_len) as u64;
    let mut file = Bytes::default();
    file.u32s(&[0xfeed_facf, 0x0100_000c, 0, 6, 2, (RECORDS - SEGMENT) as u32, 0, 0]);
    file.u32s(&[0x19, 72 + 80]).name("__DATA", 16).u64s(&[0, end, 0, end]).u32s(&[3, 3, 1, 0]);
    file.name("__polyplug", 16).name("__DATA", 16).u64s(&[RECORDS as u64, records.len() as u64]);
    file.u32s(&[RECORDS as u32, 3, 0, 0, 0, 0, 0, 0]);
    file.u32s(&[2, 24, symbols as u32, 1, strings as u32, strings_len as u32]);
    file.raw(records).align(8);
    file.u32s(&[1]).raw(&[0x0f, 1, 0, 0]).u64s(&[0x10]);
    file.raw(b"\0_").raw(symbol.as_bytes()).raw(b"\0");
    file.0
}

fn refused(at: usize, value: u32) -> String {
    let mut file = library(&record(&manifest("upper")), &entry("upper"));
    patch(&mut file, at, value.to_le_bytes());
    inspect_for(&file, &HOST).expect_err("damaged").to_string()
}

#[test]
fn another_machine_is_named_beside_this_one() {
    assert!(refused(4, 0x0100_0007).starts_with("the file is for x86_64 (64 bit, little-endian)"));
}

#[test]
fn only_libraries_are_taken() {
    assert!(refused(12, 2).starts_with("the file is an executable"));
    assert!(refused(12, 1).starts_with("the file is an object file"));
}

#[test]
fn parts_beyond_the_end_are_refused() {
    for (at, part) in [
        (20, "load command table"),
        (SEGMENT + 48, "segment __DATA"),
        (SEGMENT + 72 + 48, "section __polyplug"),
        (SYMTAB + 8, "symbol table"),
        (SYMTAB + 12, "symbol table"),
        (SYMTAB + 16, "string table"),
        (SYMTAB + 20, "string table"),
    ] {
        let error = refused(at, 1 << 20);
        assert!(error.starts_with(&format!("the file is cut short: its {part} ")), "{error}");
    }
}

#[test]
fn a_universal_binary_is_to_be_taken_apart() {
    let mut file = Bytes::default();
    file.raw(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]).zeros(64);
    let error = inspect_for(&file.0, &HOST).expect_err("universal").to_string();
    assert!(error.contains("lipo -thin"), "{error}");
}

#[test]
fn an_entry_must_be_defined_and_external() {
    let file = library(&record(&manifest("upper")), &entry("upper"));
    let symbols = file.len() - entry("upper").len() - 3 - 16;
    for (at, value) in [(symbols + 4, 0x01), (symbols + 4, 0x0e), (symbols + 4, 0x1f)] {
        let error = refused(at, value);
        assert!(error.starts_with("the library does not export its entry"), "{error}");
    }
}
