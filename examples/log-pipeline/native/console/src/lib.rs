//! Prints each record as a line, which another plugin makes.
#![forbid(unsafe_code)]

use std::io::{Write as _, stdout};

use log_contracts::{Formatter, FormatterProxy, Sink};
use polyplug_guest::{Context, PluginError, bundle, plugin};

/// The sink.
pub struct Console {
    formatter: FormatterProxy,
}

impl Console {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        Ok(Self { formatter: cx.get::<dyn Formatter>()? })
    }
}

#[plugin(create = Self::create, stateless)]
impl Sink for Console {
    fn write(
        &mut self,
        time: &str,
        level: &str,
        source: &str,
        message: &str,
    ) -> Result<(), PluginError> {
        writeln!(stdout(), "{}", self.formatter.format(time, level, source, message)?)?;
        Ok(())
    }

    fn finish(&mut self) -> Result<String, PluginError> {
        Ok(String::new())
    }
}

bundle!(Console, name = "console", depends = ["logs.formatter@1"]);
