//! Counts records by their level, and by their source.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use log_contracts::{Level, Sink};
use polyplug_guest::{Context, PluginError, bundle, plugin};
use serde::Deserialize;

/// The sink.
pub struct Summary {
    config: Config,
    levels: BTreeMap<String, u64>,
    sources: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// How many sources to show.
    #[serde(default = "three")]
    top: usize,
}

fn three() -> usize {
    3
}

impl Summary {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        let config = cx.config().parse()?;
        Ok(Self { config, levels: BTreeMap::new(), sources: BTreeMap::new() })
    }
}

#[plugin(create = Self::create)]
impl Sink for Summary {
    fn write(
        &mut self,
        _time: &str,
        level: &str,
        source: &str,
        _message: &str,
    ) -> Result<(), PluginError> {
        *self.levels.entry(level.to_owned()).or_default() += 1;
        *self.sources.entry(source.to_owned()).or_default() += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<String, PluginError> {
        let mut text = String::from("by level:");
        for level in Level::ALL.map(Level::name) {
            if let Some(count) = self.levels.get(level) {
                write!(text, " {level} {count}")?;
            }
        }
        let mut sources: Vec<_> = self.sources.iter().collect();
        // The most frequent first; of those that are as frequent, by name.
        sources.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        text.push_str("\nby source:");
        for (source, count) in sources.into_iter().take(self.config.top) {
            write!(text, " {source} {count}")?;
        }
        Ok(text)
    }
}

bundle!(Summary, name = "summary");
