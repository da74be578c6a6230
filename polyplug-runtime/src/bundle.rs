//! Bundles: what they say of themselves, and what a host is told of them.

pub(crate) mod manifest;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyplug_guest::{BundleId, ContractVersion};
use semver::Version;

pub use manifest::ManifestError;
#[cfg(feature = "native")]
pub(crate) use manifest::PanicStrategy;
#[cfg(feature = "lua")]
pub(crate) use manifest::parse_contract;
pub(crate) use manifest::{Dependency, EmbeddedManifest, Manifest, Needs, Provided};

use crate::registry::BundleDescription;

/// What a bundle says of itself.
#[derive(Clone, Debug)]
pub struct Description {
    pub(crate) name: String,
    pub(crate) version: Version,
    /// None where the bundle says it by what it registers.
    pub(crate) provides: Option<Vec<Provided>>,
    pub(crate) needs: Needs,
    pub(crate) capabilities: Vec<String>,
}

impl Description {
    /// Reads what a `manifest.toml` says, for a [`BundleLoader`] whose files carry
    /// one inside of themselves. The `file` may be left out.
    ///
    /// # Errors
    ///
    /// [`ManifestError`] names the line and what is wrong there.
    ///
    /// ```
    /// let description = polyplug_runtime::Description::from_manifest(
    ///     r#"
    ///         name = "upper"
    ///         version = "1.0.0"
    ///         loader = "script"
    ///         provides = ["text.transform@1.0"]
    ///     "#,
    /// );
    /// assert!(description.is_ok());
    /// ```
    ///
    /// [`BundleLoader`]: crate::loader::BundleLoader
    pub fn from_manifest(text: &str) -> Result<Self, ManifestError> {
        Manifest::parse_beside_source(text.as_bytes()).map(Self::from)
    }
}

#[cfg(feature = "lua")]
impl Description {
    /// What a file says that describes itself when it is run.
    pub(crate) fn of_itself(name: String, version: Version) -> Self {
        let (needs, capabilities) = (Needs::default(), Vec::new());
        Self { name, version, provides: None, needs, capabilities }
    }

    /// The version of a contract that is said to be provided.
    pub(crate) fn provided_version(&self, name: &str, major: u32) -> Option<ContractVersion> {
        let mut provided = self.provides.iter().flatten();
        let found =
            provided.find(|provided| provided.name == name && provided.version.major == major);
        found.map(|provided| provided.version)
    }
}

impl From<EmbeddedManifest> for Description {
    fn from(manifest: EmbeddedManifest) -> Self {
        let EmbeddedManifest { name, version, provides, needs, .. } = manifest;
        let provides = Some(provides);
        Self { name, version, provides, needs, capabilities: Vec::new() }
    }
}

impl From<Manifest> for Description {
    fn from(manifest: Manifest) -> Self {
        let Manifest { name, version, provides, needs, capabilities, .. } = manifest;
        Self { name, version, provides: Some(provides), needs, capabilities }
    }
}

/// What was known of a loaded bundle when this was made: a snapshot, which does
/// not keep the bundle loaded.
#[derive(Clone)]
pub struct Bundle {
    pub(crate) shared: Arc<BundleDescription>,
    pub(crate) provides: Arc<[(String, ContractVersion)]>,
}

impl Bundle {
    /// The name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The id of the name.
    pub fn id(&self) -> BundleId {
        BundleId::of(&self.shared.name)
    }

    /// The version.
    pub fn version(&self) -> &Version {
        &self.shared.version
    }

    /// The name of the loader that opened it, such as `native`.
    pub fn loader(&self) -> &str {
        &self.shared.loader
    }

    /// Where it was loaded from: its directory, or its file when it is a bare
    /// one. Empty when it came from no file.
    pub fn path(&self) -> &Path {
        Path::new(&self.shared.path)
    }

    /// What it says that it needs of others, as text such as
    /// `contract text.transform@1.0` and `bundle upper ^1.2`.
    pub fn dependencies(&self) -> &[String] {
        &self.shared.dependencies
    }

    /// What its manifest asks to be allowed.
    pub fn capabilities(&self) -> &[String] {
        &self.shared.capabilities
    }

    /// The contracts that it provides: name and version, in the order in which
    /// it registered them.
    pub fn provides(&self) -> impl ExactSizeIterator<Item = (&str, ContractVersion)> {
        self.provides.iter().map(|(name, version)| (&**name, *version))
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("name", &self.name())
            .field("version", &format_args!("{}", self.version()))
            .field("loader", &self.loader())
            .field("path", &self.path())
            .field("provides", &self.provides)
            .finish()
    }
}

/// The content of a bundle's file, for loaders that take it from memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// As text.
    Text(String),
    /// As bytes.
    Bytes(Vec<u8>),
}

/// Where a bundle comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Path(PathBuf),
    Memory { manifest: Arc<str>, source: Arc<Source> },
    Static(&'static polyplug_guest::abi::StaticBundle),
}

impl Origin {
    /// The same bundle, with another source. None for one that comes from no
    /// memory.
    pub(crate) fn with_source(&self, source: Source) -> Option<Self> {
        match self {
            Self::Memory { manifest, .. } => {
                let (manifest, source) = (Arc::clone(manifest), Arc::new(source));
                Some(Self::Memory { manifest, source })
            }
            Self::Path(_) | Self::Static(_) => None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::Memory { .. } | Self::Static(_) => Path::new(""),
        }
    }
}
