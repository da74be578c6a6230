//! Why a library is not opened.

use thiserror::Error;

use crate::bundle::manifest::ManifestError;

/// Why a native library was refused before it was opened, and what to do about it.
///
/// The library's path is named by the error that this one is the source of.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The file is in no format that libraries have.
    #[error(
        "the file is not a shared library: name the one that a crate with \
         `crate-type = [\"cdylib\"]` builds"
    )]
    NotALibrary,
    /// A library of another operating system.
    #[error(
        "the file is in the {found} format, and this platform loads {host}: build the bundle for \
         this platform"
    )]
    OtherFormat {
        /// The file's format.
        found: String,
        /// The format of this platform.
        host: String,
    },
    /// A library of another processor.
    #[error(
        "the file is for {found}, and this program for {host}: build the bundle for the latter"
    )]
    OtherMachine {
        /// What the file is for.
        found: String,
        /// What this program runs on.
        host: String,
    },
    /// Several libraries of different processors in one file.
    #[error(
        "the file is a universal binary: extract this platform's part with `lipo -thin`, and name \
         one file per platform in the manifest"
    )]
    Universal,
    /// A file in the right format that no dynamic loader takes.
    #[error(
        "the file is an {found}, and no shared library: build the crate with \
         `crate-type = [\"cdylib\"]`"
    )]
    NotDynamic {
        /// What the file is instead.
        found: &'static str,
    },
    /// A part of the file lies beyond the file's end.
    #[error(
        "the file is cut short: its {part} ends at byte {end} of {len}: copy or build the file \
         again"
    )]
    Truncated {
        /// What is not all there.
        part: String,
        /// Where it would end.
        end: u64,
        /// The length of the file.
        len: u64,
    },
    /// A part of the file contradicts itself.
    #[error("the file is damaged: its {part} {problem}: copy or build the file again")]
    Damaged {
        /// What is damaged.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The section headers, which lead to the manifest, were removed.
    #[error(
        "the library has no section headers, so its manifest cannot be found: strip symbols, but \
         keep the section headers"
    )]
    NoSections,
    /// Nothing in the library says that it is a bundle.
    #[error("the library holds no manifest: call `bundle!` in its crate and build it as a cdylib")]
    NoManifest,
    /// The section for manifests holds something else.
    #[error(
        "at byte {at} the section for manifests holds something else: build the library again, and \
         leave that section to `bundle!`"
    )]
    NotARecord {
        /// Where in the section it begins.
        at: usize,
    },
    /// A manifest that is said to be longer than its section.
    #[error(
        "the record at byte {at} of the section for manifests is cut short: build the library \
         again"
    )]
    RecordTruncated {
        /// Where in the section it begins.
        at: usize,
    },
    /// A manifest in a form that this host does not read.
    #[error(
        "the manifest has record version {found}, and this host reads {known}: build the library \
         and the host with versions of polyplug that fit"
    )]
    RecordVersion {
        /// The record's version.
        found: u32,
        /// The version that is read here.
        known: u32,
    },
    /// Several bundles that were linked into one library.
    #[error(
        "the library holds several bundles, {}: call `bundle!` in one crate of those that are \
         linked together, and name all its plugins there",
        .bundles.join(", ")
    )]
    SeveralBundles {
        /// The names of the bundles.
        bundles: Vec<String>,
    },
    /// The manifest in the library is wrong.
    #[error("the manifest in the library is wrong")]
    Manifest {
        /// What is wrong with it.
        #[from]
        source: ManifestError,
    },
    /// The library does not export the entry that its manifest names.
    #[error(
        "the library does not export its entry `{symbol}`: build it as a cdylib, and keep that \
         symbol visible and unstripped"
    )]
    NoEntry {
        /// The symbol.
        symbol: String,
    },
}
