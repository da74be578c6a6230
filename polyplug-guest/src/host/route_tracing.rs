//! Events of the `tracing` crate go to the host, as text.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_core::dispatcher::{Dispatch, set_global_default};
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::subscriber::{Interest, Subscriber};
use tracing_core::{Event, Level, Metadata};

use super::Logger;
use super::library::library_host;
use crate::abi::LogLevel;

/// Makes this library's copy of `tracing` write to the host.
pub(super) fn install() {
    // A library that has a subscriber of its own keeps it.
    let _ = set_global_default(Dispatch::new(Forward { spans: AtomicU64::new(1) }));
}

/// Passes events on. Spans get ids and are not passed on.
struct Forward {
    spans: AtomicU64,
}

impl Subscriber for Forward {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // The host decides at each event, so that it may change its mind.
        if metadata.is_event() { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let logger = library_host().map(|host| Logger::new(host).target(metadata.target()));
        logger.is_some_and(|logger| logger.is_enabled(level(*metadata.level())))
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        // Relaxed: the numbers need only differ. Ids are never 0.
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed).max(1))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let Some(host) = library_host() else { return };
        let mut text = Text::default();
        event.record(&mut text);
        let (file, line) = (metadata.file().unwrap_or_default(), metadata.line().unwrap_or(0));
        let logger = Logger::new(host).target(metadata.target());
        logger.write(level(*metadata.level()), &text.finish(), file, line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message, and behind it the fields: `message name=value`.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn finish(mut self) -> String {
        if self.message.is_empty() {
            return self.fields.trim_start().to_owned();
        }
        self.message.push_str(&self.fields);
        self.message
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a `String` does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}
