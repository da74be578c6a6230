//! The table that leads the dynamic loader to everything else.
//!
//! It speaks in addresses of mapped memory, and the loader follows them without
//! a look at where they lead.

use object::{
    Endianness, elf,
    read::elf::{Dyn as _, FileHeader, ProgramHeader as _},
};

use super::segment::Segments;
use crate::loader::native::inspect::{
    InspectError,
    bounds::{damaged, unreadable},
};

// Packed relative relocations, which `object` does not name.
const DT_RELRSZ: u32 = 35;
const DT_RELR: u32 = 36;

/// A table, or some code, that a dynamic entry leads to.
struct Table {
    part: &'static str,
    address: u32,
    /// The entry that holds its size, if it has one.
    size: Option<u32>,
    required: bool,
}

const TABLES: &[Table] = &[
    table("dynamic string table", elf::DT_STRTAB, Some(elf::DT_STRSZ), true),
    table("dynamic symbol table", elf::DT_SYMTAB, None, true),
    table("initializer", elf::DT_INIT, None, false),
    table("finalizer", elf::DT_FINI, None, false),
    table("hash table", elf::DT_HASH, None, false),
    table("GNU hash table", elf::DT_GNU_HASH, None, false),
    table("relocation table", elf::DT_RELA, Some(elf::DT_RELASZ), false),
    table("relocation table", elf::DT_REL, Some(elf::DT_RELSZ), false),
    table("relative relocation table", DT_RELR, Some(DT_RELRSZ), false),
    table("linkage relocation table", elf::DT_JMPREL, Some(elf::DT_PLTRELSZ), false),
    table("table of initializers", elf::DT_INIT_ARRAY, Some(elf::DT_INIT_ARRAYSZ), false),
    table("table of finalizers", elf::DT_FINI_ARRAY, Some(elf::DT_FINI_ARRAYSZ), false),
    table("symbol version table", elf::DT_VERSYM, None, false),
    table("table of needed versions", elf::DT_VERNEED, None, false),
    table("table of defined versions", elf::DT_VERDEF, None, false),
];

const fn table(part: &'static str, address: u32, size: Option<u32>, required: bool) -> Table {
    Table { part, address, size, required }
}

/// Checks that the dynamic table and all that it leads to come from the file.
pub(super) fn check<Elf: FileHeader<Endian = Endianness>>(
    segments: &Segments<'_, Elf>,
    endian: Endianness,
    bytes: &[u8],
) -> Result<(), InspectError> {
    let part = "dynamic table";
    let segment = segments.dynamic;
    let in_memory =
        segments.offset_of(segment.p_vaddr(endian).into(), segment.p_filesz(endian).into());
    if in_memory != Some(segment.p_offset(endian).into()) {
        return Err(damaged(part, "is not mapped where it says"));
    }
    let entries = segment.dynamic(endian, bytes).map_err(unreadable(part))?.unwrap_or_default();
    let entries =
        entries.iter().map(|entry| (entry.d_tag(endian).into(), entry.d_val(endian).into()));
    let entries: Vec<(u64, u64)> = entries.collect();
    let Some(end) = entries.iter().position(|(tag, _)| *tag == u64::from(elf::DT_NULL)) else {
        return Err(damaged(part, "has no end"));
    };
    let entries = entries.get(..end).unwrap_or_default();
    // The last of several entries with one tag counts, as for the loader.
    let value = |wanted: u32| {
        entries.iter().rev().find(|(tag, _)| *tag == u64::from(wanted)).map(|(_, value)| *value)
    };
    if value(elf::DT_FLAGS_1).is_some_and(|flags| flags & u64::from(elf::DF_1_PIE) != 0) {
        return Err(InspectError::NotDynamic { found: "executable" });
    }
    for table in TABLES {
        check_table(table, segments, value)?;
    }
    Ok(())
}

fn check_table<Elf: FileHeader>(
    table: &Table,
    segments: &Segments<'_, Elf>,
    value: impl Fn(u32) -> Option<u64>,
) -> Result<(), InspectError> {
    let Some(address) = value(table.address) else {
        if table.required {
            return Err(damaged(table.part, "is missing"));
        }
        return Ok(());
    };
    let size = match table.size {
        Some(tag) => value(tag).ok_or_else(|| damaged(table.part, "has no size"))?,
        // At least its beginning is there.
        None => 1,
    };
    if size > 0 && segments.offset_of(address, size).is_none() {
        return Err(damaged(table.part, "leads out of the file"));
    }
    Ok(())
}
