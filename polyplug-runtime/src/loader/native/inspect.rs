//! Looks into a native library before it is opened.
//!
//! A dynamic loader believes its input: it maps what the headers say and
//! touches it, so that a file that was cut short kills the process by `SIGBUS`.
//! Here every part that a header speaks of is found inside the file first, and
//! the manifest that `bundle!` left in a section is read, all from bytes.
//!
//! This tells damage from health. It does not tell good code from bad: a
//! library is trusted because `NativeLoader::new` was told to trust it.

mod bounds;
mod elf;
mod error;
mod host;
mod macho;
mod pe;
mod record;

use object::{
    Endianness, FileKind,
    elf::{FileHeader32, FileHeader64},
    macho::{MachHeader32, MachHeader64},
    pe::{ImageNtHeaders32, ImageNtHeaders64},
};

use crate::bundle::manifest::EmbeddedManifest;
pub use error::InspectError;
use host::{Format, Host};

/// What a library says of itself.
#[derive(Debug)]
pub(crate) struct Inspected {
    pub(crate) manifest: EmbeddedManifest,
}

/// Checks that `bytes` are a whole library of this platform with one bundle in it.
pub(crate) fn inspect(bytes: &[u8]) -> Result<Inspected, InspectError> {
    inspect_for(bytes, &Host::current())
}

fn inspect_for(bytes: &[u8], host: &Host) -> Result<Inspected, InspectError> {
    let contents = read(bytes, host)?;
    let manifest = only_manifest(&contents, host.machine.endian())?;
    if !contents.exports.contains(&manifest.entry.as_bytes()) {
        return Err(InspectError::NoEntry { symbol: manifest.entry });
    }
    Ok(Inspected { manifest })
}

/// The parts of a checked library that matter here.
struct Contents<'a> {
    /// The sections that hold manifests.
    manifests: Vec<&'a [u8]>,
    /// The names of the symbols that can be looked up after opening.
    exports: Vec<&'a [u8]>,
}

fn read<'a>(bytes: &'a [u8], host: &Host) -> Result<Contents<'a>, InspectError> {
    let Ok(kind) = FileKind::parse(bytes) else { return Err(InspectError::NotALibrary) };
    let found = match kind {
        FileKind::Elf32 | FileKind::Elf64 => Format::Elf,
        FileKind::MachO32 | FileKind::MachO64 => Format::MachO,
        FileKind::MachOFat32 | FileKind::MachOFat64 => return Err(InspectError::Universal),
        FileKind::Pe32 | FileKind::Pe64 => Format::Pe,
        _ => return Err(InspectError::NotALibrary),
    };
    if found != host.format {
        let (found, host) = (found.to_string(), host.format.to_string());
        return Err(InspectError::OtherFormat { found, host });
    }
    match kind {
        FileKind::Elf32 => elf::read::<FileHeader32<Endianness>>(bytes, &host.machine),
        FileKind::Elf64 => elf::read::<FileHeader64<Endianness>>(bytes, &host.machine),
        FileKind::MachO32 => macho::read::<MachHeader32<Endianness>>(bytes, &host.machine),
        FileKind::MachO64 => macho::read::<MachHeader64<Endianness>>(bytes, &host.machine),
        FileKind::Pe32 => pe::read::<ImageNtHeaders32>(bytes, &host.machine),
        FileKind::Pe64 => pe::read::<ImageNtHeaders64>(bytes, &host.machine),
        _ => Err(InspectError::NotALibrary),
    }
}

fn only_manifest(
    contents: &Contents<'_>,
    endian: Endianness,
) -> Result<EmbeddedManifest, InspectError> {
    let mut manifests = Vec::new();
    for section in &contents.manifests {
        for text in record::texts(section, endian)? {
            manifests.push(EmbeddedManifest::parse(text)?);
        }
    }
    let Some(manifest) = manifests.pop() else { return Err(InspectError::NoManifest) };
    if manifests.is_empty() {
        return Ok(manifest);
    }
    let bundles = manifests.into_iter().chain([manifest]).map(|manifest| manifest.name);
    Err(InspectError::SeveralBundles { bundles: bundles.collect() })
}

#[cfg(test)]
mod tests;
