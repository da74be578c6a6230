//! Why a bundle could not be loaded.

use std::io;
use std::path::{Path, PathBuf};

use semver::Version;

use super::Whence;
use crate::bundle::ManifestError;
use crate::interface::InterfaceError;
use crate::loader::LoaderError;
use crate::registry::RegistryError;

/// Why a bundle could not be loaded. The runtime is as it was before.
///
/// `bundle` is the name of the bundle's file or directory where the bundle did
/// not get so far as to say its own; `path` is empty where there is no file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The path is not UTF-8.
    #[error("the path {path:?} is not UTF-8; move the bundle to one that is")]
    NotUtf8 {
        /// The bundle.
        bundle: String,
        /// The path.
        path: PathBuf,
    },
    /// There is nothing at the path, or it cannot be read.
    #[error("cannot read {}; check the path and its permissions", path.display())]
    Unreadable {
        /// The bundle.
        bundle: String,
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A directory has no manifest.
    #[error("{} has no manifest.toml; write one, or load the library itself", path.display())]
    NoManifest {
        /// The bundle.
        bundle: String,
        /// The directory.
        path: PathBuf,
    },
    /// A manifest is wrong.
    #[error("the manifest {} is wrong", Whence(path))]
    Manifest {
        /// The bundle.
        bundle: String,
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<ManifestError>,
    },
    /// No loader of this runtime has the name that the manifest asks for.
    #[error(
        "the manifest of bundle `{bundle}` ({}) asks for the loader `{loader}`, which this runtime lacks; it has: {known}; name one of those, or give the runtime's builder that loader",
        Whence(path)
    )]
    UnknownLoader {
        /// The bundle.
        bundle: String,
        /// The bundle's directory.
        path: PathBuf,
        /// The loader.
        loader: String,
        /// The loaders that there are.
        known: String,
    },
    /// No loader of this runtime takes a bare file of this name.
    #[error("no loader of this runtime takes the file {}; it has: {known}; write a manifest.toml that names one of those and load the directory, or add a loader", path.display())]
    UnknownFile {
        /// The bundle.
        bundle: String,
        /// The file.
        path: PathBuf,
        /// The loaders that there are.
        known: String,
    },
    /// The loader could not check, open or initialise the bundle.
    #[error("bundle `{bundle}` ({}) cannot be loaded", Whence(path))]
    Loader {
        /// The bundle.
        bundle: String,
        /// Its path.
        path: PathBuf,
        /// What the loader said.
        #[source]
        source: LoaderError,
    },
    /// The directory's manifest and what the file says of itself differ.
    #[error(
        "the manifest of bundle `{bundle}` ({}) has `{field} = {manifest}`, but its file says {file}; make them agree",
        Whence(path)
    )]
    Mismatch {
        /// The bundle.
        bundle: String,
        /// The bundle's directory.
        path: PathBuf,
        /// The field of the manifest.
        field: &'static str,
        /// What the manifest says.
        manifest: String,
        /// What the file says.
        file: String,
    },
    /// A file has no manifest beside it and does not describe itself.
    #[error("the file {} does not say its name and version; write a manifest.toml beside it and load the directory", path.display())]
    Undescribed {
        /// The bundle.
        bundle: String,
        /// The file.
        path: PathBuf,
    },
    /// Nobody is or provides what the bundle needs.
    #[error(
        "bundle `{bundle}` ({}) needs {dependency}, which no other loaded bundle is or provides; load one that does before it; loaded are: {loaded}",
        Whence(path)
    )]
    MissingDependency {
        /// The bundle.
        bundle: String,
        /// Its path.
        path: PathBuf,
        /// What it needs.
        dependency: String,
        /// The names of the bundles that are loaded.
        loaded: String,
    },
    /// What the bundle registered was refused.
    #[error("bundle `{bundle}` ({}) registered something that cannot be used", Whence(path))]
    Interface {
        /// The bundle.
        bundle: String,
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: InterfaceError,
    },
    /// The bundle registered other contracts than its manifest says.
    #[error(
        "bundle `{bundle}` ({}) says that it `provides` {declared}, but registered {registered}; make them agree",
        Whence(path)
    )]
    Provides {
        /// The bundle.
        bundle: String,
        /// Its path.
        path: PathBuf,
        /// What the manifest says.
        declared: String,
        /// What was registered.
        registered: String,
    },
    /// A method of the bundle differs from the contract that the runtime knows.
    #[error(
        "bundle `{bundle}` ({}) implements another form of contract `{contract}`: the host has `{host}`, the plugin `{plugin}`; build both against one version of the contract",
        Whence(path)
    )]
    Incompatible {
        /// The bundle.
        bundle: String,
        /// Its path.
        path: PathBuf,
        /// The contract.
        contract: String,
        /// The method as the runtime knows it.
        host: String,
        /// The method as the bundle has it.
        plugin: String,
    },
    /// The contracts of the bundle cannot stand beside those that are loaded.
    #[error("the contracts of bundle `{bundle}` ({}) cannot be registered", Whence(path))]
    Registry {
        /// The bundle.
        bundle: String,
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        source: RegistryError,
    },
    /// A bundle of this name and version is loaded already.
    #[error(
        "bundle `{bundle}@{version}` ({}) is loaded already; reload it, or unload it first",
        Whence(path)
    )]
    AlreadyLoaded {
        /// The bundle.
        bundle: String,
        /// The version that is loaded.
        version: Version,
        /// The path from which it was to be loaded again.
        path: PathBuf,
    },
    /// Another load, reload or unload is going on, and this one was asked for
    /// in the middle of a call, a hook or a handler, where it must not wait.
    #[error(
        "bundle `{bundle}` ({}) cannot be loaded from inside a call or handler while another load, reload or unload runs; ask again afterwards",
        Whence(path)
    )]
    Busy {
        /// The bundle.
        bundle: String,
        /// Its path.
        path: PathBuf,
    },
}

impl LoadError {
    /// The bundle, or the name of its file where it did not get so far as to say.
    pub fn bundle(&self) -> &str {
        self.place().0
    }

    /// The path that the error is about; empty where there is no file.
    pub fn path(&self) -> &Path {
        self.place().1
    }

    fn place(&self) -> (&str, &Path) {
        match self {
            Self::NotUtf8 { bundle, path }
            | Self::Unreadable { bundle, path, .. }
            | Self::NoManifest { bundle, path }
            | Self::Manifest { bundle, path, .. }
            | Self::UnknownLoader { bundle, path, .. }
            | Self::UnknownFile { bundle, path, .. }
            | Self::Loader { bundle, path, .. }
            | Self::Mismatch { bundle, path, .. }
            | Self::Undescribed { bundle, path }
            | Self::MissingDependency { bundle, path, .. }
            | Self::Interface { bundle, path, .. }
            | Self::Provides { bundle, path, .. }
            | Self::Incompatible { bundle, path, .. }
            | Self::Registry { bundle, path, .. }
            | Self::AlreadyLoaded { bundle, path, .. }
            | Self::Busy { bundle, path } => (bundle, path),
        }
    }
}
