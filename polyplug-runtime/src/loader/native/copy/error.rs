//! Why a library could not be copied.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why there is no private copy of a native library, and what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is no file at the path.
    #[error("there is no file {}: build the library, or correct the path", .path.display())]
    Missing {
        /// The library's path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is a directory, or something else that is no file.
    #[error("{} is not a file: name the library itself", .path.display())]
    NotAFile {
        /// The library's path.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("cannot read {}: give this process the right to read it", .path.display())]
    Unreadable {
        /// The library's path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No file could be made in the directory for copies.
    #[error(
        "cannot make a private copy in {}: give a directory that can be written to \
         `NativeLoader::copy_dir`",
        .dir.display()
    )]
    Directory {
        /// The directory for copies.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is no room for the copy.
    #[error(
        "no room for a private copy of {} in {}: free some, or give another directory to \
         `NativeLoader::copy_dir`",
        .path.display(), .dir.display()
    )]
    Full {
        /// The library's path.
        path: PathBuf,
        /// The directory for copies.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The content could not be copied.
    #[error("cannot copy {} to {}", .path.display(), .dir.display())]
    Copy {
        /// The library's path.
        path: PathBuf,
        /// The directory for copies.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The copy could not be read again to be checked.
    #[error("cannot read the private copy {}", .path.display())]
    ReadBack {
        /// The copy's path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl CopyError {
    pub(super) fn of_opening(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Missing { path, source },
            _ => Self::Unreadable { path, source },
        }
    }

    pub(super) fn of_copying(path: &Path, dir: &Path, source: io::Error) -> Self {
        let (path, dir) = (path.to_owned(), dir.to_owned());
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path, dir, source }
            }
            _ => Self::Copy { path, dir, source },
        }
    }
}
