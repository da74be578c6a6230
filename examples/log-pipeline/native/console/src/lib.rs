//! Prints each record as a line.
#![forbid(unsafe_code)]

use std::io::{Write as _, stdout};

use log_contracts::Sink;
use polyplug_guest::{PluginError, bundle, plugin};

/// The sink.
#[derive(Default)]
pub struct Console;

#[plugin]
impl Sink for Console {
    fn write(
        &mut self,
        time: &str,
        level: &str,
        source: &str,
        message: &str,
    ) -> Result<(), PluginError> {
        writeln!(stdout(), "{time} {level:5} {source}: {message}")?;
        Ok(())
    }

    fn finish(&mut self) -> Result<String, PluginError> {
        Ok(String::new())
    }
}

bundle!(Console, name = "console");
