//! Drops records that matter less than `level`.
#![forbid(unsafe_code)]

use log_contracts::{Filter, Level, Metrics, MetricsProxy};
use polyplug_guest::{Context, PluginError, bundle, plugin};
use serde::Deserialize;

/// The filter.
pub struct MinLevel {
    least: Level,
    metrics: MetricsProxy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    level: String,
}

impl MinLevel {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        let Config { level } = cx.config().parse()?;
        let least = Level::of(&level);
        let least = least.ok_or_else(|| PluginError::msg(format!("`{level}` is no level")))?;
        Ok(Self { least, metrics: cx.service::<dyn Metrics>()? })
    }
}

#[plugin(create = Self::create, stateless)]
impl Filter for MinLevel {
    fn apply(&self, level: &str, _source: &str, message: String) -> Option<String> {
        if Level::of(level).is_none_or(|level| level >= self.least) {
            return Some(message);
        }
        // Filtering matters more than counting, so a service that fails is passed over.
        let _ = self.metrics.count(&format!("dropped.{level}"), 1);
        None
    }
}

bundle!(MinLevel, name = "min-level");
