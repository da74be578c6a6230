//! How bundles are opened: the interface that every loader implements.
//!
//! Loading goes through stages. A loader has a say in three of them: it
//! prepares a file (copies it, checks it, and says what it describes itself as),
//! opens it, and lets it register its contracts. Whatever was opened is closed
//! once nothing runs in it any more.

#[cfg(feature = "lua")]
pub mod lua;
#[cfg(feature = "native")]
pub mod native;
pub(crate) mod registrar;
pub(crate) mod statics;

use std::error::Error;
use std::path::Path;

pub use registrar::Registrar;
pub(crate) use registrar::{Contracts, HOST_TABLE};

use crate::bundle::Description;

/// Why a loader could not do its part. The runtime's error adds the bundle and
/// the path.
pub type LoaderError = Box<dyn Error + Send + Sync>;

/// Opens bundles of one kind.
pub trait BundleLoader: Send + Sync + 'static {
    /// The name by which manifests choose this loader, such as `native`.
    fn name(&self) -> &str;

    /// Whether a bare file is one of this loader's, going by its name alone.
    fn accepts(&self, file: &Path) -> bool;

    /// Copies and checks `source`, so that what is opened later is what was
    /// checked. Runs none of the bundle's code, unless that is the only way to
    /// learn its name.
    ///
    /// # Errors
    ///
    /// Why it is no bundle that this loader can open.
    fn prepare(&self, source: &BundleSource<'_>) -> Result<Box<dyn PreparedBundle>, LoaderError>;
}

/// What a loader is given to prepare.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BundleSource<'a> {
    /// The file, or what would be in it.
    pub content: Content<'a>,
    /// The bundle's directory, if it is one.
    pub root: Option<&'a Path>,
    /// What its manifest says; a bare file has none.
    pub manifest: Option<&'a Description>,
}

/// The content of a bundle's file, or where it is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Content<'a> {
    /// A file.
    File(&'a Path),
    /// Text in memory.
    Text(&'a str),
    /// Bytes in memory.
    Bytes(&'a [u8]),
}

/// A bundle that was checked and can be opened.
pub trait PreparedBundle {
    /// What the bundle says of itself, if it does; a bare file must. Made by
    /// [`Description::from_manifest`].
    fn description(&self) -> Option<&Description>;

    /// Opens the bundle. Its initialisers may run; its contracts are not yet
    /// asked for.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened. Nothing stays behind.
    fn open(self: Box<Self>) -> Result<Box<dyn Module>, LoaderError>;
}

/// An open bundle.
///
/// # Safety
///
/// What `init` registers stays callable, from any thread, until `close` is called
/// or the module is dropped. `init` puts nothing else into the registrar, and does
/// not swap it for another one.
pub unsafe trait Module: Send + Sync + 'static {
    /// Lets the bundle register its contracts.
    ///
    /// # Errors
    ///
    /// What the bundle said. What it had registered is withdrawn.
    fn init(&self, registrar: &mut Registrar<'_>) -> Result<(), LoaderError>;

    /// Closes the bundle: nothing of it runs, and nothing refers to it.
    fn close(self: Box<Self>) -> Closed;
}

/// What came of closing a bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Closed {
    /// Its code and its memory are gone, which was verified.
    Reclaimed,
    /// Its code stays mapped; the reason says why that is likely.
    StillMapped {
        /// The likely reason.
        why: String,
    },
}
