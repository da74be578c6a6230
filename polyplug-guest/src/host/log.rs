//! The host's log.

use std::fmt;
use std::panic::Location;

use super::HostRef;
use crate::abi::{LogLevel, LogRecord, RawStr};

/// Writes to the host's log, where records stand under the bundle's name.
///
/// Text that nobody wants is not put together:
///
/// ```
/// use polyplug_guest::{Context, LogLevel, PluginError};
///
/// fn create(cx: &Context<'_>) -> Result<(), PluginError> {
///     let log = cx.log();
///     log.info("ready");
///     log.debug(format_args!("the config has {} bytes", cx.config().bytes().len()));
///     if log.is_enabled(LogLevel::Trace) {
///         log.trace(cx.config().text()?);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Logger<'h> {
    host: HostRef<'h>,
    target: &'h str,
}

impl<'h> Logger<'h> {
    pub(crate) fn new(host: HostRef<'h>) -> Self {
        Self { host, target: "" }
    }

    /// The same, for one part of the bundle.
    #[must_use]
    pub fn target(self, target: &'h str) -> Self {
        Self { target, ..self }
    }

    /// Whether somebody wants records of this level.
    pub fn is_enabled(&self, level: LogLevel) -> bool {
        let host = self.host;
        let target = RawStr::new(self.target);
        // SAFETY: the object is alive, and the target lent for the call.
        unsafe { ((*host.vtable()).is_enabled)(host.object(), level as u32, target) != 0 }
    }

    /// Something failed.
    #[track_caller]
    pub fn error(&self, text: impl fmt::Display) {
        self.log(LogLevel::Error, text);
    }

    /// Something is not as it should be.
    #[track_caller]
    pub fn warn(&self, text: impl fmt::Display) {
        self.log(LogLevel::Warn, text);
    }

    /// Something that operators want to know.
    #[track_caller]
    pub fn info(&self, text: impl fmt::Display) {
        self.log(LogLevel::Info, text);
    }

    /// Something that developers want to know.
    #[track_caller]
    pub fn debug(&self, text: impl fmt::Display) {
        self.log(LogLevel::Debug, text);
    }

    /// A step.
    #[track_caller]
    pub fn trace(&self, text: impl fmt::Display) {
        self.log(LogLevel::Trace, text);
    }

    /// Writes `text`, if somebody wants records of this level.
    #[track_caller]
    pub fn log(&self, level: LogLevel, text: impl fmt::Display) {
        if self.is_enabled(level) {
            let place = Location::caller();
            self.write(level, &text.to_string(), place.file(), place.line());
        }
    }

    /// Writes a record that is wanted. An empty `file` says that the place is not known.
    pub(super) fn write(&self, level: LogLevel, message: &str, file: &str, line: u32) {
        let record = LogRecord {
            size: size_of::<LogRecord>(),
            level: level as u32,
            line,
            target: RawStr::new(self.target),
            message: RawStr::new(message),
            file: RawStr::new(file),
        };
        let host = self.host;
        // SAFETY: the object is alive, and the record lent for the call.
        unsafe { ((*host.vtable()).log)(host.object(), &record) }
    }
}
