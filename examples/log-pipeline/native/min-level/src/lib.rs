//! Drops records that matter less than `level`.
#![forbid(unsafe_code)]

use log_contracts::{Filter, Level};
use polyplug_guest::{Context, PluginError, bundle, plugin};
use serde::Deserialize;

/// The filter.
pub struct MinLevel {
    least: Level,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    level: String,
}

impl MinLevel {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        let Config { level } = cx.config().parse()?;
        match Level::of(&level) {
            Some(least) => Ok(Self { least }),
            None => Err(PluginError::msg(format!("`{level}` is no level"))),
        }
    }
}

#[plugin(create = Self::create, stateless)]
impl Filter for MinLevel {
    fn keep(&self, level: &str, _source: &str, _message: &str) -> bool {
        Level::of(level).is_none_or(|level| level >= self.least)
    }

    fn rewrite(&self, message: String) -> String {
        message
    }
}

bundle!(MinLevel, name = "min-level");
