//! Libraries that were cut short: errors, and never the end of the process.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Write, stdout};
use std::path::Path;
use std::process::Child;

use object::elf::FileHeader64;
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, elf};
use polyplug_runtime::LoadError;
use polyplug_runtime::loader::native::InspectError;

use super::child::child;
use super::image::Image;
use super::stage::Stage;

/// Names the file that tells a worker its lengths.
const LENGTHS: &str = "POLYPLUG_TEST_LENGTHS";

/// How many processes share the lengths.
const WORKERS: usize = 4;

#[test]
fn a_library_that_was_cut_at_a_boundary_or_beside_it_is_refused() {
    let lengths = boundaries(Image::new().bytes());
    assert!(lengths.len() > 100, "there are more boundaries than {lengths:?}");
    refuse_all(lengths);
}

#[test]
fn a_library_that_was_cut_at_one_of_500_lengths_is_refused() {
    let whole = Image::new().bytes().len();
    refuse_all((0..500).map(|number| number * whole / 500).collect());
}

/// Every offset at which a part of the library begins or ends, the one before
/// it, and the one after it.
fn boundaries(bytes: &[u8]) -> BTreeSet<usize> {
    let file = ElfFile64::<Endianness>::parse(bytes).unwrap();
    let (header, endian) = (file.elf_header(), file.endian());
    let table = |offset: u64, count: usize, size: u16| (offset, count as u64 * u64::from(size));
    let segments = file.elf_program_headers();
    let sections: Vec<_> = file.elf_section_table().iter().collect();
    let mut parts = vec![
        (0, size_of::<FileHeader64<Endianness>>() as u64),
        table(header.e_phoff(endian), segments.len(), header.e_phentsize(endian)),
        table(header.e_shoff(endian), sections.len(), header.e_shentsize(endian)),
    ];
    parts.extend(segments.iter().map(|it| (it.p_offset(endian), it.p_filesz(endian))));
    let in_file = sections.iter().filter(|it| it.sh_type(endian) != elf::SHT_NOBITS);
    parts.extend(in_file.map(|it| (it.sh_offset(endian), it.sh_size(endian))));
    let ends = parts.into_iter().flat_map(|(offset, size)| [offset, offset + size]);
    let around = ends.flat_map(|end| [end.saturating_sub(1), end, end + 1]);
    around.map(|length| length as usize).filter(|length| *length < bytes.len()).collect()
}

fn refuse_all(lengths: BTreeSet<usize>) {
    let root = tempfile::tempdir().unwrap();
    let lengths: Vec<_> = lengths.into_iter().collect();
    let share = |number| lengths.iter().skip(number).step_by(WORKERS).copied().collect();
    // The two kinds of lengths are tested at the same time, so that two workers
    // of each are enough to be busy.
    for pair in (0..WORKERS).collect::<Vec<_>>().chunks(2) {
        let workers: Vec<_> =
            pair.iter().map(|number| start(root.path(), *number, share(*number))).collect();
        workers.into_iter().for_each(finish);
    }
}

/// Starts a worker for `lengths`.
fn start(root: &Path, number: usize, lengths: Vec<usize>) -> (Child, Vec<usize>) {
    let list = root.join(number.to_string());
    let text: Vec<_> = lengths.iter().map(usize::to_string).collect();
    fs::write(&list, text.join("\n")).unwrap();
    let worker = child("refused::truncated::worker", LENGTHS, list).spawn().unwrap();
    (worker, lengths)
}

fn finish((worker, lengths): (Child, Vec<usize>)) {
    let output = worker.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let tried: Vec<_> = said.lines().filter_map(|line| line.split_once("cut to ")).collect();
    let (status, last) = (output.status, tried.last());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(status.success(), "{status} at length {last:?}\n{said}\n{errors}");
    assert_eq!(tried.len(), lengths.len(), "{said}");
}

#[test]
#[ignore = "run in a process of its own, by the tests above"]
fn worker() {
    let Some(list) = std::env::var_os(LENGTHS) else { return };
    let list = fs::read_to_string(list).unwrap();
    let stage = Stage::new();
    let path = Image::new().saved(&stage, "liar.so");
    let file = File::options().write(true).open(&path).unwrap();
    // From the longest on, so that each is made from the one before.
    for length in list.lines().rev() {
        println!("cut to {length}");
        stdout().flush().unwrap();
        file.set_len(length.parse().unwrap()).unwrap();
        let error = stage.refuse_load(&path, &["the file is", "build"]);
        let LoadError::Loader { source, .. } = error else { panic!("{error}") };
        let source = source.downcast::<InspectError>().unwrap();
        let is_told = matches!(
            *source,
            InspectError::Truncated { .. }
                | InspectError::Damaged { .. }
                | InspectError::NotALibrary
        );
        assert!(is_told, "{source}");
    }
}
