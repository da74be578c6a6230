//! The modules that a bundle may require: the SDK's, and the bundle's own files.

mod error;

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(super) use error::ModuleError;

/// The longest file that is read.
const MAX_FILE: u64 = 16 << 20;

/// What the plugin code of one VM may require.
pub(super) struct Modules {
    /// The bundle's folder, without symbolic links in its path.
    root: Option<PathBuf>,
    /// The modules that are being loaded, outermost first.
    loading: Mutex<Vec<String>>,
}

/// The source of a module.
pub(super) struct Source {
    pub(super) name: String,
    /// What errors call the chunk: never a path outside the bundle.
    pub(super) chunk: String,
    pub(super) text: Cow<'static, str>,
    /// Whether it is a module of the SDK, and not of the bundle.
    pub(super) is_sdk: bool,
}

impl Modules {
    pub(super) fn new(root: Option<&Path>) -> io::Result<Self> {
        let root = root.map(fs::canonicalize).transpose()?;
        Ok(Self { root, loading: Mutex::new(Vec::new()) })
    }

    /// Finds the module `name`: `a.b` is `a/b.lua` or `a/b/init.lua`.
    pub(super) fn find(&self, name: &[u8]) -> Result<Source, ModuleError> {
        let name = checked(name)?;
        if let Some(module) = lua_guest::MODULES.iter().find(|module| module.name == name) {
            let text = Cow::Borrowed(module.source);
            return Ok(Source {
                name: name.to_owned(),
                chunk: format!("={name}"),
                text,
                is_sdk: true,
            });
        }
        let Some(root) = &self.root else {
            return Err(ModuleError::InMemory { name: name.to_owned() });
        };
        let path = name.replace('.', "/");
        let files = [format!("{path}.lua"), format!("{path}/init.lua")];
        for file in &files {
            let failed = |problem| ModuleError::file(name, file, problem);
            if let Some(text) = read(root, file).map_err(failed)? {
                let chunk = format!("@{file}");
                let text = Cow::Owned(text);
                return Ok(Source { name: name.to_owned(), chunk, text, is_sdk: false });
            }
        }
        Err(ModuleError::NotFound { name: name.to_owned(), files })
    }

    /// Notes that `name` is being loaded, until the guard is dropped.
    pub(super) fn begin(&self, name: &str) -> Result<Loading<'_>, ModuleError> {
        let mut loading = self.loading();
        if let Some(first) = loading.iter().position(|one| one == name) {
            let chain = loading[first..].iter().map(String::as_str).chain([name]);
            return Err(ModuleError::Cycle { chain: chain.collect::<Vec<_>>().join(" -> ") });
        }
        loading.push(name.to_owned());
        Ok(Loading { modules: self })
    }

    fn loading(&self) -> MutexGuard<'_, Vec<String>> {
        self.loading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A module is being loaded.
pub(super) struct Loading<'a> {
    modules: &'a Modules,
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        self.modules.loading().pop();
    }
}

/// The name, if it is one: words with dots between them, so that no name can
/// be a path of its own or say anything else in a message.
fn checked(name: &[u8]) -> Result<&str, ModuleError> {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    match str::from_utf8(name) {
        Ok(name) if name.len() <= 200 && name.split('.').all(is_word) => Ok(name),
        _ => Err(ModuleError::Name { name: shown(name) }),
    }
}

/// A name as it can be shown on one line.
fn shown(name: &[u8]) -> String {
    let kept = &name[..name.len().min(64)];
    let dots = if kept.len() < name.len() { "..." } else { "" };
    format!("{}{dots}", kept.escape_ascii())
}

/// What is wrong with a file that is there.
#[derive(Debug)]
enum Problem {
    Outside,
    TooLong,
    NotText,
    Io(io::Error),
}

/// Reads a file below `root`, if it is there.
fn read(root: &Path, file: &str) -> Result<Option<String>, Problem> {
    // Resolved first: a symbolic link is followed only to where it stays inside.
    let path = match fs::canonicalize(root.join(file)) {
        Ok(path) => path,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(Problem::Io(error)),
    };
    if !path.starts_with(root) {
        return Err(Problem::Outside);
    }
    // Asked before it is opened, because opening a pipe would wait.
    let metadata = fs::metadata(&path).map_err(Problem::Io)?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(Problem::Io)?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(Problem::Io)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Problem::TooLong);
    }
    String::from_utf8(bytes).map(Some).map_err(|_| Problem::NotText)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
