//! What the log pipeline and its plugins share: a contract for each kind of plugin,
//! and one for what the program offers to them.
#![forbid(unsafe_code)]

use polyplug_guest::{PluginError, contract};

/// Reads the lines of one kind of log.
#[contract(name = "logs.parser", version = "1.0")]
pub trait Parser {
    /// The time, the [level](Level), the source and the message of a line, in this
    /// order; or why the line is none of this kind.
    fn parse(&self, line: &str) -> Result<[String; 4], String>;
}

/// Looks at each record before it goes on.
#[contract(name = "logs.filter", version = "1.0")]
pub trait Filter {
    /// The message as it goes on; nothing when the record does not.
    fn apply(&self, level: &str, source: &str, message: String) -> Option<String>;
}

/// Takes the records at the end of the pipeline.
#[contract(name = "logs.sink", version = "1.0")]
pub trait Sink {
    /// Takes one record.
    fn write(
        &mut self,
        time: &str,
        level: &str,
        source: &str,
        message: &str,
    ) -> Result<(), PluginError>;

    /// There are no more records: what is left to be printed.
    fn finish(&mut self) -> Result<String, PluginError>;
}

/// Makes a line of a record: a plugin for other plugins.
#[contract(name = "logs.formatter", version = "1.0")]
pub trait Formatter {
    /// The line, without its end.
    fn format(&self, time: &str, level: &str, source: &str, message: &str) -> String;
}

/// What the program counts for its plugins: a service.
#[contract(name = "app.metrics", version = "1.0")]
pub trait Metrics {
    /// Adds to the number of this name.
    fn count(&self, name: &str, by: u64);
}

/// How much a record matters, from the least on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Every step.
    Trace,
    /// For those who develop it.
    Debug,
    /// For those who run it.
    Info,
    /// Not as it should be.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// All of them, the most important first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The level of this name, in letters of any case.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(name))
    }

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}
