//! The command line.

use std::path::{Path, PathBuf};

/// What the command line says.
pub(crate) struct Options {
    pub(crate) config: PathBuf,
    /// The logs to read; the standard input when there are none.
    pub(crate) files: Vec<PathBuf>,
}

impl Options {
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { config: example(), files: Vec::new() };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--config" => {
                    options.config = arguments.next().ok_or("--config needs a file")?.into();
                }
                "--help" => return Err("usage: log-pipeline [--config FILE] [FILE..]".to_owned()),
                unknown if unknown.starts_with("--") => {
                    return Err(format!("there is no option {unknown}; see --help"));
                }
                file => options.files.push(file.into()),
            }
        }
        Ok(options)
    }
}

/// The configuration of the example.
fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipeline.toml")
}
