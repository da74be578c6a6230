//! Bundles that need each other: `base` is needed by `left` and `right`, and these by
//! `top`; `loose` needs `base` too, and is not reloaded with it.

use std::sync::atomic::{AtomicBool, Ordering};

use polyplug_guest::{Context, PluginError, contract, plugin};
use polyplug_runtime::{LoadError, Runtime, UnloadError, Unloaded};

#[contract(name = "graph.base", version = "1.2")]
pub(super) trait Base {
    fn base(&self);
}

#[contract(name = "graph.side", version = "1.0")]
pub(super) trait Side {
    fn side(&self);
}

/// Provides everything; what a bundle provides is what it lists.
#[derive(Default)]
pub(super) struct All;

#[plugin]
impl Base for All {
    fn base(&self) {}
}

#[plugin]
impl Side for All {
    fn side(&self) {}
}

/// Whether an [`Unsure`] can be made.
pub(super) static FAILS: AtomicBool = AtomicBool::new(false);

/// Cannot always be made.
pub(super) struct Unsure;

impl Unsure {
    fn create(_: &Context<'_>) -> Result<Self, PluginError> {
        match FAILS.load(Ordering::Relaxed) {
            true => Err(PluginError::msg("told to fail")),
            false => Ok(Self),
        }
    }
}

#[plugin(create = Unsure::create)]
impl Side for Unsure {
    fn side(&self) {}
}

pub(super) mod base {
    polyplug_guest::bundle!(super::All: super::Base, name = "base", version = "1.0.0");
}

pub(super) mod spare {
    polyplug_guest::bundle!(super::All: super::Base, name = "spare", version = "1.0.0");
}

pub(super) mod left {
    polyplug_guest::bundle!(
        super::Unsure,
        name = "left",
        depends = ["graph.base@1.1"],
        reload_with_dependencies
    );
}

pub(super) mod right {
    polyplug_guest::bundle!(
        super::All: super::Side,
        name = "right",
        depends = [{ bundle = "base", version = "^1.0" }],
        reload_with_dependencies,
    );
}

pub(super) mod top {
    polyplug_guest::bundle!(
        super::All: super::Side,
        name = "top",
        depends = [{ bundle = "left" }, { bundle = "right" }],
        reload_with_dependencies,
    );
}

pub(super) mod loose {
    polyplug_guest::bundle!(super::All: super::Side, name = "loose", depends = ["graph.base@1"]);
}

pub(super) mod newer {
    polyplug_guest::bundle!(super::All: super::Side, name = "newer", depends = ["graph.base@1.3"]);
}

pub(super) mod other_version {
    polyplug_guest::bundle!(
        super::All: super::Side,
        name = "other-version",
        depends = [{ bundle = "base", version = "^2" }],
    );
}

/// A runtime with all of them.
pub(super) fn loaded() -> Runtime {
    let runtime = Runtime::builder().build().unwrap();
    for bundle in [&base::BUNDLE, &left::BUNDLE, &loose::BUNDLE, &right::BUNDLE, &top::BUNDLE] {
        runtime.load_static(bundle).unwrap();
    }
    runtime
}

fn dependents(error: UnloadError) -> Vec<String> {
    let UnloadError::Dependents { dependents, .. } = error else { panic!("{error}") };
    dependents
}

#[test]
fn a_bundle_is_loaded_when_all_that_it_needs_is_there() {
    let runtime = Runtime::builder().build().unwrap();
    let error = runtime.load_static(&left::BUNDLE).unwrap_err();
    assert!(matches!(error, LoadError::MissingDependency { .. }), "{error}");
    let told = error.to_string();
    assert!(told.contains("`left`") && told.contains("contract graph.base@1.1"), "{told}");
    assert!(runtime.bundles().is_empty());

    runtime.load_static(&base::BUNDLE).unwrap();
    let left = runtime.load_static(&left::BUNDLE).unwrap();
    assert_eq!(left.dependencies(), ["contract graph.base@1.1"]);
    let right = runtime.load_static(&right::BUNDLE).unwrap();
    assert_eq!(right.dependencies(), ["bundle base ^1.0"]);
}

#[test]
fn an_older_contract_or_another_version_of_a_bundle_will_not_do() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.load_static(&base::BUNDLE).unwrap();
    for (bundle, needs) in
        [(&newer::BUNDLE, "contract graph.base@1.3"), (&other_version::BUNDLE, "bundle base ^2")]
    {
        let error = runtime.load_static(bundle).unwrap_err();
        assert!(matches!(error, LoadError::MissingDependency { .. }), "{error}");
        assert!(error.to_string().contains(needs), "{error}");
    }
}

#[test]
fn a_bundle_that_others_need_is_not_unloaded() {
    let runtime = loaded();
    assert_eq!(dependents(runtime.unload("base").unwrap_err()), ["left", "loose", "right"]);
    assert_eq!(dependents(runtime.unload("left").unwrap_err()), ["top"]);
    let error = runtime.unload("right").unwrap_err().to_string();
    assert!(error.contains("`right`") && error.contains("top"), "{error}");
    assert!(error.contains("unload_cascade"), "{error}");
    assert_eq!(runtime.bundles().len(), 5);
    for name in ["top", "left", "right", "loose", "base"] {
        runtime.unload(name).unwrap();
    }
}

#[test]
fn a_bundle_whose_contract_another_one_provides_too_is_unloaded() {
    let runtime = loaded();
    runtime.load_static(&spare::BUNDLE).unwrap();
    assert_eq!(dependents(runtime.unload("base").unwrap_err()), ["right"], "it needs the bundle");
    runtime.unload("top").unwrap();
    runtime.unload("right").unwrap();
    runtime.unload("base").unwrap();
    assert_eq!(dependents(runtime.unload("spare").unwrap_err()), ["left", "loose"]);
}

#[test]
fn a_cascade_takes_all_that_could_not_go_on() {
    let runtime = loaded();
    runtime.load_static(&spare::BUNDLE).unwrap();
    let outcomes = runtime.unload_cascade("right").unwrap();
    let names: Vec<_> = outcomes.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["top", "right"]);
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Unloaded::StillMapped { .. })));
    let names = |runtime: &Runtime| -> Vec<_> {
        runtime.bundles().iter().map(|bundle| bundle.name().to_owned()).collect()
    };
    assert_eq!(names(&runtime), ["base", "left", "loose", "spare"]);
    runtime.unload_cascade("base").unwrap();
    assert_eq!(names(&runtime), ["left", "loose", "spare"], "what is left has a spare");
    runtime.unload_cascade("spare").unwrap();
    assert!(names(&runtime).is_empty());
    let error = runtime.unload_cascade("spare").unwrap_err();
    assert!(matches!(error, UnloadError::NotLoaded { .. }), "{error}");
}
