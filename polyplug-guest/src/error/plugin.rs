//! The error with which a plugin says why it could not do something.

use std::error::Error;
use std::fmt;

/// Why a plugin could not do what it was asked, as text and a number.
///
/// Any error that can be sent between threads converts into it with `?`, with
/// its sources in the text.
///
/// ```
/// use polyplug_guest::PluginError;
///
/// fn port(text: &str) -> Result<u16, PluginError> {
///     if text.is_empty() {
///         return Err(PluginError::msg("the port is missing").with_kind(2));
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(port("").unwrap_err().kind(), 2);
/// assert_eq!(port("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PluginError {
    kind: u16,
    message: String,
}

impl PluginError {
    /// An error that says `message`, of kind 0.
    pub fn msg(message: impl fmt::Display) -> Self {
        Self { kind: 0, message: message.to_string() }
    }

    /// The same error, of a kind that plugin and host agreed on.
    #[must_use]
    pub fn with_kind(self, kind: u16) -> Self {
        Self { kind, ..self }
    }

    /// The kind: 0 unless the plugin chose one.
    pub fn kind(&self) -> u16 {
        self.kind
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn into_parts(self) -> (u16, String) {
        (self.kind, self.message)
    }
}

// Not an `Error` itself, because the conversion below would then contain the
// conversion of the type into itself.
impl<E: Error + Send + Sync + 'static> From<E> for PluginError {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            message.push_str(": ");
            message.push_str(&error.to_string());
            source = error.source();
        }
        Self { kind: 0, message }
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .finish()
    }
}
