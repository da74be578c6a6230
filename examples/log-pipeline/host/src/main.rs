//! Reads logs from files or from the standard input, and sends them through plugins:
//! parsers, filters and sinks, as a configuration says.
//!
//! `log-pipeline [--config FILE] [FILE..]`

mod config;
mod metrics;
mod options;
mod pipeline;
mod plugins;

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader};
use std::process::ExitCode;
use std::sync::Arc;

use log_contracts::{Filter, Formatter, Metrics, Parser, Sink};
use polyplug_runtime::{LuaLoader, NativeLoader, Runtime};

use self::config::Config;
use self::metrics::Counters;
use self::options::Options;
use self::pipeline::Pipeline;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("log-pipeline: {}", with_sources(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let config = Config::read(&options.config)?;
    let runtime = Runtime::builder()
        .contract::<dyn Parser>()
        .contract::<dyn Filter>()
        .contract::<dyn Sink>()
        .contract::<dyn Formatter>()
        // SAFETY: whoever writes the configuration vouches for the libraries in the
        // folders that it names; the README says so.
        .loader(unsafe { NativeLoader::new() })
        .loader(LuaLoader::new().memory_limit(64 << 20))
        .build()?;
    let counters = Arc::new(Counters::default());
    runtime.provide::<dyn Metrics>(counters.clone())?;
    plugins::load(&runtime, &config)?;
    let mut pipeline = Pipeline::new(&runtime, &config)?;
    if options.files.is_empty() {
        pipeline.read(io::stdin().lock())?;
    }
    for path in &options.files {
        let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        pipeline.read(BufReader::new(file))?;
    }
    pipeline.finish();
    print!("{counters}");
    Ok(())
}

/// An error with all that led to it.
fn with_sources(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => error.to_string(),
    }
}
