//! Libraries of macOS and its relatives.

use object::{
    Endianness, macho,
    read::macho::{LoadCommandVariant, MachHeader, Nlist, Section, Segment},
};

use super::{
    Contents, InspectError,
    bounds::{Bounds, damaged, unreadable},
    host::Machine,
};

/// The segment and section that `bundle!` puts manifests into.
pub(super) const MANIFEST_SECTION: (&[u8], &[u8]) = (b"__DATA", b"__polyplug");

pub(super) fn read<'a, Mach: MachHeader<Endian = Endianness>>(
    bytes: &'a [u8],
    host: &Machine,
) -> Result<Contents<'a>, InspectError> {
    let bounds = Bounds::of(bytes);
    bounds.hold("file header", 0_u64, size_of::<Mach>() as u64)?;
    let header = Mach::parse(bytes, 0).map_err(unreadable("file header"))?;
    let endian = header.endian().map_err(unreadable("file header"))?;
    host.accept(&machine(header, endian))?;
    match header.filetype(endian) {
        macho::MH_DYLIB | macho::MH_BUNDLE => {}
        macho::MH_EXECUTE => return Err(InspectError::NotDynamic { found: "executable" }),
        macho::MH_OBJECT => return Err(InspectError::NotDynamic { found: "object file" }),
        _ => return Err(InspectError::NotALibrary),
    }
    let part = "load command table";
    bounds.hold(part, size_of::<Mach>() as u64, header.sizeofcmds(endian))?;
    let mut commands = header.load_commands(endian, bytes, 0).map_err(unreadable(part))?;
    let mut contents = Contents { manifests: Vec::new(), exports: Vec::new() };
    while let Some(command) = commands.next().map_err(unreadable(part))? {
        if let Some((segment, sections)) =
            Mach::Segment::from_command(command).map_err(unreadable(part))?
        {
            let sections = segment.sections(endian, sections).map_err(unreadable(part))?;
            check_segment(segment, endian, bounds)?;
            contents.manifests.extend(manifests(sections, endian, bytes)?);
            continue;
        }
        let variant = command.variant().map_err(unreadable(part))?;
        check_linked(&variant, endian, bounds)?;
        if let LoadCommandVariant::Symtab(table) = variant {
            contents.exports.extend(exports::<Mach>(table, endian, bytes)?);
        }
    }
    Ok(contents)
}

fn machine<Mach: MachHeader<Endian = Endianness>>(header: &Mach, endian: Endianness) -> Machine {
    let cpu = header.cputype(endian);
    let arch = match cpu {
        macho::CPU_TYPE_X86 => Some("x86"),
        macho::CPU_TYPE_X86_64 => Some("x86_64"),
        macho::CPU_TYPE_ARM => Some("arm"),
        macho::CPU_TYPE_ARM64 => Some("aarch64"),
        _ => None,
    };
    Machine::new(header.is_type_64(), header.is_big_endian(), arch, cpu)
}

fn check_segment<S: Segment<Endian = Endianness>>(
    segment: &S,
    endian: Endianness,
    bounds: Bounds,
) -> Result<(), InspectError> {
    let part = format_args!("segment {}", String::from_utf8_lossy(segment.name()));
    bounds.hold(part, segment.fileoff(endian), segment.filesize(endian))?;
    let (address, size) = (segment.vmaddr(endian).into(), segment.vmsize(endian).into());
    if segment.filesize(endian).into() > size {
        return Err(damaged(part, "is larger in the file than in memory"));
    }
    if u64::checked_add(address, size).is_none() {
        return Err(damaged(part, "has an impossible size"));
    }
    Ok(())
}

/// Those of a segment's sections that hold manifests; all are inside the file.
fn manifests<'a, S: Section<Endian = Endianness>>(
    sections: &'a [S],
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<Vec<&'a [u8]>, InspectError> {
    let mut manifests = Vec::new();
    for section in sections {
        let part = format_args!("section {}", String::from_utf8_lossy(section.name()));
        if let Some((offset, size)) = section.file_range(endian) {
            Bounds::of(bytes).hold(part, offset, size)?;
        }
        if (section.segment_name(), section.name()) == MANIFEST_SECTION {
            let data = section.data(endian, bytes);
            manifests.push(data.map_err(|()| damaged("manifest section", "cannot be read"))?);
        }
    }
    Ok(manifests)
}

/// Checks the tables that the dynamic linker reads from the file.
fn check_linked(
    command: &LoadCommandVariant<'_, Endianness>,
    endian: Endianness,
    bounds: Bounds,
) -> Result<(), InspectError> {
    match command {
        LoadCommandVariant::Symtab(c) => {
            bounds.hold("string table", c.stroff.get(endian), c.strsize.get(endian))
        }
        LoadCommandVariant::Dysymtab(c) => {
            let (offset, count) = (c.indirectsymoff.get(endian), c.nindirectsyms.get(endian));
            bounds.hold_table("indirect symbol table", offset, count, size_of::<u32>())
        }
        LoadCommandVariant::DyldInfo(c) => {
            for (part, offset, size) in [
                ("rebase table", c.rebase_off, c.rebase_size),
                ("binding table", c.bind_off, c.bind_size),
                ("weak binding table", c.weak_bind_off, c.weak_bind_size),
                ("lazy binding table", c.lazy_bind_off, c.lazy_bind_size),
                ("export table", c.export_off, c.export_size),
            ] {
                bounds.hold(part, offset.get(endian), size.get(endian))?;
            }
            Ok(())
        }
        LoadCommandVariant::LinkeditData(c) => {
            bounds.hold("link-edit data", c.dataoff.get(endian), c.datasize.get(endian))
        }
        _ => Ok(()),
    }
}

/// The names of the symbols that are defined for others to find, as they are
/// written in C.
fn exports<'a, Mach: MachHeader<Endian = Endianness>>(
    table: &macho::SymtabCommand<Endianness>,
    endian: Endianness,
    bytes: &'a [u8],
) -> Result<Vec<&'a [u8]>, InspectError> {
    let part = "symbol table";
    let (offset, count) = (table.symoff.get(endian), table.nsyms.get(endian));
    Bounds::of(bytes).hold_table(part, offset, count, size_of::<Mach::Nlist>())?;
    let symbols = table.symbols::<Mach, _>(endian, bytes).map_err(unreadable(part))?;
    let mut exports = Vec::new();
    for symbol in symbols.iter() {
        let external = symbol.n_type() & (macho::N_EXT | macho::N_PEXT) == macho::N_EXT;
        if external && symbol.is_definition() {
            let name = symbol.name(endian, symbols.strings()).map_err(unreadable(part))?;
            exports.push(name.strip_prefix(b"_").unwrap_or(name));
        }
    }
    Ok(exports)
}
