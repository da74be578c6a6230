//! Why something that a host asked for could not be done.

mod load;
mod lookup;

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

pub use load::LoadError;
pub use lookup::LookupError;

use crate::schema::SchemaError;

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
    /// A contract goes beyond what can be described.
    #[error("contract `{contract}` cannot be used; make its types smaller")]
    Schema {
        /// The contract.
        contract: String,
        /// What is too much.
        source: SchemaError,
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

/// Why a service was not provided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvideError {
    /// The contract is provided already, in this major version.
    #[error("the service `{contract}@{version}` is provided already; withdraw it first")]
    AlreadyProvided {
        /// The contract.
        contract: String,
        /// The version that is provided.
        version: polyplug_guest::ContractVersion,
    },
    /// Two contracts have one id.
    #[error("the contracts `{first}` and `{second}` have one id; rename one of them")]
    IdCollision {
        /// The contract that is provided.
        first: String,
        /// The other one.
        second: String,
    },
    /// The contract was not made by the macro.
    #[error("the contract `{contract}` does not describe itself; put `#[contract]` on its trait")]
    Undescribed {
        /// The contract.
        contract: String,
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
    /// What must end first goes on: another load, reload or unload, for which this one
    /// must not wait because it was asked for in the middle of a call, a hook or a
    /// handler; or calls and pins of instances whose state is to be carried over, for
    /// longer than [`state_timeout`](crate::RuntimeBuilder::state_timeout).
    #[error("bundle `{bundle}` cannot be reloaded {}; ask again afterwards", While(holders))]
    Busy {
        /// The bundle.
        bundle: String,
        /// The contracts that are being called or pinned; empty when it is another load,
        /// reload or unload that goes on.
        holders: String,
    },
    /// The bundle has a path and no source in memory.
    #[error("bundle `{bundle}` was not loaded from memory; change its file and `reload` it")]
    NotFromMemory {
        /// The bundle.
        bundle: String,
    },
    /// What was found is another bundle.
    #[error(
        "bundle `{bundle}` ({}) cannot be reloaded as `{found}`; unload the one and load the other",
        Whence(path)
    )]
    OtherBundle {
        /// The bundle.
        bundle: String,
        /// Where it was to be reloaded from; empty when that is no file.
        path: PathBuf,
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
    /// Other bundles need something that the new version does not have any more.
    #[error(
        "the new version of bundle `{bundle}` ({}) lacks what others need: {}; unload those first, or `unload_cascade` it and load it anew",
        Whence(path), dependents.join(", ")
    )]
    Dependents {
        /// The bundle.
        bundle: String,
        /// Where it was to be reloaded from; empty when that is no file.
        path: PathBuf,
        /// The names of the bundles that need it.
        dependents: Vec<String>,
    },
    /// The present version could not save the state of an instance.
    #[error("bundle `{bundle}` cannot save the state of an instance of `{contract}`")]
    Save {
        /// The bundle.
        bundle: String,
        /// The contract that the instance serves.
        contract: String,
        /// Why.
        #[source]
        source: Box<crate::entry::GuestError>,
    },
    /// The new version could not restore the state of an instance.
    #[error(
        "the new version of bundle `{bundle}` ({}) cannot restore the state of an instance of `{contract}`",
        Whence(path)
    )]
    Restore {
        /// The bundle.
        bundle: String,
        /// Where it was to be reloaded from; empty when that is no file.
        path: PathBuf,
        /// The contract that the instance serves.
        contract: String,
        /// Why.
        #[source]
        source: Box<crate::entry::GuestError>,
    },
    /// The new version could not make an instance that is in use.
    #[error(
        "the new version of bundle `{bundle}` ({}) cannot make an instance that is in use",
        Whence(path)
    )]
    Create {
        /// The bundle.
        bundle: String,
        /// Where it was to be reloaded from; empty when that is no file.
        path: PathBuf,
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
            | Self::Busy { bundle, .. }
            | Self::NotFromMemory { bundle }
            | Self::OtherBundle { bundle, .. }
            | Self::Load { bundle, .. }
            | Self::Dependents { bundle, .. }
            | Self::Save { bundle, .. }
            | Self::Restore { bundle, .. }
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
    /// Other bundles need this one: they declared so, or hold a proxy that they got from
    /// it.
    #[error(
        "bundle `{bundle}` is needed by: {}; unload those first, or all together with `unload_cascade`",
        dependents.join(", ")
    )]
    Dependents {
        /// The bundle.
        bundle: String,
        /// The names of the bundles that need it.
        dependents: Vec<String>,
    },
}

impl UnloadError {
    /// The bundle.
    pub fn bundle(&self) -> &str {
        match self {
            Self::NotLoaded { bundle, .. }
            | Self::Ambiguous { bundle, .. }
            | Self::Dependents { bundle, .. }
            | Self::Busy { bundle } => bundle,
        }
    }
}

/// Where a bundle comes from, as messages say it.
struct Whence<'a>(&'a Path);

impl fmt::Display for Whence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.as_os_str().is_empty() {
            return f.write_str("linked in or in memory");
        }
        write!(f, "{}", self.0.display())
    }
}

/// What goes on that a reload would have to wait for, as its message says it.
struct While<'a>(&'a str);

impl fmt::Display for While<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str(
                "from inside a call or handler while another load, reload or unload runs",
            ),
            holders => write!(f, "while its state is in use by {holders}"),
        }
    }
}

/// An error and all its sources in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = one_line(&error.to_string());
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&one_line(&error.to_string()));
        source = error.source();
    }
    text
}

/// The lines of a text beside each other.
fn one_line(text: &str) -> String {
    let lines = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_one_line() {
        let source = "at line 2\r\n  |\n2 | x =\n\nexpected a value\n".into();
        let error = LoadError::Loader { bundle: "life".into(), path: PathBuf::new(), source };
        let told = "bundle `life` (linked in or in memory) cannot be loaded: \
                    at line 2 | 2 | x = expected a value";
        assert_eq!(chain(&error), told);
    }

    #[test]
    fn a_reload_says_what_it_would_wait_for() {
        let told = |holders: &str| {
            ReloadError::Busy { bundle: "life".into(), holders: holders.into() }.to_string()
        };
        assert_eq!(
            told("test.tally (1 pin)"),
            "bundle `life` cannot be reloaded while its state is in use by test.tally (1 pin); \
             ask again afterwards"
        );
        assert!(told("").contains("while another load, reload or unload runs"));
    }
}
