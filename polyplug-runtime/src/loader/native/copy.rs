//! The private copy that is opened in a library's place.
//!
//! The original can be overwritten, cut short or replaced while its code runs,
//! and on Windows it would be locked. A dynamic loader also knows a library by
//! its path and by its inode, and answers a second load at the same path with
//! the first load's code. So each load copies the file to a name that nobody
//! used before, and only the copy is looked at and opened.

mod error;

use std::{
    env::{self, consts::DLL_SUFFIX},
    fs::{self, File},
    io::{self, Read, Seek},
    path::{self, Path},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use tempfile::{Builder, TempPath};
use xxhash_rust::xxh3::xxh3_64;

pub use error::CopyError;

/// How much of the original's name is kept in the copy's, in characters.
const MAX_STEM: usize = 64;

/// A copy of a library file, deleted when this is dropped.
///
/// Keep it until the library is closed: backtraces read symbols from the file,
/// and Windows does not delete a library that is open.
#[derive(Debug)]
pub(crate) struct PrivateCopy {
    path: TempPath,
    hash: u64,
}

impl PrivateCopy {
    /// Copies the library at `original` into `dir`, or into the system's
    /// directory for temporary files, and returns the copy and its bytes.
    pub(crate) fn of(original: &Path, dir: Option<&Path>) -> Result<(Self, Vec<u8>), CopyError> {
        let mut source = open(original)?;
        // The path must stay good when the process changes its directory.
        let dir = dir.map_or_else(env::temp_dir, Path::to_owned);
        let dir = path::absolute(&dir).unwrap_or(dir);
        let mut copy = Builder::new()
            .prefix(&fresh_prefix(original))
            .suffix(DLL_SUFFIX)
            .rand_bytes(16)
            .tempfile_in(&dir)
            .map_err(|source| CopyError::Directory { dir: dir.clone(), source })?;
        io::copy(&mut source, copy.as_file_mut())
            .map_err(|source| CopyError::of_copying(original, &dir, source))?;
        let bytes = read_back(copy.as_file_mut())
            .map_err(|source| CopyError::ReadBack { path: copy.path().to_owned(), source })?;
        let hash = xxh3_64(&bytes);
        // Closes the file: what is opened must not be open for writing.
        Ok((Self { path: copy.into_temp_path(), hash }, bytes))
    }

    /// Where the copy is: an absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// xxh3-64 of the copy's content.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}

/// What may help against a failure to open a copy, going by the loader's message.
pub(crate) fn hint_for_open_failure(message: &str) -> Option<&'static str> {
    let says = |part: &str| message.contains(part);
    // glibc does not always add why. The copy was found whole, so what remains
    // is the directory, or memory.
    if says("failed to map segment") && !says("Cannot allocate memory") {
        return Some(
            "the directory of the private copy may be mounted `noexec`: give one that is not to \
             `NativeLoader::copy_dir`",
        );
    }
    // In the words of glibc, musl, macOS and Windows.
    let neighbours = [
        "cannot open shared object file",
        "Error loading shared library",
        "Library not loaded",
        "The specified module could not be found",
    ];
    if neighbours.into_iter().any(says) {
        return Some(
            "a library that this one needs was not found: a neighbour found through `$ORIGIN` is \
             looked for beside the private copy, so give the directory that holds it to \
             `NativeLoader::copy_dir`, or link it statically",
        );
    }
    None
}

fn open(original: &Path) -> Result<File, CopyError> {
    let failed = |source| CopyError::of_opening(original, source);
    // Asked of the path first: opening a named pipe would wait for a writer.
    if !fs::metadata(original).map_err(failed)?.is_file() {
        return Err(CopyError::NotAFile { path: original.to_owned() });
    }
    File::open(original).map_err(failed)
}

/// The beginning of a name that this process has not used before.
fn fresh_prefix(original: &Path) -> String {
    static COPIES: AtomicU64 = AtomicU64::new(0);

    let stem = original.file_stem().unwrap_or_default().to_string_lossy();
    let stem: String = stem.chars().take(MAX_STEM).collect();
    // Only that each load gets another number matters.
    let number = COPIES.fetch_add(1, Ordering::Relaxed);
    format!("polyplug-{stem}-{}-{number}-", process::id())
}

/// The bytes that are in the copy, whatever became of the original meanwhile.
fn read_back(copy: &mut File) -> io::Result<Vec<u8>> {
    copy.rewind()?;
    let mut bytes = Vec::new();
    copy.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
