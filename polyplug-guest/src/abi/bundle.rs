//! What a bundle exports: its entry and its manifest.

use std::ffi::c_void;

use super::{ErrorBuffer, GuestContractInterface, HostObject};

/// The entry of a bundle: registers its contracts with the host.
///
/// `host` stays for the life of the process; `registrar` is for this call
/// alone. Returns a [`Status`](super::Status).
pub type BundleEntry = unsafe extern "C" fn(
    host: *const HostTable,
    registrar: *mut c_void,
    error: *mut ErrorBuffer,
) -> u32;

/// What a host offers to its bundles. It belongs to the process, holds nothing
/// of any runtime, and is never freed.
#[repr(C)]
#[derive(Debug)]
pub struct HostTable {
    /// The size of this table in bytes.
    pub size: usize,
    /// The [`ABI_VERSION`](super::ABI_VERSION) of the host.
    pub abi_version: u32,
    /// Nothing yet; 0.
    pub reserved: u32,
    /// Registers one contract for the bundle whose entry is running. Returns a
    /// [`Status`](super::Status).
    pub register: unsafe extern "C" fn(
        registrar: *mut c_void,
        interface: *const GuestContractInterface,
        error: *mut ErrorBuffer,
    ) -> u32,
    /// 1 while the calling thread runs code of a bundle on the host's behalf,
    /// so that a panic will be caught at a boundary, else 0.
    pub is_inside_guest: unsafe extern "C" fn() -> u32,
    /// What the host keeps for the bundle whose entry is running: valid until the
    /// bundle is closed, and longer for whoever retains it.
    pub bundle: unsafe extern "C" fn(registrar: *mut c_void) -> *const HostObject,
}

/// A bundle that is linked into the host.
#[derive(Debug)]
pub struct StaticBundle {
    manifest: &'static str,
    entry: BundleEntry,
}

impl StaticBundle {
    /// Describes a bundle; [`bundle!`](crate::bundle) does this.
    ///
    /// # Safety
    ///
    /// `entry` keeps to the rules of [`BundleEntry`], registers only tables
    /// whose functions are what their schema says, and lives as long as the
    /// process.
    pub const unsafe fn new(manifest: &'static str, entry: BundleEntry) -> Self {
        Self { manifest, entry }
    }

    /// The manifest, as TOML.
    pub fn manifest(&self) -> &'static str {
        self.manifest
    }

    /// The entry.
    pub fn entry(&self) -> BundleEntry {
        self.entry
    }
}

/// The section of a native library in which manifests lie.
pub const MANIFEST_SECTION: &str = if cfg!(target_vendor = "apple") {
    "__DATA,__polyplug"
} else if cfg!(windows) {
    ".plyplug"
} else {
    ".polyplug"
};

/// The bytes with which the record of a manifest begins.
pub const MANIFEST_MAGIC: [u8; 16] = *b"polyplug-bundle\0";

/// The version of the form of [`ManifestRecord`].
pub const MANIFEST_RECORD_VERSION: u32 = 1;

/// The manifest of a bundle as it lies in [`MANIFEST_SECTION`].
///
/// Numbers are in the byte order of the library; a section may hold several
/// records, with zero bytes between them.
#[repr(C, align(8))]
#[derive(Debug)]
pub struct ManifestRecord<const LEN: usize> {
    magic: [u8; 16],
    version: u32,
    len: u32,
    text: [u8; LEN],
}

impl<const LEN: usize> ManifestRecord<LEN> {
    /// The record of a manifest of `LEN` bytes of TOML.
    pub const fn new(text: [u8; LEN]) -> Self {
        Self { magic: MANIFEST_MAGIC, version: MANIFEST_RECORD_VERSION, len: LEN as u32, text }
    }
}

const _: () = assert!(std::mem::offset_of!(ManifestRecord<8>, text) == 24);
const _: () = assert!(size_of::<HostTable>() == size_of::<usize>() * 4 + 8);
