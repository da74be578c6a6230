//! Where bundles are refused: a runtime with one honest bundle, and a look at
//! everything that a refusal must leave alone.

use std::error::Error;
use std::fs;
use std::mem::discriminant;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fixture_failing_contracts::{Liar, LiarProxy};
use polyplug_runtime::{Event, LoadError, NativeLoader, ReloadError, Runtime};
use tempfile::TempDir;

use super::image::Image;
use crate::state::State;
use crate::support::library;

/// A runtime that has loaded `fixture-liar`, which lies only in its methods.
pub(crate) struct Stage {
    pub(crate) runtime: Runtime,
    events: Arc<Mutex<Vec<Event>>>,
    liar: LiarProxy,
    root: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(|loader| loader)
    }

    /// A stage whose loader is narrowed further.
    pub(crate) fn with(narrow: impl FnOnce(NativeLoader) -> NativeLoader) -> Self {
        let root = TempDir::new().unwrap();
        fs::create_dir(root.path().join("copies")).unwrap();
        // SAFETY: the tests load fixtures of this repository alone.
        let loader = unsafe { NativeLoader::new() }.copy_dir(root.path().join("copies"));
        let runtime = Runtime::builder().loader(narrow(loader)).build().unwrap();
        runtime.load(library("fixture-liar")).unwrap();
        let liar = runtime.get::<dyn Liar>().unwrap();
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let told = Arc::clone(&events);
        runtime.on_event(move |event| told.lock().unwrap().push(event.clone()));
        Self { runtime, events, liar, root }
    }

    /// A path that nothing is at, for a bundle to be put there.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A directory with a manifest, and with the library that it speaks of.
    pub(crate) fn directory(&self, manifest: &str) -> PathBuf {
        let path = self.place("bundle");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("manifest.toml"), manifest).unwrap();
        Image::new().saved(self, "bundle/liar.so");
        path
    }

    /// Loads what is at `path`, and takes it in the place of the honest bundle:
    /// both is refused, with an error whose text holds each of `parts`.
    pub(crate) fn refuse(&self, path: impl AsRef<Path>, parts: &[&str]) -> LoadError {
        let error = self.refuse_load(&path, parts);
        let ReloadError::Load { source, .. } = self.refuse_reload(&path) else {
            panic!("a reload is refused for another reason")
        };
        let source: &LoadError = &source;
        assert_eq!(discriminant(source), discriminant(&error), "{source} / {error}");
        assert_eq!(text(source), text(&error));
        error
    }

    /// Loads what is at `path`, which is refused.
    pub(crate) fn refuse_load(&self, path: impl AsRef<Path>, parts: &[&str]) -> LoadError {
        let path = path.as_ref();
        let before = self.state();
        let error = self.runtime.load(path).expect_err("this must be refused");
        let said = text(&error);
        for part in parts {
            assert!(said.contains(part), "`{said}` does not say `{part}`");
        }
        assert!(error.path().starts_with(path), "{} is about {path:?}", error.path().display());
        assert!(said.contains(&format!("{path:?}")[1..][..path.as_os_str().len()]), "{said}");
        self.is_as(before);
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        let (last, others) = events.split_last().expect("a failure is told");
        let Event::LoadFailed { bundle, path: told, error: why } = last else {
            panic!("{last:?} comes last")
        };
        assert_eq!((&**bundle, &**told, &**why), (error.bundle(), path, &*said));
        assert_eq!(last.bundle(), error.bundle());
        match others {
            [] => {}
            [Event::Loading { bundle, path: told }] => {
                assert_eq!((&**bundle, &**told), (error.bundle(), path));
            }
            others => panic!("{others:?} come first"),
        }
        error
    }

    /// Takes what is at `path` in the place of the honest bundle, which is refused.
    pub(crate) fn refuse_reload(&self, path: impl AsRef<Path>) -> ReloadError {
        let before = self.state();
        let error = self.runtime.reload_from("fixture-liar", path).expect_err("this is refused");
        assert_eq!(error.bundle(), "fixture-liar");
        self.is_as(before);
        let events = std::mem::take(&mut *self.events.lock().unwrap());
        match &events[..] {
            [Event::Preparing { bundle, .. }, Event::Failed { bundle: failed, error: why }] => {
                assert_eq!((&**bundle, &**failed), ("fixture-liar", "fixture-liar"));
                assert_eq!(*why, text(&error));
            }
            events => panic!("a reload that fails is told as {events:?}"),
        }
        error
    }

    /// Everything is as `before`, and the honest bundle goes on.
    fn is_as(&self, before: State) {
        assert_eq!(self.state(), before);
        assert_eq!(self.liar.honest().unwrap(), 42);
    }

    fn state(&self) -> State {
        State::of(&self.runtime, &self.root.path().join("copies"))
    }
}

/// An error with all its sources.
pub(crate) fn text(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", text(source)),
        None => error.to_string(),
    }
}
