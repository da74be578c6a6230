//! The configuration: which plugins, in which order, and what each is told.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The content of `pipeline.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The folders of plugins.
    #[serde(default)]
    pub(crate) plugins: Vec<PathBuf>,
    /// What other plugins use.
    #[serde(default, rename = "helper")]
    pub(crate) helpers: Vec<Helper>,
    #[serde(default, rename = "parser")]
    pub(crate) parsers: Vec<Stage>,
    #[serde(default, rename = "filter")]
    pub(crate) filters: Vec<Stage>,
    #[serde(default, rename = "sink")]
    pub(crate) sinks: Vec<Stage>,
}

/// A plugin that others make instances of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Helper {
    plugin: String,
}

/// One plugin, and what it is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stage {
    /// The name of the plugin.
    pub(crate) plugin: String,
    config: Option<toml::Value>,
}

impl Config {
    /// Reads a file. Folders in it are seen from its own.
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let inside = |error: &dyn Error| format!("{}: {error}", path.display());
        let text = fs::read_to_string(path).map_err(|error| inside(&error))?;
        let mut config: Self = toml::from_str(&text).map_err(|error| inside(&error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for plugins in &mut config.plugins {
            *plugins = folder.join(&*plugins);
        }
        Ok(config)
    }

    /// The plugins, in the order in which they are loaded.
    pub(crate) fn plugins_by_name(&self) -> impl Iterator<Item = &str> {
        let helpers = self.helpers.iter().map(|helper| &*helper.plugin);
        let stages = self.parsers.iter().chain(&self.filters).chain(&self.sinks);
        helpers.chain(stages.map(|stage| &*stage.plugin))
    }
}

impl Stage {
    /// What an instance of the plugin gets: a table as TOML, a text as it is.
    pub(crate) fn config(&self) -> Result<String, toml::ser::Error> {
        match &self.config {
            None => Ok(String::new()),
            Some(toml::Value::String(text)) => Ok(text.clone()),
            Some(toml::Value::Table(table)) => toml::to_string(table),
            Some(other) => Ok(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_pass_as_they_are_and_tables_as_toml() {
        let stage = |text| toml::from_str::<Stage>(text).unwrap().config().unwrap();
        assert_eq!(stage("plugin = 'a'"), "");
        assert_eq!(stage("plugin = 'a'\nconfig = '''a\nb'''"), "a\nb");
        let table = stage("plugin = 'a'\n[config]\nlevel = 'info'\n[config.more]\ntop = 3");
        let table: toml::Table = toml::from_str(&table).unwrap();
        assert_eq!(table["level"].as_str(), Some("info"));
        assert_eq!(table["more"]["top"].as_integer(), Some(3));
    }
}
