//! The parts of an ELF file that are mapped into memory.

use object::{
    Endianness, elf,
    read::elf::{FileHeader, ProgramHeader},
};

use crate::loader::native::inspect::{
    InspectError,
    bounds::{Bounds, damaged, unreadable},
};

/// The smallest page of any system, which segments are mapped by.
const MIN_PAGE: u64 = 4096;

/// The segments that the dynamic loader uses.
pub(super) struct Segments<'a, Elf: FileHeader> {
    loads: Vec<Load>,
    pub(super) dynamic: &'a Elf::ProgramHeader,
}

impl<Elf: FileHeader> Segments<'_, Elf> {
    /// The offset in the file of what is found at `address` in memory, if all
    /// `size` bytes there come from the file.
    pub(super) fn offset_of(&self, address: u64, size: u64) -> Option<u64> {
        self.loads.iter().find_map(|load| load.offset_of(address, size))
    }
}

/// Checks the program headers and what they speak of.
pub(super) fn check<'a, Elf: FileHeader<Endian = Endianness>>(
    header: &'a Elf,
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<Segments<'a, Elf>, InspectError> {
    let segments = program_headers(header, endian, bytes)?;
    let loads = loads(segments, endian, Bounds::of(bytes))?;
    let mut dynamic = None;
    for (index, segment) in segments.iter().enumerate() {
        let (address, in_file) = (segment.p_vaddr(endian).into(), segment.p_filesz(endian).into());
        let good = match segment.p_type(endian) {
            elf::PT_DYNAMIC => {
                dynamic = Some(segment);
                true
            }
            // Copied for every thread.
            elf::PT_TLS => {
                in_file == 0 || loads.iter().any(|l| l.offset_of(address, in_file).is_some())
            }
            // Made read-only when relocation is done.
            elf::PT_GNU_RELRO => {
                let size = segment.p_memsz(endian).into();
                size == 0 || loads.iter().any(|load| load.maps(address, size))
            }
            _ => true,
        };
        if !good {
            return Err(damaged(format_args!("segment {index}"), "is not part of what is mapped"));
        }
    }
    match dynamic {
        Some(dynamic) => Ok(Segments { loads, dynamic }),
        None => Err(damaged("program header table", "has no dynamic segment")),
    }
}

fn program_headers<'a, Elf: FileHeader<Endian = Endianness>>(
    header: &'a Elf,
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<&'a [Elf::ProgramHeader], InspectError> {
    let table = "program header table";
    let count = header.phnum(endian, bytes).map_err(unreadable(table))?;
    let size = size_of::<Elf::ProgramHeader>();
    Bounds::of(bytes).hold_table(table, header.e_phoff(endian), count as u64, size)?;
    header.program_headers(endian, bytes).map_err(unreadable(table))
}

/// The segments that are mapped, when all segments are inside the file.
fn loads<Segment: ProgramHeader<Endian = Endianness>>(
    segments: &[Segment],
    endian: Endianness,
    bounds: Bounds,
) -> Result<Vec<Load>, InspectError> {
    let mut loads: Vec<Load> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let part = format_args!("segment {index}");
        let kind = segment.p_type(endian);
        if kind != elf::PT_NULL {
            bounds.hold(part, segment.p_offset(endian), segment.p_filesz(endian))?;
        }
        if kind == elf::PT_LOAD {
            let load = Load::read(segment, endian).map_err(|problem| damaged(part, problem))?;
            // Room is made from the first one's beginning to the last one's end.
            if loads.last().is_some_and(|last| load.address < last.end) {
                return Err(damaged(part, "begins before the end of the one before it"));
            }
            loads.push(load);
        }
    }
    if loads.is_empty() {
        return Err(damaged("program header table", "has nothing to load"));
    }
    Ok(loads)
}

/// A segment that is mapped.
struct Load {
    offset: u64,
    address: u64,
    file_size: u64,
    /// The end in memory, and the end of the page that it is in.
    end: u64,
    pages_end: u64,
}

impl Load {
    fn read<Segment: ProgramHeader<Endian = Endianness>>(
        segment: &Segment,
        endian: Endianness,
    ) -> Result<Self, &'static str> {
        let (offset, address) = (segment.p_offset(endian).into(), segment.p_vaddr(endian).into());
        let (file_size, memory_size) =
            (segment.p_filesz(endian).into(), segment.p_memsz(endian).into());
        let align = segment.p_align(endian).into().max(MIN_PAGE);
        if !align.is_power_of_two() {
            return Err("has an alignment that is no power of two");
        }
        if u64::wrapping_sub(address, offset) % align != 0 {
            return Err("stands at different places of a page in the file and in memory");
        }
        if file_size > memory_size {
            return Err("is larger in the file than in memory");
        }
        let end = u64::checked_add(address, memory_size);
        let pages_end = end.and_then(|end| end.checked_next_multiple_of(align));
        let (Some(end), Some(pages_end)) = (end, pages_end) else {
            return Err("has an impossible size");
        };
        Ok(Self { offset, address, file_size, end, pages_end })
    }

    /// Whether the `size` bytes at `address` are in this segment's pages.
    fn maps(&self, address: u64, size: u64) -> bool {
        let end = address.checked_add(size);
        self.address <= address && end.is_some_and(|end| end <= self.pages_end)
    }

    fn offset_of(&self, address: u64, size: u64) -> Option<u64> {
        let within = address.checked_sub(self.address)?;
        let end = within.checked_add(size)?;
        if end > self.file_size {
            return None;
        }
        self.offset.checked_add(within)
    }
}
