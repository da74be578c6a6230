//! What the maker of an instance is told.

use std::path::Path;

use super::ConfigRef;
use crate::abi::{CreateContext, copy_table};
use crate::convert::Invalid;

/// What a plugin is told when an instance of it is made.
#[derive(Debug)]
pub struct Context<'a> {
    config: ConfigRef<'a>,
    bundle_name: &'a str,
    path: &'a Path,
}

impl<'a> Context<'a> {
    /// The config that the host gave for this instance; empty when it gave none.
    pub fn config(&self) -> ConfigRef<'a> {
        self.config
    }

    /// The name of the bundle that the plugin is in.
    pub fn bundle_name(&self) -> &'a str {
        self.bundle_name
    }

    /// Where the bundle was loaded from: its directory, or its file when it is
    /// a bare one. Empty when it came from no file.
    pub fn path(&self) -> &'a Path {
        self.path
    }

    /// # Safety
    ///
    /// `raw` points at a context that the host lends for `'a`.
    pub(crate) unsafe fn lift(raw: *const CreateContext) -> Result<Self, Invalid> {
        // SAFETY: the caller's promise covers the table and what it lends.
        unsafe {
            let raw = copy_table(raw)?;
            Ok(Self {
                config: ConfigRef::new(raw.config.as_slice()?),
                bundle_name: raw.bundle_name.as_str()?,
                path: Path::new(raw.path.as_str()?),
            })
        }
    }
}
