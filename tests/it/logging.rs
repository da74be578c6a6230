//! What bundles write to the log, and who gets to see it.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use fixture_plug_contract::{Logging, LoggingProxy};
use polyplug_runtime::{Runtime, Unloaded};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::support::{library, runtime};

/// Keeps the events of one target, up to a level.
#[derive(Clone)]
pub(crate) struct Kept {
    target: &'static str,
    up_to: Level,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Kept {
    pub(crate) fn of(target: &'static str, up_to: Level) -> Self {
        Self { target, up_to, lines: Arc::default() }
    }

    /// What was written while `body` ran.
    pub(crate) fn during(&self, body: impl FnOnce()) -> Vec<String> {
        tracing::subscriber::with_default(self.clone(), body);
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == self.target && *metadata.level() <= self.up_to
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{}:", event.metadata().level()));
        event.record(&mut line);
        self.lines.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of an event, but for the path of the file.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => write!(self.0, " {value:?}"),
            "file" => write!(self.0, " file"),
            "line" => write!(self.0, " line"),
            name => write!(self.0, " {name}={value:?}"),
        }
        .unwrap();
    }
}

fn loaded() -> (Runtime, LoggingProxy) {
    let runtime = runtime();
    runtime.load(library("fixture-logging")).unwrap();
    let logging = runtime.get::<dyn Logging>().unwrap();
    (runtime, logging)
}

#[test]
fn the_bundle_is_the_target_of_all_that_it_writes() {
    let (runtime, logging) = loaded();
    let kept = Kept::of("logging", Level::TRACE);
    let lines = kept.during(|| {
        logging.by_host(1, "from the host's handle").unwrap();
        logging.by_log(2, "from log").unwrap();
        logging.by_tracing(3, "from tracing").unwrap();
        drop(runtime.get::<dyn Logging>().unwrap());
    });
    assert_eq!(
        lines,
        [
            r#"ERROR: from the host's handle part="part" file line"#,
            r#"WARN: from log part="fixture_logging" file line"#,
            r#"INFO: from tracing answer=42 part="fixture_logging" file line"#,
            "DEBUG: an instance is made file line",
        ]
    );
}

#[test]
fn every_level_arrives_as_itself_and_can_be_filtered() {
    let (_runtime, logging) = loaded();
    let all = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
    let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
    for (count, up_to) in (1..).zip(levels) {
        let lines = Kept::of("logging", up_to).during(|| {
            for level in 1..=5 {
                logging.by_host(level, "x").unwrap();
                logging.by_log(level, "x").unwrap();
                logging.by_tracing(level, "x").unwrap();
            }
        });
        let seen: Vec<_> = lines.iter().filter_map(|line| line.split(':').next()).collect();
        let expected: Vec<_> = all[..count].iter().flat_map(|level| [*level; 3]).collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn who_filters_for_another_bundle_sees_nothing_of_this_one() {
    let (_runtime, logging) = loaded();
    let kept = Kept::of("another", Level::TRACE);
    assert!(kept.during(|| logging.by_host(1, "x").unwrap()).is_empty());
    logging.by_log(1, "nobody listens").unwrap();
}

#[test]
fn a_subscriber_that_panics_harms_no_plugin() {
    struct Panics;
    impl Subscriber for Panics {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "logging"
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {
            panic!("a subscriber of a test panics");
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }
    let (_runtime, logging) = loaded();
    tracing::subscriber::with_default(Panics, || logging.by_host(1, "x").unwrap());
    let lines = Kept::of("logging", Level::TRACE).during(|| logging.by_host(1, "y").unwrap());
    assert_eq!(lines.len(), 1);
}

#[test]
fn a_bundle_that_has_logged_goes_as_any_other() {
    let (runtime, logging) = loaded();
    let kept = Kept::of("logging", Level::TRACE);
    let lines = kept.during(|| {
        logging.by_host(5, "x").unwrap();
        logging.by_log(5, "x").unwrap();
        logging.by_tracing(5, "x").unwrap();
        runtime.reload("logging").unwrap();
        logging.by_log(5, "x").unwrap();
        logging.by_tracing(5, "x").unwrap();
    });
    assert_eq!(lines.iter().filter(|line| line.starts_with("TRACE")).count(), 5);
    assert_eq!(runtime.unload("logging").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn a_bundle_that_is_linked_in_installs_no_logger_in_its_host() {
    let runtime = runtime();
    runtime.load_static(&fixture_logging::BUNDLE).unwrap();
    let logging = runtime.get::<dyn Logging>().unwrap();
    let lines = Kept::of("logging", Level::TRACE).during(|| {
        logging.by_host(3, "x").unwrap();
        logging.by_log(3, "x").unwrap();
    });
    assert_eq!(lines, [r#"INFO: x part="part" file line"#]);
    assert_eq!(log::max_level(), log::LevelFilter::Off, "the host has chosen no logger");
}
