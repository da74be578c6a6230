//! A small PE library, and what is damage to it.

use super::{bytes::*, *};

pub(super) const HOST: Host = Host {
    format: Format::Pe,
    machine: Machine { bits: 64, big_endian: false, arch: Cow::Borrowed("x86_64") },
};

const FILE_HEADER: usize = 64 + 4;
const OPTIONAL: usize = FILE_HEADER + 20;
const DIRECTORIES: usize = OPTIONAL + 112;
const SECTIONS: usize = DIRECTORIES + 16 * 8;
const HEADERS_END: usize = SECTIONS + 2 * 40;

/// A library of two sections, exports and records, that are mapped at their offsets.
pub(super) fn library(records: &[u8], symbol: &str) -> Vec<u8> {
    let at = |offset: usize| (HEADERS_END + offset) as u32;
    let mut exports = Bytes::default();
    exports.u32s(&[0, 0, 0, at(40 + 10), 1, 1, 1, at(40), at(44), at(48)]);
    exports.u32s(&[0x10, at(40 + 10)]).u16s(&[0]);
    exports.raw(symbol.as_bytes()).raw(b"\0").align(8);
    let start = HEADERS_END + exports.len();
    let end = (start + records.len()).next_multiple_of(8);

    let mut file = Bytes::default();
    file.raw(b"MZ").zeros(58).u32s(&[64]);
    file.raw(b"PE\0\0").u16s(&[0x8664, 2]).u32s(&[0, 0, 0]).u16s(&[112 + 16 * 8, 0x2022]);
    file.u16s(&[0x20b]).zeros(22).u64s(&[0x1_8000_0000]).u32s(&[8, 8]).zeros(16);
    file.u32s(&[end as u32, HEADERS_END as u32, 0]).u16s(&[2, 0]).zeros(32).u32s(&[0, 16]);
    file.u32s(&[at(0), exports.len() as u32]).zeros(15 * 8);
    let section = |file: &mut Bytes, name, start: usize, end: usize| {
        let (start, size) = (start as u32, (end - start) as u32);
        file.name(name, 8).u32s(&[size, start, size, start, 0, 0, 0, 0x4000_0040]);
    };
    section(&mut file, ".edata", HEADERS_END, start);
    section(&mut file, ".plyplug", start, end);
    file.raw(&exports.0).raw(records).align(8);
    file.0
}

fn refused(at: usize, value: u32) -> String {
    let mut file = library(&record(&manifest("upper")), &entry("upper"));
    patch(&mut file, at, value.to_le_bytes());
    inspect_for(&file, &HOST).expect_err("damaged").to_string()
}

#[test]
fn another_machine_is_named_beside_this_one() {
    assert!(refused(FILE_HEADER, 0x0002_aa64).starts_with("the file is for aarch64 (64 bit"));
}

#[test]
fn only_libraries_are_taken() {
    assert!(refused(FILE_HEADER + 16, 0x0022_00f0).starts_with("the file is an executable"));
}

#[test]
fn parts_beyond_the_end_are_refused() {
    for (at, part) in [
        (OPTIONAL + 60, "headers"),
        (DIRECTORIES + 4 * 8, "data directory 4"),
        (SECTIONS + 16, "section .edata"),
        (SECTIONS + 40 + 20, "section .plyplug"),
        (FILE_HEADER + 8, "symbol table"),
        (FILE_HEADER + 12, "symbol table"),
        (HEADERS_END + 8, "string table"),
    ] {
        let mut file = library(&record(&manifest("upper")), &entry("upper"));
        // A symbol table of no symbols and no strings, in four bytes that are zero.
        let symbols = HEADERS_END as u32 + 8;
        patch(&mut file, FILE_HEADER + 8, symbols.to_le_bytes());
        patch(&mut file, at, (1_u32 << 20).to_le_bytes());
        let error = inspect_for(&file, &HOST).expect_err("damaged").to_string();
        assert!(error.starts_with(&format!("the file is cut short: its {part} ")), "{error}");
    }
}

#[test]
fn parts_outside_of_memory_are_refused() {
    let directory = refused(DIRECTORIES + 4, u32::MAX);
    assert!(directory.contains("data directory 0 leads out of the library"), "{directory}");
    let section = refused(SECTIONS + 12, u32::MAX);
    assert!(section.contains("section .edata leads out of the library"), "{section}");
}
