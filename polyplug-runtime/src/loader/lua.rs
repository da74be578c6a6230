//! Lua bundles: LuaJIT, called by the schema of the contract.
//!
//! A bundle has one interpreter of its own, in a sandbox, behind one lock. A
//! call goes through four steps: the lock is taken, the arguments are pushed,
//! the method runs protected, and the results are read, all driven by a plan
//! that was made from the schema when the bundle was loaded. Plugin code sees
//! values and never a pointer.

mod bundle;
mod caller;
mod class;
mod context;
mod dispatch;
mod error;
mod instance;
mod integer;
mod lock;
mod module;
mod needs;
mod place;
mod plan;
mod pull;
mod push;
mod sandbox;
mod state;
mod traceback;
mod view;
mod vm;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::LuaError;
pub use sandbox::SandboxError;

use self::bundle::{Place, Running};
use self::module::Prepared;
use super::{BundleLoader, BundleSource, Content, LoaderError, PreparedBundle};
use crate::inside::guest_section;

/// Loads Lua bundles.
///
/// Safe to make: what a bundle can reach is an allow-list, and what it can use
/// up can be limited.
#[derive(Clone, Debug, Default)]
pub struct LuaLoader {
    options: VmOptions,
}

impl LuaLoader {
    /// A loader without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the memory that each bundle may have in use, in bytes.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.options.memory_limit = Some(bytes);
        self
    }

    /// Limits the time that each call may take.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.options.time_limit = Some(limit);
        self
    }

    /// Limits how deep the functions of a bundle may call each other.
    #[must_use]
    pub fn depth_limit(mut self, calls: usize) -> Self {
        self.options.depth_limit = Some(calls);
        self
    }
}

impl BundleLoader for LuaLoader {
    fn name(&self) -> &str {
        "lua"
    }

    fn accepts(&self, file: &Path) -> bool {
        file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("lua"))
    }

    fn prepare(&self, source: &BundleSource<'_>) -> Result<Box<dyn PreparedBundle>, LoaderError> {
        let script = Script::read(source)?;
        let options = self.options.clone();
        let Some(manifest) = source.manifest.cloned() else {
            // A bare file says its name itself, so it has to run first.
            let _inside = guest_section();
            let running = script.start(&options, &script.file_stem())?;
            let description = running.describe()?;
            let kept = description.clone();
            let start = Box::new(move || Ok((running, kept)));
            return Ok(Box::new(Prepared { description: Some(description), start }));
        };
        let start = Box::new(move || {
            let running = script.start(&options, &manifest.name)?;
            running.check_against(&manifest)?;
            Ok((running, manifest))
        });
        Ok(Box::new(Prepared { description: None, start }))
    }
}

/// A source that was read.
struct Script {
    root: Option<PathBuf>,
    /// The file, as errors name it.
    file: Option<PathBuf>,
    text: String,
}

impl Script {
    fn read(source: &BundleSource<'_>) -> Result<Self, LuaError> {
        let root = source.root.map(Path::to_owned);
        let (bytes, file) = match source.content {
            Content::File(path) => {
                let bytes = fs::read(path);
                let bytes = bytes
                    .map_err(|source| LuaError::Unreadable { path: path.to_owned(), source })?;
                let within = source.root.and_then(|root| path.strip_prefix(root).ok());
                let file = within.or(path.file_name().map(Path::new));
                (bytes, file.map(Path::to_owned))
            }
            Content::Text(text) => (text.as_bytes().to_owned(), None),
            Content::Bytes(bytes) => (bytes.to_owned(), None),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { root, file, text }),
            Err(error) => {
                let valid = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
                let line = 1 + valid.filter(|byte| **byte == b'\n').count();
                Err(LuaError::NotUtf8 { line })
            }
        }
    }

    fn start(&self, options: &VmOptions, bundle: &str) -> Result<Running, LuaError> {
        let chunk = match &self.file {
            Some(file) => format!("@{}", file.display()),
            None => format!("={bundle}"),
        };
        let place = Place { root: self.root.as_deref(), bundle, chunk: &chunk };
        Running::start(options, place, &self.text)
    }

    /// What to call a bare file until it says its name.
    fn file_stem(&self) -> String {
        let stem = self.file.as_deref().and_then(Path::file_stem);
        stem.and_then(OsStr::to_str).unwrap_or("lua").to_owned()
    }
}

/// What each interpreter of a loader may use up.
#[derive(Clone, Debug, Default)]
struct VmOptions {
    memory_limit: Option<usize>,
    time_limit: Option<Duration>,
    depth_limit: Option<usize>,
}
