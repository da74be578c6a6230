//! Why a module cannot be required.

use super::Problem;

/// A module cannot be required; the message is for the plugin's author.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum ModuleError {
    #[error(
        "\"{name}\" is not a module name: it is words of letters, digits, '_' and '-', \
         with dots between"
    )]
    Name { name: String },
    #[error("module '{name}' not found: a bundle without a folder finds only 'polyplug'")]
    InMemory { name: String },
    #[error("module '{name}' not found: no file '{}' or '{}' in the bundle", .files[0], .files[1])]
    NotFound { name: String, files: [String; 2] },
    #[error("module '{name}': '{file}' leads out of the bundle")]
    Outside { name: String, file: String },
    #[error("module '{name}': '{file}' is too long")]
    TooLong { name: String, file: String },
    #[error("module '{name}': '{file}' is not UTF-8 text")]
    NotText { name: String, file: String },
    #[error("module '{name}': '{file}' cannot be read: {kind}")]
    Unreadable { name: String, file: String, kind: std::io::ErrorKind },
    #[error("modules require each other: {chain}")]
    Cycle { chain: String },
}

impl ModuleError {
    pub(super) fn file(name: &str, file: &str, problem: Problem) -> Self {
        let (name, file) = (name.to_owned(), file.to_owned());
        match problem {
            Problem::Outside => Self::Outside { name, file },
            Problem::TooLong => Self::TooLong { name, file },
            Problem::NotText => Self::NotText { name, file },
            // The full text of the error may hold a path outside the bundle.
            Problem::Io(error) => Self::Unreadable { name, file, kind: error.kind() },
        }
    }
}
