//! Why a call through a proxy did not bring the method's result.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;

use crate::convert::Value;

/// Why a call through a proxy did not bring the method's result.
///
/// `E` is the method's own error: a method that returns `Result<T, E>` gives
/// `Result<T, CallError<E>>`, any other `Result<T, CallError>`.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError<E = Infallible> {
    /// The bundle is not loaded any more.
    Unloaded(Box<Failure>),
    /// The provider is older than the method.
    Unavailable(Box<Failure>),
    /// A reload could not carry the instance's state over; `renew` makes a new
    /// instance.
    StateLost(Box<Failure>),
    /// An earlier `&mut self` call panicked, so the instance's state cannot be
    /// trusted; `renew` makes a new instance.
    Poisoned(Box<Failure>),
    /// Two interpreters waited for each other, and this call gave way.
    Reentrant(Box<Failure>),
    /// A limit on memory, time or depth was reached.
    Limit(Box<Failure>),
    /// What came back does not have the form that the contract promises.
    InvalidReply(Box<Failure>),
    /// The plugin panicked.
    Panicked(Box<Failure>),
    /// The plugin failed outside of the method's own error.
    Plugin(Box<Failure>),
    /// The method's own error.
    Method(E),
}

impl<E> CallError<E> {
    /// Where and why the call failed, unless the method itself said so.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Unloaded(failure)
            | Self::Unavailable(failure)
            | Self::StateLost(failure)
            | Self::Poisoned(failure)
            | Self::Reentrant(failure)
            | Self::Limit(failure)
            | Self::InvalidReply(failure)
            | Self::Panicked(failure)
            | Self::Plugin(failure) => Some(failure),
            Self::Method(_) => None,
        }
    }
}

impl CallError {
    /// The same failure, of a method with an error of its own.
    pub(crate) fn widen<E>(self) -> CallError<E> {
        match self {
            Self::Unloaded(failure) => CallError::Unloaded(failure),
            Self::Unavailable(failure) => CallError::Unavailable(failure),
            Self::StateLost(failure) => CallError::StateLost(failure),
            Self::Poisoned(failure) => CallError::Poisoned(failure),
            Self::Reentrant(failure) => CallError::Reentrant(failure),
            Self::Limit(failure) => CallError::Limit(failure),
            Self::InvalidReply(failure) => CallError::InvalidReply(failure),
            Self::Panicked(failure) => CallError::Panicked(failure),
            Self::Plugin(failure) => CallError::Plugin(failure),
            Self::Method(never) => match never {},
        }
    }
}

/// A failure outside of a method's own error widens to that of a method with an
/// error `E`, so that `?` does it.
///
/// `E` is any type that can cross as a method's error: numbers, `bool`, `char`,
/// `()`, `String`, [`PluginError`](crate::PluginError), and `Vec` and `Result` of
/// those. For every `E` there cannot be such a conversion: with [`Infallible`] it
/// would be that of the type into itself, which the standard library has.
///
/// ```
/// use polyplug_guest::{CallError, contract};
///
/// #[contract(name = "text.numbers", version = "1.0")]
/// pub trait Numbers {
///     fn first(&self) -> String;
///     fn parse(&self, text: &str) -> Result<u64, String>;
/// }
///
/// fn first_number(numbers: &NumbersProxy) -> Result<u64, CallError<String>> {
///     let text = numbers.first()?;
///     numbers.parse(&text)
/// }
/// ```
// `Infallible` cannot cross and so is no `Value`.
impl<E: Value> From<CallError> for CallError<E> {
    fn from(error: CallError) -> Self {
        error.widen()
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, failure) = match self {
            Self::Unloaded(failure) => ("the bundle is not loaded any more", failure),
            Self::Unavailable(failure) => ("the provider is older than the method", failure),
            Self::StateLost(failure) => ("a reload lost the state of the instance", failure),
            Self::Poisoned(failure) => ("an earlier call left the state broken", failure),
            Self::Reentrant(failure) => ("the call would wait for itself", failure),
            Self::Limit(failure) => ("a limit was reached", failure),
            Self::InvalidReply(failure) => ("the reply is invalid", failure),
            Self::Panicked(failure) => ("the plugin panicked", failure),
            Self::Plugin(failure) => ("the plugin failed", failure),
            Self::Method(error) => return error.fmt(f),
        };
        write!(f, "{failure}: {what}")?;
        if !failure.message.is_empty() {
            write!(f, ": {}", failure.message)?;
        }
        if !failure.detail.is_empty() {
            write!(f, " ({})", failure.detail)?;
        }
        Ok(())
    }
}

impl<E: fmt::Debug + fmt::Display> Error for CallError<E> {}

/// Where a call failed, and what the failing side said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    pub(crate) bundle: String,
    pub(crate) contract: &'static str,
    pub(crate) method: &'static str,
    pub(crate) message: String,
    pub(crate) detail: String,
    pub(crate) code: u16,
}

impl Failure {
    /// The bundle that was called.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// The contract that was called.
    pub fn contract(&self) -> &str {
        self.contract
    }

    /// The method that was called.
    pub fn method(&self) -> &str {
        self.method
    }

    /// What the failing side said. May be empty.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The location of a panic or the traceback of a script. May be empty.
    pub fn location(&self) -> &str {
        &self.detail
    }

    /// The kind that the plugin gave its error, else 0.
    pub fn kind(&self) -> u16 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}.{}", self.bundle, self.contract, self.method)
    }
}

const _: () = assert!(size_of::<CallError>() == 2 * size_of::<usize>());
