//! Why a Lua bundle was refused.

use std::io;
use std::path::PathBuf;

use super::sandbox::SandboxError;
use super::traceback::{Details, Failure};

/// Why a Lua bundle was refused. Nothing of it stays behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LuaError {
    /// The file cannot be read.
    #[error("cannot read {}; check the path and its permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The text is not UTF-8.
    #[error("the source is not UTF-8 in line {line}; save it as UTF-8, without bytecode")]
    NotUtf8 {
        /// The line with the first wrong byte.
        line: usize,
    },
    /// No interpreter could be set up.
    #[error(transparent)]
    Sandbox(SandboxError),
    /// There is not enough memory for an interpreter.
    #[error("not enough memory for an interpreter")]
    Memory,
    /// The text is no Lua.
    #[error("the source is no Lua: {message}")]
    Syntax {
        /// What the compiler said, with file and line.
        message: String,
    },
    /// The bundle raised an error while it was started.
    #[error("the bundle raised an error: {message}{}", behind(traceback))]
    Raised {
        /// What it said.
        message: String,
        /// Where it happened.
        traceback: String,
    },
    /// The bundle returned nil and a message.
    #[error("the bundle declines to start: {message}")]
    Declined {
        /// What it said.
        message: String,
    },
    /// The source does not return a bundle.
    #[error(
        "the source must end in `return polyplug.bundle {{ [\"text.transform@1\"] = Class }}` but returned {got}"
    )]
    NoBundle {
        /// What it returned instead.
        got: String,
    },
    /// The bundle has no contract.
    #[error("the bundle provides nothing; give it a class: [\"text.transform@1\"] = Class")]
    Empty,
    /// A field of the bundle is neither a contract nor a known field.
    #[error(
        "the bundle has the field {field}; its fields are `name`, `version`, `depends`, `reload_with_dependencies`, and contracts such as [\"text.transform@1\"]"
    )]
    UnknownField {
        /// The field.
        field: String,
    },
    /// One contract stands there twice.
    #[error("the bundle has contract `{contract}` twice")]
    Twice {
        /// The contract.
        contract: String,
    },
    /// A bare file does not say its name or version.
    #[error(
        "a bundle without a manifest.toml needs `{field}`: polyplug.bundle {{ name = \"reverse\", version = \"1.0.0\", .. }}"
    )]
    Undescribed {
        /// The missing field.
        field: &'static str,
    },
    /// The name or version of a bare file is none.
    #[error("the bundle's {field} {value:?} is wrong: {why}")]
    BadDescription {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What is wrong with it.
        why: String,
    },
    /// What the bundle needs is not said as it must be.
    #[error(
        "`depends` must be a list of contracts such as \"text.transform@1\" and bundles such as {{ bundle = \"upper\", version = \"^1.2\" }}, but has {got}"
    )]
    BadDependency {
        /// What it has.
        got: String,
    },
    /// The bundle says something else than its manifest.
    #[error(
        "the manifest has `{field} = {manifest}`, but the bundle says {bundle}; make them agree"
    )]
    Disagrees {
        /// The field.
        field: &'static str,
        /// What the manifest says.
        manifest: String,
        /// What the bundle says.
        bundle: String,
    },
    /// This runtime does not know the contract.
    #[error(
        "the runtime knows no contract `{contract}`; it knows: {known}; name it with `Runtime::builder().contract::<dyn C>()`"
    )]
    UnknownContract {
        /// The contract.
        contract: String,
        /// The contracts that it knows.
        known: String,
    },
    /// What stands for a contract is no table.
    #[error("contract `{contract}` must be a table of functions but is {got}")]
    NoClass {
        /// The contract.
        contract: String,
        /// What it is instead.
        got: String,
    },
    /// Methods are missing, or no functions.
    #[error("the class for contract `{contract}` {}", wrong.join("; "))]
    Methods {
        /// The contract.
        contract: String,
        /// What is wrong with which method.
        wrong: Vec<String>,
    },
}

impl From<Failure> for LuaError {
    fn from(failure: Failure) -> Self {
        let Details { message, traceback, .. } = failure.into_details();
        Self::Raised { message, traceback }
    }
}

fn behind(traceback: &str) -> String {
    if traceback.is_empty() { String::new() } else { format!(" ({traceback})") }
}
