//! Why something that a host asked for could not be done.

mod load;
mod lookup;

use std::error::Error;

pub use load::LoadError;
pub use lookup::LookupError;

/// Why a runtime could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two loaders have one name, so a manifest could not tell them apart.
    #[error("two loaders are named `{name}`; give one of them another name or leave it out")]
    DuplicateLoader {
        /// The name.
        name: String,
    },
    /// Two contracts have one id.
    #[error("the contracts `{first}` and `{second}` have one id; rename one of them")]
    IdCollision {
        /// The contract that was named first.
        first: String,
        /// The other one.
        second: String,
    },
    /// The same contract was given twice, with different methods.
    #[error("contract `{contract}` was given twice, once with `{first}` and once with `{second}`")]
    Contradiction {
        /// The contract.
        contract: String,
        /// A method as it was given first.
        first: String,
        /// The same method as it was given later.
        second: String,
    },
}

/// Why a bundle was not reloaded. The version before goes on untouched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// No such bundle is loaded.
    #[error("no bundle `{bundle}` is loaded; loaded are: {loaded}")]
    NotLoaded {
        /// The name that was asked for.
        bundle: String,
        /// The names of those that are loaded.
        loaded: String,
    },
    /// Several versions of the bundle are loaded.
    #[error("several versions of `{bundle}` are loaded; ask for one of {loaded}")]
    Ambiguous {
        /// The name that was asked for.
        bundle: String,
        /// The versions, as they can be asked for.
        loaded: String,
    },
    /// Another load, reload or unload is going on, and this one was asked for
    /// in the middle of a call, a hook or a handler, where it must not wait.
    #[error(
        "bundle `{bundle}` cannot be reloaded from inside a call or handler while another load, reload or unload runs; ask again afterwards"
    )]
    Busy {
        /// The bundle.
        bundle: String,
    },
    /// The bundle has a path and no source in memory.
    #[error("bundle `{bundle}` was not loaded from memory; change its file and `reload` it")]
    NotFromMemory {
        /// The bundle.
        bundle: String,
    },
    /// What was found is another bundle.
    #[error("bundle `{bundle}` cannot be reloaded as `{found}`; unload the one and load the other")]
    OtherBundle {
        /// The bundle.
        bundle: String,
        /// What was found in its place.
        found: String,
    },
    /// The new version could not be loaded.
    #[error("the new version of bundle `{bundle}` cannot be loaded")]
    Load {
        /// The bundle.
        bundle: String,
        /// Why.
        #[source]
        source: Box<LoadError>,
    },
    /// The new version could not make an instance that is in use.
    #[error("the new version of bundle `{bundle}` cannot make an instance that is in use")]
    Create {
        /// The bundle.
        bundle: String,
        /// Why.
        #[source]
        source: crate::entry::GuestError,
    },
}

impl ReloadError {
    /// The bundle.
    pub fn bundle(&self) -> &str {
        match self {
            Self::NotLoaded { bundle, .. }
            | Self::Ambiguous { bundle, .. }
            | Self::Busy { bundle }
            | Self::NotFromMemory { bundle }
            | Self::OtherBundle { bundle, .. }
            | Self::Load { bundle, .. }
            | Self::Create { bundle, .. } => bundle,
        }
    }
}

/// Why a bundle was not unloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnloadError {
    /// No such bundle is loaded.
    #[error("no bundle `{bundle}` is loaded; loaded are: {loaded}")]
    NotLoaded {
        /// The name that was asked for.
        bundle: String,
        /// The names of those that are loaded.
        loaded: String,
    },
    /// Several versions of the bundle are loaded.
    #[error("several versions of `{bundle}` are loaded; ask for one of {loaded}")]
    Ambiguous {
        /// The name that was asked for.
        bundle: String,
        /// The versions, as they can be asked for.
        loaded: String,
    },
    /// Another load, reload or unload is going on, and this one was asked for
    /// in the middle of a call, a hook or a handler, where it must not wait.
    #[error(
        "bundle `{bundle}` cannot be unloaded from inside a call or handler while another load, reload or unload runs; ask again afterwards"
    )]
    Busy {
        /// The bundle.
        bundle: String,
    },
}

impl UnloadError {
    /// The bundle.
    pub fn bundle(&self) -> &str {
        match self {
            Self::NotLoaded { bundle, .. }
            | Self::Ambiguous { bundle, .. }
            | Self::Busy { bundle } => bundle,
        }
    }
}

/// An error and all its sources in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
