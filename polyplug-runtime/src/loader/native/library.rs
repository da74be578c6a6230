//! An open library: the only place that opens, asks and closes one.

use std::path::{Path, PathBuf};

use libloading::Library as Handle;
use polyplug_guest::abi::BundleEntry;

use super::copy::{PrivateCopy, hint_for_open_failure};
use super::keep::{Imports, Kept};
use crate::entry::call_entry;
use crate::error::chain;
use crate::loader::{Closed, LoaderError, Module, Registrar};

/// An open library, its entry, and the file that it was opened from.
pub(super) struct Library {
    kept: Kept,
    entry: BundleEntry,
    /// Deleted after the bundle is closed: until then backtraces read it.
    copy: PrivateCopy,
}

impl Library {
    /// Opens the copy and finds the entry.
    ///
    /// # Safety
    ///
    /// The library's initialisers are sound to run, `entry` names a [`BundleEntry`],
    /// and `imports` are the copy's.
    pub(super) unsafe fn open(
        copy: PrivateCopy,
        entry: &str,
        imports: &Imports,
    ) -> Result<Self, OpenError> {
        // SAFETY: the caller vouches for the initialisers.
        let handle = unsafe { open(copy.path()) }.map_err(|source| {
            let hint = hint_for_open_failure(&chain(&source)).unwrap_or("check what it links to");
            OpenError::Open { path: copy.path().to_owned(), hint, source }
        })?;
        // SAFETY: the caller vouches for the type of the symbol.
        let entry = match unsafe { handle.get::<Option<BundleEntry>>(entry) } {
            Ok(symbol) => symbol.lift_option().map(|symbol| *symbol),
            Err(_) => None,
        };
        let entry = entry.ok_or(OpenError::NoEntry)?;
        let mapping = Mapping { handle, path: copy.path().to_owned() };
        // SAFETY: the caller vouches for the imports.
        let kept = unsafe { Kept::new(mapping, entry, imports) };
        Ok(Self { kept, entry, copy })
    }
}

// SAFETY: what a library registers lies in it, and only `close` and dropping unmap it.
unsafe impl Module for Library {
    fn init(&self, registrar: &mut Registrar<'_>) -> Result<(), LoaderError> {
        // SAFETY: the entry is the open library's.
        unsafe { call_entry(self.entry, registrar) }.map_err(Into::into)
    }

    fn close(self: Box<Self>) -> Closed {
        let Self { kept, copy, .. } = *self;
        let closed = kept.close();
        drop(copy);
        closed
    }
}

/// What the system opened.
pub(super) struct Mapping {
    handle: Handle,
    /// The system knows it by this also when the file is gone.
    path: PathBuf,
}

impl Mapping {
    #[cfg_attr(
        not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")),
        expect(dead_code, reason = "asked where threads are followed")
    )]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Closes it, on whatever thread: calls nothing but the system and the library's own
    /// finalizers.
    pub(super) fn close(self) -> Closed {
        if let Err(error) = self.handle.close() {
            return Closed::StillMapped { why: format!("the system says: {}", chain(&error)) };
        }
        if !is_mapped(&self.path) {
            return Closed::Reclaimed;
        }
        Closed::StillMapped {
            why:
                "a thread of the library, a thread-local destructor or a `NODELETE` object keeps it"
                    .to_owned(),
        }
    }
}

/// Why a library could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The system refused to open it.
    #[error("the library's copy {} cannot be opened; {hint}", path.display())]
    Open {
        /// The private copy.
        path: PathBuf,
        /// What to do.
        hint: &'static str,
        /// What the system said.
        #[source]
        source: libloading::Error,
    },
    /// The entry is not among the symbols, although the file says so.
    #[error("the library's entry cannot be found; rebuild it")]
    NoEntry,
}

#[cfg(unix)]
use unix::{is_mapped, open};
#[cfg(windows)]
use windows::{is_mapped, open};

#[cfg(unix)]
mod unix {
    use std::path::Path;

    use libloading::os::unix::{Library, RTLD_LAZY, RTLD_LOCAL, RTLD_NOW};

    #[cfg(any(target_os = "linux", target_os = "android"))]
    const RTLD_NOLOAD: i32 = 0x4;
    #[cfg(target_vendor = "apple")]
    const RTLD_NOLOAD: i32 = 0x10;
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    const RTLD_NOLOAD: i32 = 0x2000;

    /// # Safety
    ///
    /// The library's initialisers are sound to run.
    pub(super) unsafe fn open(path: &Path) -> Result<super::Handle, libloading::Error> {
        // SAFETY: the caller vouches for the initialisers.
        unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
    }

    /// Whether a library is still mapped. `/proc/self/maps` would mislead: a
    /// backtrace maps the file too.
    pub(super) fn is_mapped(path: &Path) -> bool {
        // SAFETY: with this flag nothing is opened that is not open already, so
        // no initialiser runs; the reference that it counts is dropped at once.
        unsafe { Library::open(Some(path), RTLD_NOLOAD | RTLD_LAZY) }.is_ok()
    }
}

/// Compiled for its target, but not tested there.
#[cfg(windows)]
mod windows {
    use std::path::Path;

    use libloading::os::windows::Library;

    /// # Safety
    ///
    /// The library's initialisers are sound to run.
    pub(super) unsafe fn open(path: &Path) -> Result<super::Handle, libloading::Error> {
        // SAFETY: the caller vouches for the initialisers.
        unsafe { super::Handle::new(path) }
    }

    pub(super) fn is_mapped(path: &Path) -> bool {
        Library::open_already_loaded(path).is_ok()
    }
}
