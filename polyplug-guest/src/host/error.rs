//! Why a request to the host brought no proxy.

use std::error::Error;
use std::fmt;

use crate::abi::{ErrorKind, ErrorReport};

/// Why a request to the host brought no proxy. What it displays names the bundles
/// and the contract, and says what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The bundle did not declare that it needs this contract.
    Undeclared(String),
    /// Nobody provides the contract, or not in the version that was asked for.
    NotFound(String),
    /// A method of the provider is not the one that this bundle knows.
    Incompatible(String),
    /// The provider could not make an instance.
    Create(String),
    /// This bundle is not loaded any more, or its runtime is gone.
    Unloaded(String),
    /// The provider would wait for the caller.
    Reentrant(String),
    /// A limit of the provider was reached.
    Limit(String),
    /// What the host answered is none of the above.
    Invalid(String),
}

impl RequestError {
    pub(super) fn of(report: ErrorReport) -> Self {
        let ErrorReport { kind, message, detail, .. } = report;
        // What did not fit into the message stands whole in the detail.
        let text = if detail.len() > message.len() { detail } else { message };
        match kind {
            ErrorKind::Undeclared => Self::Undeclared(text),
            ErrorKind::NotFound => Self::NotFound(text),
            ErrorKind::Incompatible => Self::Incompatible(text),
            ErrorKind::Plugin | ErrorKind::Panicked => Self::Create(text),
            ErrorKind::Unloaded => Self::Unloaded(text),
            ErrorKind::Reentrant => Self::Reentrant(text),
            ErrorKind::Limit => Self::Limit(text),
            _ => Self::Invalid(text),
        }
    }

    /// What the host said.
    pub fn message(&self) -> &str {
        match self {
            Self::Undeclared(text)
            | Self::NotFound(text)
            | Self::Incompatible(text)
            | Self::Create(text)
            | Self::Unloaded(text)
            | Self::Reentrant(text)
            | Self::Limit(text)
            | Self::Invalid(text) => text,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for RequestError {}
