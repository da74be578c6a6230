//! A small ELF library, and what is damage to it.

use super::{bytes::*, *};

pub(super) const HOST: Host = Host {
    format: Format::Elf,
    machine: Machine { bits: 64, big_endian: false, arch: Cow::Borrowed("x86_64") },
};

/// Where the two program headers are, and the fields in them.
const LOAD: usize = 64;
const DYNAMIC: usize = LOAD + 56;
const OFFSET: usize = 8;
const ADDRESS: usize = 16;
const FILE_SIZE: usize = 32;
const MEMORY_SIZE: usize = 40;
const ALIGN: usize = 48;

/// Where the dynamic symbols are: a null one and the entry.
const SYMBOLS: usize = DYNAMIC + 56;
const STRINGS: usize = SYMBOLS + 2 * 24;

/// A library that is mapped at its offsets, and holds `records` and `symbol`.
pub(super) fn library(records: &[u8], symbol: &str) -> Vec<u8> {
    let mut body = Bytes::default();
    body.zeros(24).u32s(&[1]).raw(&[0x12, 0]).u16s(&[3]).u64s(&[0x10, 1]);
    body.raw(b"\0").raw(symbol.as_bytes()).raw(b"\0").align(8);
    let dynamic = SYMBOLS + body.len();
    let strings_len = dynamic - STRINGS;
    body.u64s(&[5, STRINGS as u64, 10, strings_len as u64, 6, SYMBOLS as u64, 0, 0]);
    let section = SYMBOLS + body.len();
    body.raw(records).align(8);
    let loaded = SYMBOLS + body.len();
    body.raw(b"\0.dynsym\0.dynstr\0.polyplug\0.shstrtab\0").align(8);
    let headers = SYMBOLS + body.len();

    let mut file = Bytes::default();
    file.raw(b"\x7fELF\x02\x01\x01").zeros(9).u16s(&[3, 62]).u32s(&[1]);
    file.u64s(&[0, LOAD as u64, headers as u64]).u32s(&[0]).u16s(&[64, 56, 2, 64, 5, 4]);
    let segment = |file: &mut Bytes, kind, offset, size| {
        file.u32s(&[kind, 4]).u64s(&[offset, offset, offset, size, size, 0x1000]);
    };
    segment(&mut file, 1, 0, loaded as u64);
    segment(&mut file, 2, dynamic as u64, 64);
    file.raw(&body.0);
    let header = |file: &mut Bytes, name, kind, start: usize, end: usize, link, entry| {
        let (start, size) = (start as u64, (end - start) as u64);
        file.u32s(&[name, kind]).u64s(&[2, start, start, size]).u32s(&[link, 1]).u64s(&[8, entry]);
    };
    header(&mut file, 0, 0, 0, 0, 0, 0);
    header(&mut file, 1, 11, SYMBOLS, STRINGS, 2, 24);
    header(&mut file, 9, 3, STRINGS, dynamic, 0, 0);
    header(&mut file, 17, 1, section, section + records.len(), 0, 0);
    header(&mut file, 27, 3, loaded, headers, 0, 0);
    file.0
}

/// What is said of a healthy library after `damage`.
fn refused(damage: impl FnOnce(&mut [u8])) -> String {
    let mut file = library(&record(&manifest("upper")), &entry("upper"));
    damage(&mut file);
    inspect_for(&file, &HOST).expect_err("damaged").to_string()
}

fn dynamic_table(file: &[u8]) -> usize {
    let at = file[DYNAMIC + OFFSET..].first_chunk().copied().expect("an offset");
    u64::from_le_bytes(at) as usize
}

#[test]
fn another_machine_is_named_beside_this_one() {
    assert_eq!(
        refused(|file| patch(file, 18, 183_u16.to_le_bytes())),
        "the file is for aarch64 (64 bit, little-endian), and this program for x86_64 (64 bit, \
         little-endian): build the bundle for the latter"
    );
    assert!(refused(|file| patch(file, 18, 0xfff_u16.to_le_bytes())).contains("machine 0xfff"));
}

#[test]
fn only_libraries_are_taken() {
    let of_type = |kind: u16| refused(|file| patch(file, 16, kind.to_le_bytes()));
    assert!(of_type(2).starts_with("the file is an executable, and no shared library"));
    assert!(of_type(1).starts_with("the file is an object file, and no shared library"));
    // A position-independent executable looks like a library but for a flag.
    let pie = refused(|file| {
        let table = dynamic_table(file);
        patch(file, table, 0x6fff_fffb_u64.to_le_bytes());
        patch(file, table + 8, 0x0800_0000_u64.to_le_bytes());
    });
    assert!(pie.starts_with("the file is an executable"), "{pie}");
}

#[test]
fn a_library_without_section_headers_is_refused() {
    let error = refused(|file| patch(file, 40, [0; 8]));
    assert!(error.starts_with("the library has no section headers"), "{error}");
}

#[test]
fn a_segment_that_would_crash_the_loader_is_refused() {
    for (at, value, problem) in [
        (LOAD + FILE_SIZE, 1 << 20, "its segment 0 ends at byte 1048576 of"),
        (LOAD + FILE_SIZE, u64::MAX, "its segment 0 ends at byte"),
        (LOAD + OFFSET, u64::MAX, "its segment 0 has an impossible size"),
        (LOAD + MEMORY_SIZE, 1, "is larger in the file than in memory"),
        (LOAD + MEMORY_SIZE, u64::MAX, "its segment 0 has an impossible size"),
        (LOAD + ADDRESS, 8, "stands at different places of a page"),
        (LOAD + ALIGN, 0x1001, "has an alignment that is no power of two"),
        (DYNAMIC + OFFSET, 8, "its dynamic table is not mapped where it says"),
        (DYNAMIC + ADDRESS, 1 << 40, "its dynamic table is not mapped where it says"),
    ] {
        let error = refused(|file| patch(file, at, u64::to_le_bytes(value)));
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn segments_that_overlap_are_refused() {
    let error = refused(|file| {
        let load: [u8; 56] = *file[LOAD..].first_chunk().expect("a header");
        patch(file, DYNAMIC, load);
    });
    assert!(error.contains("segment 1 begins before the end of the one before it"), "{error}");
}

#[test]
fn segments_that_are_missing_are_refused() {
    let none = refused(|file| patch(file, 56, [0; 2]));
    assert!(none.contains("program header table has nothing to load"), "{none}");
    let no_dynamic = refused(|file| patch(file, DYNAMIC, [0; 4]));
    assert!(no_dynamic.contains("program header table has no dynamic segment"), "{no_dynamic}");
}

#[test]
fn a_dynamic_table_that_leads_astray_is_refused() {
    let entry = |file: &mut [u8], index: usize, tag: u64, value: u64| {
        let at = dynamic_table(file) + 16 * index;
        patch(file, at, tag.to_le_bytes());
        patch(file, at + 8, value.to_le_bytes());
    };
    let error = refused(|file| entry(file, 0, 5, 1 << 40));
    assert!(error.contains("dynamic string table leads out of the file"), "{error}");
    let error = refused(|file| entry(file, 1, 10, u64::MAX));
    assert!(error.contains("dynamic string table leads out of the file"), "{error}");
    let error = refused(|file| entry(file, 2, 0, 0));
    assert!(error.contains("dynamic symbol table is missing"), "{error}");
    let error = refused(|file| entry(file, 3, 25, 0));
    assert!(error.contains("dynamic table has no end"), "{error}");
}

#[test]
fn an_entry_must_be_defined_and_visible() {
    let undefined = refused(|file| patch(file, SYMBOLS + 24 + 6, [0; 2]));
    let hidden = refused(|file| patch(file, SYMBOLS + 24 + 5, [2]));
    let local = refused(|file| patch(file, SYMBOLS + 24 + 4, [0x02]));
    for error in [undefined, hidden, local] {
        assert!(error.starts_with("the library does not export its entry"), "{error}");
    }
}
