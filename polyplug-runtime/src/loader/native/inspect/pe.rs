//! Libraries of Windows.

use object::{
    LittleEndian as LE,
    pe::{self, ImageSymbolBytes},
    read::pe::{ImageNtHeaders, ImageOptionalHeader as _, PeFile},
};

use super::{
    Contents, InspectError,
    bounds::{Bounds, damaged, unreadable},
    host::Machine,
};

/// The section that `bundle!` puts manifests into: there is room for 8 bytes.
pub(super) const MANIFEST_SECTION: &[u8] = b".plyplug";

pub(super) fn read<'a, Pe: ImageNtHeaders>(
    bytes: &'a [u8],
    host: &Machine,
) -> Result<Contents<'a>, InspectError> {
    let file = PeFile::<Pe>::parse(bytes).map_err(unreadable("file header"))?;
    let header = file.nt_headers().file_header();
    host.accept(&machine(file.nt_headers()))?;
    if header.characteristics.get(LE) & pe::IMAGE_FILE_DLL == 0 {
        return Err(InspectError::NotDynamic { found: "executable" });
    }
    check_headers(&file, bytes)?;
    Ok(Contents { manifests: manifests(&file, bytes)?, exports: exports(&file)? })
}

fn machine<Pe: ImageNtHeaders>(headers: &Pe) -> Machine {
    let machine = headers.file_header().machine.get(LE);
    let arch = match machine {
        pe::IMAGE_FILE_MACHINE_I386 => Some("x86"),
        pe::IMAGE_FILE_MACHINE_AMD64 => Some("x86_64"),
        pe::IMAGE_FILE_MACHINE_ARMNT => Some("arm"),
        pe::IMAGE_FILE_MACHINE_ARM64 => Some("aarch64"),
        _ => None,
    };
    Machine::new(headers.is_type_64(), false, arch, machine.into())
}

/// Checks what the headers say of the file as a whole.
fn check_headers<Pe: ImageNtHeaders>(
    file: &PeFile<'_, Pe>,
    bytes: &[u8],
) -> Result<(), InspectError> {
    let bounds = Bounds::of(bytes);
    let optional = file.nt_headers().optional_header();
    bounds.hold("headers", 0_u64, optional.size_of_headers())?;
    for (index, directory) in file.data_directories().enumerate() {
        let part = format_args!("data directory {index}");
        let (start, size) = (directory.virtual_address.get(LE), directory.size.get(LE));
        if index == pe::IMAGE_DIRECTORY_ENTRY_SECURITY {
            // This one is not mapped, and stands at a place in the file.
            bounds.hold(part, start, size)?;
        } else if start.checked_add(size).is_none_or(|end| end > optional.size_of_image()) {
            return Err(damaged(part, "leads out of the library"));
        }
    }
    check_symbols(file.nt_headers().file_header(), bytes)
}

/// Checks the symbol table that some linkers leave behind, and the strings
/// after it, which begin with their length.
fn check_symbols(header: &pe::ImageFileHeader, bytes: &[u8]) -> Result<(), InspectError> {
    let bounds = Bounds::of(bytes);
    let start = header.pointer_to_symbol_table.get(LE);
    if start == 0 {
        return Ok(());
    }
    let count = header.number_of_symbols.get(LE);
    bounds.hold_table("symbol table", start, count, size_of::<ImageSymbolBytes>())?;
    let strings = u64::from(start) + u64::from(count) * size_of::<ImageSymbolBytes>() as u64;
    bounds.hold("string table", strings, size_of::<u32>() as u64)?;
    let rest = usize::try_from(strings).ok().and_then(|start| bytes.get(start..));
    let len = rest.and_then(<[u8]>::first_chunk).map_or(0, |len| u32::from_le_bytes(*len));
    bounds.hold("string table", strings, len)
}

/// The sections that hold manifests; all sections are inside the file.
fn manifests<'a, Pe: ImageNtHeaders>(
    file: &PeFile<'a, Pe>,
    bytes: &'a [u8],
) -> Result<Vec<&'a [u8]>, InspectError> {
    let image_size = file.nt_headers().optional_header().size_of_image();
    let mut manifests = Vec::new();
    for section in file.section_table().iter() {
        let part = format_args!("section {}", String::from_utf8_lossy(section.raw_name()));
        let (address, memory) = (section.virtual_address.get(LE), section.virtual_size.get(LE));
        if address.checked_add(memory).is_none_or(|end| end > image_size) {
            return Err(damaged(part, "leads out of the library"));
        }
        let size = section.size_of_raw_data.get(LE);
        if size > 0 {
            Bounds::of(bytes).hold(part, section.pointer_to_raw_data.get(LE), size)?;
        }
        if section.raw_name() == MANIFEST_SECTION {
            let data = section.pe_data(bytes);
            manifests.push(data.map_err(unreadable("manifest section"))?);
        }
    }
    Ok(manifests)
}

fn exports<'a, Pe: ImageNtHeaders>(file: &PeFile<'a, Pe>) -> Result<Vec<&'a [u8]>, InspectError> {
    let part = "export table";
    let Some(table) = file.export_table().map_err(unreadable(part))? else { return Ok(Vec::new()) };
    let exports = table.exports().map_err(unreadable(part))?;
    // A forward leads to another library, which is not this one's own code.
    let own = exports.iter().filter(|export| export.target.is_address());
    Ok(own.filter_map(|export| export.name).collect())
}
