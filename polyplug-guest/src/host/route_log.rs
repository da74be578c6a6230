//! Records of the `log` crate go to the host.

use log::{Level, LevelFilter, Log, Metadata, Record};

use super::Logger;
use super::library::library_host;
use crate::abi::LogLevel;

/// Makes this library's copy of the `log` crate write to the host.
pub(super) fn install() {
    // A library that has a logger of its own keeps it.
    if log::set_logger(&Forward).is_ok() {
        // The host decides at each record, so that it may change its mind.
        log::set_max_level(LevelFilter::Trace);
    }
}

struct Forward;

impl Forward {
    fn logger<'r>(metadata: &Metadata<'r>) -> Option<Logger<'r>> {
        Some(Logger::new(library_host()?).target(metadata.target()))
    }
}

impl Log for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        Self::logger(metadata).is_some_and(|logger| logger.is_enabled(level(metadata.level())))
    }

    fn log(&self, record: &Record<'_>) {
        let Some(logger) = Self::logger(record.metadata()) else { return };
        let level = level(record.level());
        if logger.is_enabled(level) {
            let file = record.file().unwrap_or_default();
            logger.write(level, &record.args().to_string(), file, record.line().unwrap_or(0));
        }
    }

    fn flush(&self) {}
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::Error => LogLevel::Error,
        Level::Warn => LogLevel::Warn,
        Level::Info => LogLevel::Info,
        Level::Debug => LogLevel::Debug,
        Level::Trace => LogLevel::Trace,
    }
}
