//! Libraries of Linux and most other Unix systems.

mod dynamic;
mod segment;

use object::{
    Endianness, elf,
    read::elf::{FileHeader, SectionHeader as _, SectionTable, Sym as _},
};

use super::{
    Contents, InspectError,
    bounds::{Bounds, damaged, unreadable},
    host::Machine,
};

/// The section that `bundle!` puts manifests into.
pub(super) const MANIFEST_SECTION: &[u8] = b".polyplug";

pub(super) fn read<'a, Elf: FileHeader<Endian = Endianness>>(
    bytes: &'a [u8],
    host: &Machine,
) -> Result<Contents<'a>, InspectError> {
    Bounds::of(bytes).hold("file header", 0_u64, size_of::<Elf>() as u64)?;
    let header = Elf::parse(bytes).map_err(unreadable("file header"))?;
    let endian = header.endian().map_err(unreadable("file header"))?;
    host.accept(&machine(header, endian))?;
    match header.e_type(endian) {
        elf::ET_DYN => {}
        elf::ET_EXEC => return Err(InspectError::NotDynamic { found: "executable" }),
        elf::ET_REL => return Err(InspectError::NotDynamic { found: "object file" }),
        _ => return Err(InspectError::NotALibrary),
    }
    let segments = segment::check(header, endian, bytes)?;
    dynamic::check(&segments, endian, bytes)?;
    let sections = sections(header, endian, bytes)?;
    Ok(Contents {
        manifests: manifests(&sections, endian, bytes)?,
        exports: exports(&sections, endian, bytes)?,
    })
}

fn machine<Elf: FileHeader<Endian = Endianness>>(header: &Elf, endian: Endianness) -> Machine {
    let machine = header.e_machine(endian);
    let is_64 = header.is_class_64();
    let arch = match (machine, is_64) {
        (elf::EM_386, _) => Some("x86"),
        (elf::EM_X86_64, _) => Some("x86_64"),
        (elf::EM_ARM, _) => Some("arm"),
        (elf::EM_AARCH64, _) => Some("aarch64"),
        (elf::EM_RISCV, false) => Some("riscv32"),
        (elf::EM_RISCV, true) => Some("riscv64"),
        (elf::EM_PPC, _) => Some("powerpc"),
        (elf::EM_PPC64, _) => Some("powerpc64"),
        (elf::EM_MIPS, false) => Some("mips"),
        (elf::EM_MIPS, true) => Some("mips64"),
        (elf::EM_SPARCV9, _) => Some("sparc64"),
        (elf::EM_S390, _) => Some("s390x"),
        (elf::EM_LOONGARCH, true) => Some("loongarch64"),
        _ => None,
    };
    Machine::new(is_64, header.is_big_endian(), arch, machine.into())
}

/// The sections, all inside the file.
///
/// The table of their headers stands at the end of what linkers write, so this
/// is also what finds a file that lost its last byte.
fn sections<'a, Elf: FileHeader<Endian = Endianness>>(
    header: &'a Elf,
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<SectionTable<'a, Elf>, InspectError> {
    let bounds = Bounds::of(bytes);
    let (table, offset) = ("section header table", header.e_shoff(endian));
    let offset: u64 = offset.into();
    if offset == 0 {
        return Err(InspectError::NoSections);
    }
    // The first header is there even if it is only to hold their number.
    bounds.hold_table(table, offset, 1_u64, size_of::<Elf::SectionHeader>())?;
    let count = header.shnum(endian, bytes).map_err(unreadable(table))?;
    bounds.hold_table(table, offset, count as u64, size_of::<Elf::SectionHeader>())?;
    let sections = header.sections(endian, bytes).map_err(unreadable(table))?;
    if sections.is_empty() {
        return Err(InspectError::NoSections);
    }
    for (index, section) in sections.enumerate() {
        // A null header's other fields mean something else.
        if section.sh_type(endian) == elf::SHT_NULL {
            continue;
        }
        if let Some((offset, size)) = section.file_range(endian) {
            bounds.hold(format_args!("section {}", index.0), offset, size)?;
        }
    }
    Ok(sections)
}

fn manifests<'a, Elf: FileHeader<Endian = Endianness>>(
    sections: &SectionTable<'a, Elf>,
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<Vec<&'a [u8]>, InspectError> {
    let mut manifests = Vec::new();
    for section in sections.iter() {
        if sections.section_name(endian, section).map_err(unreadable("section names"))?
            == MANIFEST_SECTION
        {
            manifests.push(section.data(endian, bytes).map_err(unreadable("manifest section"))?);
        }
    }
    Ok(manifests)
}

/// The names of the functions and data that are defined for others to find.
fn exports<'a, Elf: FileHeader<Endian = Endianness>>(
    sections: &SectionTable<'a, Elf>,
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<Vec<&'a [u8]>, InspectError> {
    let part = "dynamic symbol table";
    let symbols = sections.symbols(endian, bytes, elf::SHT_DYNSYM).map_err(unreadable(part))?;
    let mut exports = Vec::new();
    for symbol in symbols.iter() {
        let visible = matches!(symbol.st_visibility(), elf::STV_DEFAULT | elf::STV_PROTECTED);
        if symbol.is_local() || symbol.is_undefined(endian) || !visible {
            continue;
        }
        let name = symbol.name(endian, symbols.strings());
        exports
            .push(name.map_err(|error| damaged(part, format_args!("has a bad name ({error})")))?);
    }
    Ok(exports)
}
