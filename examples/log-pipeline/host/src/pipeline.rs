//! The way of a line: one parser, all filters, all sinks.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead};

use log_contracts::{Filter, FilterProxy, Parser, ParserProxy, Sink, SinkProxy};
use polyplug_runtime::{CallError, Contract, Runtime};

use crate::config::{Config, Stage};

/// Instances of the plugins, in order, and what became of the lines.
pub(crate) struct Pipeline {
    parsers: Vec<ParserProxy>,
    filters: Vec<FilterProxy>,
    sinks: Vec<SinkProxy>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    lines: u64,
    unknown: u64,
    dropped: u64,
    /// What failed, and how often.
    failures: BTreeMap<String, u64>,
}

/// What a parser made of a line.
struct Record {
    time: String,
    level: String,
    source: String,
    message: String,
}

impl Pipeline {
    /// Makes an instance of each plugin, with its own config.
    pub(crate) fn new(runtime: &Runtime, config: &Config) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            parsers: instances::<dyn Parser>(runtime, &config.parsers)?,
            filters: instances::<dyn Filter>(runtime, &config.filters)?,
            sinks: instances::<dyn Sink>(runtime, &config.sinks)?,
            counts: Counts::default(),
        })
    }

    /// Sends all lines of a log through.
    pub(crate) fn read(&mut self, log: impl BufRead) -> io::Result<()> {
        for line in log.lines() {
            self.counts.lines += 1;
            match self.parse(&line?) {
                Some(record) => self.send(record),
                None => self.counts.unknown += 1,
            }
        }
        Ok(())
    }

    /// Lets all sinks finish, and prints what they and the pipeline have to say.
    pub(crate) fn finish(mut self) {
        for sink in &mut self.sinks {
            match sink.finish() {
                Ok(text) if text.is_empty() => {}
                Ok(text) => println!("\n== {}\n{text}", sink.bundle_name()),
                Err(error) => self.counts.failed(&error),
            }
        }
        println!("\n== log-pipeline\n{}", self.counts);
    }

    /// The record that the first parser makes of a line which knows it.
    fn parse(&mut self, line: &str) -> Option<Record> {
        for parser in &self.parsers {
            match parser.parse(line) {
                Ok([time, level, source, message]) => {
                    return Some(Record { time, level, source, message });
                }
                // The line is none of its kind.
                Err(CallError::Method(_)) => {}
                Err(error) => self.counts.failed(&error),
            }
        }
        None
    }

    /// A filter that fails lets the record pass as it is; a sink that fails misses it.
    fn send(&mut self, mut record: Record) {
        let Self { filters, sinks, counts, .. } = self;
        for filter in filters {
            let Record { level, source, message, .. } = &mut record;
            match filter.apply(level, source, message.clone()) {
                Ok(Some(rewritten)) => *message = rewritten,
                Ok(None) => return counts.dropped += 1,
                Err(error) => counts.failed(&error),
            }
        }
        let Record { time, level, source, message } = &record;
        for sink in sinks {
            if let Err(error) = sink.write(time, level, source, message) {
                counts.failed(&error);
            }
        }
    }
}

fn instances<C: Contract + ?Sized>(
    runtime: &Runtime,
    stages: &[Stage],
) -> Result<Vec<C::Proxy>, Box<dyn Error>> {
    let instance = |stage: &Stage| {
        let request = runtime.request::<C>().bundle(&stage.plugin).config(stage.config()?);
        Ok(request.get()?)
    };
    stages.iter().map(instance).collect()
}

impl Counts {
    fn failed(&mut self, what: &dyn fmt::Display) {
        *self.failures.entry(what.to_string()).or_default() += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, unknown, dropped, failures } = self;
        write!(f, "{lines} lines, {dropped} dropped, {unknown} that no parser knows")?;
        for (what, times) in failures {
            write!(f, "\nfailed {times} times: {what}")?;
        }
        Ok(())
    }
}
