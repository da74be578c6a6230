//! The config of an instance, as its plugin reads it.

use std::error::Error;
use std::fmt;

use serde::de::DeserializeOwned;

/// The config that a host gave for an instance: bytes, text, or TOML.
#[derive(Clone, Copy, Debug)]
pub struct ConfigRef<'a> {
    bytes: &'a [u8],
}

impl<'a> ConfigRef<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The bytes as the host gave them; none when it gave no config.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The config as text.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the bytes are not UTF-8.
    pub fn text(&self) -> Result<&'a str, ConfigError> {
        std::str::from_utf8(self.bytes)
            .map_err(|error| ConfigError { what: "not UTF-8", source: Box::new(error) })
    }

    /// The config parsed from TOML.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the bytes are not UTF-8, not TOML, or not a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(self.text()?).map_err(|error: toml::de::Error| {
            // It ends its text with a line end.
            let source = error.to_string().trim().into();
            ConfigError { what: "not as expected", source }
        })
    }
}

/// Why a config could not be read.
#[derive(Debug)]
pub struct ConfigError {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the config is {}", self.what)
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
