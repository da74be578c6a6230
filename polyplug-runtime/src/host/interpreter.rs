//! The host's log, as loaders of interpreters write to it.

use polyplug_guest::abi::LogLevel;

use super::Host;
use super::log::Target;

/// Writes a record of a bundle for which there is no [`Host`] yet.
pub(crate) fn write_for(bundle: &str, level: LogLevel, message: &str) {
    Target::default().write(bundle, level, "", message, None);
}

impl Host {
    /// Whether somebody wants records of this level.
    pub(crate) fn is_enabled(&self, level: LogLevel) -> bool {
        self.log.is_enabled(&self.name, level, "")
    }

    /// Writes a record to the host's log.
    pub(crate) fn write(&self, level: LogLevel, message: &str) {
        self.log.write(&self.name, level, "", message, None);
    }
}
