//! The config of an instance, as its host gives it.

use std::fmt;
use std::sync::Arc;

/// What an instance is made from: bytes that mean something to its plugin,
/// often text or TOML. Cheap to clone.
///
/// ```
/// use polyplug_runtime::Config;
///
/// let config = Config::from("indent = 4");
/// assert_eq!(config.bytes(), b"indent = 4");
/// assert!(Config::default().bytes().is_empty());
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Config(
    /// None when there are no bytes: most instances are made from none.
    Option<Arc<[u8]>>,
);

impl Config {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }

    fn of<T: Into<Arc<[u8]>> + AsRef<[u8]>>(bytes: T) -> Self {
        match bytes.as_ref() {
            [] => Self(None),
            _ => Self(Some(bytes.into())),
        }
    }
}

impl From<&str> for Config {
    fn from(text: &str) -> Self {
        Self::of(text.as_bytes())
    }
}

impl From<String> for Config {
    fn from(text: String) -> Self {
        Self::of(text.into_bytes())
    }
}

impl From<&[u8]> for Config {
    fn from(bytes: &[u8]) -> Self {
        Self::of(bytes)
    }
}

impl From<Vec<u8>> for Config {
    fn from(bytes: Vec<u8>) -> Self {
        Self::of(bytes)
    }
}

impl fmt::Debug for Config {
    /// Shows the length alone: configs hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({} bytes)", self.bytes().len())
    }
}
