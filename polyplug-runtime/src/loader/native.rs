//! Native libraries: copied, checked, and opened from the copy.

mod copy;
mod inspect;
// musl unmaps nothing, and so has nothing to keep.
#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")),
    path = "native/keep/elsewhere.rs"
)]
mod keep;
mod library;

use std::path::{Path, PathBuf};

use polyplug_guest::abi::ABI_VERSION;

pub use copy::CopyError;
pub use inspect::InspectError;
pub use library::OpenError;

use self::copy::PrivateCopy;
use self::inspect::inspect;
use self::keep::Imports;
use self::library::Library;
use super::{BundleLoader, BundleSource, Content, LoaderError, Module, PreparedBundle};
use crate::bundle::{Description, EmbeddedManifest, PanicStrategy};

/// Loads native libraries.
///
/// Every load opens a private copy of the file, under a name that was never used
/// before, after that copy was checked: a damaged file is an error, the original
/// may be overwritten at any time, and a reload runs the new code.
#[derive(Clone, Debug)]
pub struct NativeLoader {
    only_under: Option<Vec<PathBuf>>,
    copy_dir: Option<PathBuf>,
    allow_abort: bool,
}

impl NativeLoader {
    /// A loader that trusts the libraries it is given.
    ///
    /// ```
    /// use polyplug_runtime::{NativeLoader, Runtime};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // SAFETY: only our installer can write to this directory, and it puts nothing
    /// // there but plugins that we build.
    /// let loader = unsafe { NativeLoader::new() }.only_under(["/opt/editor/plugins"]);
    /// let runtime = Runtime::builder().loader(loader).build()?;
    /// # drop(runtime);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Safety
    ///
    /// Whatever this loader is given to load keeps to the ABI of polyplug: its
    /// initialisers are sound to run, the functions that it registers are what
    /// their schema says and may be called from any thread, and it does not undo
    /// what is checked here. Libraries whose plugins are written in safe Rust
    /// with `#[plugin]` and `bundle!` do so, as long as they install no handlers of
    /// signals, which would outlive them, and start no threads before their entry
    /// is called. On other systems than 64-bit Linux with glibc such a plugin must
    /// also see a thread that it starts running before it returns, and must not ask
    /// for `thread::current()` on a thread that ends after its bundle is unloaded.
    pub unsafe fn new() -> Self {
        Self { only_under: None, copy_dir: None, allow_abort: false }
    }

    /// Refuses files that do not lie below one of `paths`, also by way of
    /// symbolic links.
    #[must_use]
    pub fn only_under<P: Into<PathBuf>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.only_under = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    /// Makes the private copies in `path` instead of the system's directory for
    /// temporary files.
    #[must_use]
    pub fn copy_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.copy_dir = Some(path.into());
        self
    }

    /// Whether to load libraries that were built with `panic = "abort"`: a panic
    /// in one ends the whole process.
    #[must_use]
    pub fn allow_abort(mut self, allow: bool) -> Self {
        self.allow_abort = allow;
        self
    }

    fn check_place(&self, file: &Path) -> Result<(), NativeError> {
        let Some(allowed) = &self.only_under else { return Ok(()) };
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let contains =
            |root: &PathBuf| root.canonicalize().is_ok_and(|root| real.starts_with(root));
        if allowed.iter().any(contains) {
            return Ok(());
        }
        Err(NativeError::Outside { path: file.to_owned() })
    }

    fn check_manifest(&self, manifest: &EmbeddedManifest) -> Result<(), NativeError> {
        if manifest.abi != ABI_VERSION {
            return Err(NativeError::AbiVersion { host: ABI_VERSION, library: manifest.abi });
        }
        if manifest.panic == PanicStrategy::Abort && !self.allow_abort {
            return Err(NativeError::PanicAborts);
        }
        Ok(())
    }
}

impl BundleLoader for NativeLoader {
    fn name(&self) -> &str {
        "native"
    }

    fn accepts(&self, file: &Path) -> bool {
        let suffix = std::env::consts::DLL_EXTENSION;
        file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(suffix))
    }

    fn prepare(&self, source: &BundleSource<'_>) -> Result<Box<dyn PreparedBundle>, LoaderError> {
        let Content::File(file) = source.content else { return Err(NativeError::InMemory.into()) };
        self.check_place(file)?;
        let (copy, bytes) = PrivateCopy::of(file, self.copy_dir.as_deref())?;
        let hash = format_args!("{:016x}", copy.hash());
        tracing::debug!(file = %file.display(), copy = %copy.path().display(), %hash, "copied");
        let manifest = inspect(&bytes)?.manifest;
        self.check_manifest(&manifest)?;
        let entry = manifest.entry.clone();
        let imports = Imports::of(&bytes);
        Ok(Box::new(Prepared { copy, entry, imports, description: manifest.into() }))
    }
}

struct Prepared {
    copy: PrivateCopy,
    entry: String,
    imports: Imports,
    description: Description,
}

impl PreparedBundle for Prepared {
    fn description(&self) -> Option<&Description> {
        Some(&self.description)
    }

    fn open(self: Box<Self>) -> Result<Box<dyn Module>, LoaderError> {
        // SAFETY: whoever made the loader vouched for what it is given to load, and the
        // imports were read from the copy.
        Ok(Box::new(unsafe { Library::open(self.copy, &self.entry, &self.imports)? }))
    }
}

/// Why a native library was refused before it was opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// The file lies outside of the directories that the loader was narrowed to.
    #[error("the loader may not load {}; add its directory to `only_under`", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// The library is to come from memory, from where no system opens one.
    #[error("a native library cannot be loaded from memory; write it to a file and load that")]
    InMemory,
    /// The library was built for another version of the ABI.
    #[error(
        "the library was built for ABI version {library}, and this host speaks {host}; rebuild it with the host's version of polyplug-guest"
    )]
    AbiVersion {
        /// The host's version.
        host: u32,
        /// The library's version.
        library: u32,
    },
    /// The library was built with `panic = "abort"`.
    #[error(
        "the library was built with `panic = \"abort\"`, so a panic in it would end this process; build it with `panic = \"unwind\"`, or let the loader `allow_abort(true)`"
    )]
    PanicAborts,
}
