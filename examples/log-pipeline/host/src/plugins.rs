//! Finding and loading plugins by their names.

use std::collections::BTreeSet;
use std::env::{self, consts};
use std::error::Error;
use std::path::{Path, PathBuf};

use polyplug_runtime::Runtime;

use crate::config::Config;

/// Loads each plugin that is named, once.
pub(crate) fn load(runtime: &Runtime, config: &Config) -> Result<(), Box<dyn Error>> {
    let folders = folders(config)?;
    let mut loaded = BTreeSet::new();
    for name in config.plugins_by_name().filter(|name| loaded.insert(*name)) {
        let bundle = runtime.load(find(name, &folders)?)?;
        if bundle.name() != name {
            let path = bundle.path().display();
            return Err(format!("{path} is called `{}`, and not `{name}`", bundle.name()).into());
        }
    }
    Ok(())
}

/// Those of the configuration, and where cargo puts the libraries that it built
/// together with this program.
fn folders(config: &Config) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let program = env::current_exe()?;
    let own = program.parent().unwrap_or(Path::new(""));
    Ok(config.plugins.iter().cloned().chain([own.to_owned(), own.join("deps")]).collect())
}

/// A folder with a manifest, a library, or a Lua file.
fn find(name: &str, folders: &[PathBuf]) -> Result<PathBuf, String> {
    let library = name.replace('-', "_");
    let library = format!("{}{library}{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    for folder in folders {
        let directory = folder.join(name);
        if directory.join("manifest.toml").is_file() {
            return Ok(directory);
        }
        for file in [&library, &format!("{name}.lua")] {
            let file = folder.join(file);
            if file.is_file() {
                return Ok(file);
            }
        }
    }
    let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    Err(format!("there is no plugin `{name}` in {}", folders.join(", ")))
}
