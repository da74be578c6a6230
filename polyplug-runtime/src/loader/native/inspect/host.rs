//! What the libraries of this platform look like.

use std::{borrow::Cow, env::consts::ARCH, fmt};

use object::Endianness;

use super::InspectError;

/// The format and the machine of a library that can be opened here.
pub(super) struct Host {
    pub(super) format: Format,
    pub(super) machine: Machine,
}

impl Host {
    pub(super) fn current() -> Self {
        let format = if cfg!(windows) {
            Format::Pe
        } else if cfg!(target_vendor = "apple") {
            Format::MachO
        } else {
            Format::Elf
        };
        let big_endian = cfg!(target_endian = "big");
        Self { format, machine: Machine { bits: usize::BITS, big_endian, arch: ARCH.into() } }
    }
}

/// A format of libraries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Elf,
    MachO,
    Pe,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elf => "ELF",
            Self::MachO => "Mach-O",
            Self::Pe => "PE",
        })
    }
}

/// What code runs on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Machine {
    pub(super) bits: u32,
    pub(super) big_endian: bool,
    /// As in [`std::env::consts::ARCH`].
    pub(super) arch: Cow<'static, str>,
}

impl Machine {
    /// The machine that a header names `raw`, which is `arch` if that is known.
    pub(super) fn new(is_64: bool, big_endian: bool, arch: Option<&'static str>, raw: u32) -> Self {
        let arch = arch.map_or_else(|| format!("machine {raw:#x}").into(), Cow::Borrowed);
        Self { bits: if is_64 { 64 } else { 32 }, big_endian, arch }
    }

    pub(super) fn endian(&self) -> Endianness {
        if self.big_endian { Endianness::Big } else { Endianness::Little }
    }

    /// Refuses a library for `found` on this machine.
    pub(super) fn accept(&self, found: &Machine) -> Result<(), InspectError> {
        if self == found {
            return Ok(());
        }
        let (found, host) = (found.to_string(), self.to_string());
        Err(InspectError::OtherMachine { found, host })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = if self.big_endian { "big" } else { "little" };
        write!(f, "{} ({} bit, {order}-endian)", self.arch, self.bits)
    }
}
