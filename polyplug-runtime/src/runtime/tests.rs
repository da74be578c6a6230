//! A registry that refuses at the last stage: real bundles cannot make it full, so
//! its places are taken here.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicIsize, Ordering};

use polyplug_guest::{Contract, bundle, contract, plugin};
use tempfile::TempDir;

use super::Runtime;
use crate::bundle::Description;
use crate::error::{LoadError, ReloadError};
use crate::loader::{
    BundleLoader, BundleSource, Closed, Content, LoaderError, Module, PreparedBundle, Registrar,
    statics,
};
use crate::registry::RegistryError;

mod first {
    use super::{bundle, contract, plugin};

    #[contract(name = "test.first", version = "1.0")]
    pub(super) trait First {
        fn one(&self) -> u32;
    }

    #[derive(Default)]
    struct One;

    #[plugin]
    impl First for One {
        fn one(&self) -> u32 {
            1
        }
    }

    bundle!(One, name = "first", version = "1.0.0");
}

mod second {
    use super::{bundle, contract, plugin};

    #[contract(name = "test.second", version = "1.0")]
    pub(super) trait Second {
        fn two(&self) -> u32;
    }

    #[derive(Default)]
    struct Two;

    #[plugin]
    impl Second for Two {
        fn two(&self) -> u32 {
            2
        }
    }

    bundle!(Two, name = "second", version = "1.0.0");
}

/// How many modules are open.
static OPEN: AtomicIsize = AtomicIsize::new(0);

/// Loads files that hold a manifest and nothing else: a bundle has what that provides.
struct Written;

impl BundleLoader for Written {
    fn name(&self) -> &str {
        "written"
    }

    fn accepts(&self, _: &Path) -> bool {
        true
    }

    fn prepare(&self, source: &BundleSource<'_>) -> Result<Box<dyn PreparedBundle>, LoaderError> {
        let Content::File(file) = source.content else { return Err("no file".into()) };
        let text = fs::read_to_string(file)?;
        let parts = [("test.first", &first::BUNDLE), ("test.second", &second::BUNDLE)];
        let parts = parts.into_iter().filter(|(name, _)| text.contains(name));
        let parts: Result<_, _> = parts.map(|(_, part)| statics::prepare(part)).collect();
        Ok(Box::new(Prepared { description: Description::from_manifest(&text)?, parts: parts? }))
    }
}

struct Prepared {
    description: Description,
    parts: Vec<Box<dyn PreparedBundle>>,
}

impl PreparedBundle for Prepared {
    fn description(&self) -> Option<&Description> {
        Some(&self.description)
    }

    fn open(self: Box<Self>) -> Result<Box<dyn Module>, LoaderError> {
        let parts: Result<_, _> = self.parts.into_iter().map(PreparedBundle::open).collect();
        let parts = parts?;
        OPEN.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Parts(parts)))
    }
}

struct Parts(Vec<Box<dyn Module>>);

// SAFETY: registers what its parts do, which are linked in.
unsafe impl Module for Parts {
    fn init(&self, registrar: &mut Registrar<'_>) -> Result<(), LoaderError> {
        self.0.iter().try_for_each(|part| part.init(registrar))
    }

    fn close(self: Box<Self>) -> Closed {
        OPEN.fetch_sub(1, Ordering::Relaxed);
        Closed::Reclaimed
    }
}

/// A file for the bundle `name`.
fn write(directory: &TempDir, name: &str, provides: &[&str]) -> PathBuf {
    let path = directory.path().join(format!("{name}-{}", provides.len()));
    let provides: Vec<_> = provides.iter().map(|contract| format!("'{contract}@1.0'")).collect();
    let provides = provides.join(", ");
    let manifest = format!(
        "name = '{name}'\nversion = '1.0.0'\nloader = 'written'\nprovides = [{provides}]\n"
    );
    fs::write(&path, manifest).unwrap();
    path
}

#[test]
fn a_registry_that_refuses_to_publish_leaves_everything_as_it_was() {
    let directory = TempDir::new().unwrap();
    let runtime = Runtime::builder().loader(Written).build().unwrap();
    let registry = runtime.registry();
    let (one, both) = (&["test.first"][..], &["test.first", "test.second"][..]);
    runtime.load(write(&directory, "kept", one)).unwrap();
    runtime.load(write(&directory, "gap", one)).unwrap();
    let kept = registry.find(<dyn first::First>::ID).unwrap();
    let gap = registry.find_in_bundle("gap", <dyn first::First>::ID).unwrap();
    runtime.unload("gap").unwrap();
    let mut change = registry.change();
    change.take_fresh_places();
    change.publish();
    let proxy = runtime.get::<dyn first::First>().unwrap();
    let look = || {
        let all = registry.find_all(<dyn first::First>::ID);
        let described: Vec<_> =
            all.iter().map(|it| format!("{:?}", registry.describe(*it))).collect();
        let counts = (registry.count(), registry.revision(), OPEN.load(Ordering::Relaxed));
        (all, described, counts, format!("{:?}", runtime.bundles()))
    };
    let before = look();

    // Of two contracts the first one gets the place that is free, the second none.
    for _ in 0..3 {
        let Err(LoadError::Registry { source, .. }) = runtime.load(write(&directory, "new", both))
        else {
            panic!("two contracts were loaded into one place")
        };
        assert_eq!(source, RegistryError::Full);
        assert_eq!(look(), before);
        assert_eq!(proxy.one().unwrap(), 1);
    }
    runtime.load(write(&directory, "new", one)).unwrap();
    let new = registry.find_in_bundle("new", <dyn first::First>::ID).unwrap();
    assert_eq!(new.index(), gap.index(), "the free place was not lost");
    assert_eq!(registry.resolve(gap).map(drop), Err(RegistryError::StaleHandle { handle: gap }));

    let before = look();
    for _ in 0..3 {
        let result = runtime.reload_from("kept", write(&directory, "kept", both));
        let Err(ReloadError::Load { source, .. }) = result else { panic!("{result:?}") };
        let LoadError::Registry { source, .. } = *source else { panic!("{source}") };
        assert_eq!(source, RegistryError::Full);
        assert_eq!(look(), before);
        assert_eq!(proxy.one().unwrap(), 1);
    }
    runtime.unload("new").unwrap();
    runtime.reload_from("kept", write(&directory, "kept", both)).unwrap();
    assert_eq!(registry.find(<dyn first::First>::ID), Some(kept));
    assert_eq!(registry.find(<dyn second::Second>::ID).unwrap().index(), gap.index());
    assert_eq!(runtime.get::<dyn second::Second>().unwrap().two().unwrap(), 2);
    drop(runtime);
    assert_eq!(OPEN.load(Ordering::Relaxed), 0, "each module was closed");
}
