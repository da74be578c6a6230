//! A place of a test's own: its libraries, the private copies of them, and the
//! files by which it talks with the instances in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use polyplug_runtime::{NativeLoader, Runtime, RuntimeBuilder};
use tempfile::TempDir;

use crate::support::library;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A directory, gone with this.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("copies")).unwrap();
        Self { dir }
    }

    /// A runtime that makes its private copies here.
    pub(crate) fn runtime(&self) -> Runtime {
        self.builder().build().unwrap()
    }

    /// As [`Place::runtime`], not yet built.
    pub(crate) fn builder(&self) -> RuntimeBuilder {
        // SAFETY: the tests load fixtures of this repository alone.
        let loader = unsafe { NativeLoader::new() };
        Runtime::builder().loader(loader.copy_dir(self.path("copies")))
    }

    /// The private copies that there are at the moment.
    pub(crate) fn copies(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("copies")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// As [`Place::path`], as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn touch(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    /// Writes the library of a fixture to the file `life` of this place, into
    /// the file that is there if there is one.
    pub(crate) fn install(&self, fixture: &str) -> PathBuf {
        let path = self.install_path();
        fs::copy(library(fixture), &path).unwrap();
        path
    }

    /// As [`Place::install`], by renaming another file over the one that is there.
    pub(crate) fn install_by_rename(&self, fixture: &str) -> PathBuf {
        let (path, other) = (self.install_path(), self.path("other"));
        fs::copy(library(fixture), &other).unwrap();
        fs::rename(other, &path).unwrap();
        path
    }

    fn install_path(&self) -> PathBuf {
        self.path(&library("life").file_name().unwrap().to_string_lossy())
    }

    /// A config that lets an instance keep its journal here, say `label`, and
    /// fail or panic when it is made while there is a file `fail` or `panic`.
    pub(crate) fn config(&self, label: &str) -> String {
        let [journal, fail, panic] = ["journal", "fail", "panic"].map(|name| self.text(name));
        format!(
            "label = '{label}'\njournal = '{journal}'\nfail_if = '{fail}'\npanic_if = '{panic}'\n"
        )
    }

    /// What became of the instances so far.
    pub(crate) fn journal(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("journal")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How often `event` stands in the journal.
    pub(crate) fn journal_count(&self, event: &str) -> usize {
        self.journal().iter().filter(|line| *line == event).count()
    }
}

/// Whether the library at `path` is mapped, which its file need not outlive.
pub(crate) fn is_mapped(path: &Path) -> bool {
    use libloading::os::unix::{Library, RTLD_LAZY};

    let noload = if cfg!(target_vendor = "apple") { 0x10 } else { 0x4 };
    // SAFETY: with this flag nothing is opened, so nothing is run; what is open
    // already is counted once more, and once less at once.
    unsafe { Library::open(Some(path), RTLD_LAZY | noload) }.is_ok()
}

/// Waits for what must happen.
pub(crate) fn wait_until(mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "it does not happen");
        thread::sleep(Duration::from_millis(1));
    }
}
