//! What the macros make of what they accept.

use polyplug_guest::abi::{Receiver, TypeKind};
use polyplug_guest::{BundleId, Contract, ContractVersion, Plugin};
use ui_tests::attributes::{Attributes, Client};
use ui_tests::bundles::{alone, both, everything, lone, needy};
use ui_tests::identifiers::{Identifiers, IdentifiersProxy};
use ui_tests::plugins::{Configured, Counter, Forgetful, Stepping};
use ui_tests::versions::{Early, Empty, EmptyProxy, Grown, GrownProxy};
use ui_tests::{aliases, defaults, hygiene, places, types};

use crate::schema::methods;

#[test]
fn a_method_is_as_old_as_since_says() {
    let grown: Vec<_> = methods::<dyn Grown>().into_iter().map(|method| method.since).collect();
    assert_eq!(grown, [(2, 0), (2, 0), (2, 9), (2, 9), (2, 10)]);
    let early: Vec<_> = methods::<dyn Early>().into_iter().map(|method| method.since).collect();
    assert_eq!(early, [(0, 3), (0, 3)]);
    assert!(methods::<dyn Empty>().is_empty());
    assert_eq!(<dyn Grown>::VERSION, ContractVersion::new(2, 10));
}

#[test]
fn raw_names_are_known_without_their_mark() {
    let methods = methods::<dyn Identifiers>();
    assert_eq!(methods[0].name, "type");
    let names: Vec<_> = methods[0].arguments.iter().map(|argument| argument.0).collect();
    assert_eq!(names, ["fn", "match"]);
    assert!(std::any::type_name::<IdentifiersProxy>().ends_with("::IdentifiersProxy"));
}

#[test]
fn docs_become_part_of_the_schema() {
    let docs = "Has attributes.\n\nMore about it, with a link to [`Attributes::old`].";
    assert_eq!(crate::schema::docs::<dyn Attributes>(), docs);
    assert_eq!(methods::<dyn Attributes>()[5].docs, "Documented by an attribute.");
}

#[test]
fn receivers_bodies_and_types_are_described() {
    let methods = methods::<dyn defaults::Defaults>();
    let described: Vec<_> =
        methods.iter().map(|method| (method.receiver, method.has_default)).collect();
    let (shared, exclusive) = (Some(Receiver::Shared), Some(Receiver::Exclusive));
    assert_eq!(described, [(shared, false), (shared, true), (exclusive, true)]);

    let methods = crate::schema::methods::<dyn types::Types>();
    let kinds = |index: usize| -> Vec<_> {
        methods[index].arguments.iter().filter_map(|argument| argument.1).collect()
    };
    assert_eq!(kinds(4), [TypeKind::Str, TypeKind::String]);
    assert_eq!(kinds(5), [TypeKind::Slice, TypeKind::SliceMut, TypeKind::Slice]);
    assert_eq!(methods[13].result, Some(TypeKind::Unit));
}

#[test]
fn an_alias_is_described_as_what_it_stands_for() {
    let methods = methods::<dyn aliases::Aliases>();
    let results: Vec<_> = methods.iter().filter_map(|method| method.result).collect();
    let expected =
        [TypeKind::String, TypeKind::Vec, TypeKind::Result, TypeKind::Result, TypeKind::U8];
    assert_eq!(results, expected);
    assert_eq!(methods[1].arguments[0].1, Some(TypeKind::Slice));
}

#[test]
fn proxies_are_clone_when_no_method_is_exclusive() {
    fn assert_clone<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}
    assert_clone::<GrownProxy>();
    assert_clone::<EmptyProxy>();
    assert_clone::<Client>();
}

#[test]
fn contracts_may_stand_anywhere() {
    let names = places::names();
    assert_eq!(names, ["places.local", "places.private", "places.restricted", "places.inner"]);
    assert_eq!(<dyn places::Made>::NAME, "places.made");
}

#[test]
fn a_plugin_is_stateless_when_it_has_no_size_or_says_so() {
    fn is_stateless<T: Plugin<dyn Counter>>() -> bool {
        T::STATELESS
    }
    assert!(!is_stateless::<Configured>());
    assert!(is_stateless::<Forgetful>());
    assert!(!is_stateless::<Stepping<u64>>());
}

#[test]
fn a_manifest_says_what_the_bundle_provides() {
    let entry = format!("polyplug_entry_{}", BundleId::of("every.thing-1"));
    let expected = format!(
        "abi = 1\n\
         name = \"every.thing-1\"\n\
         version = \"1.2.3-rc.1+build.5\"\n\
         entry = \"{entry}\"\n\
         panic = \"unwind\"\n\
         provides = [\"bundles.checked@1.0\", \"bundles.stats@2.3\"]\n"
    );
    assert_eq!(everything::BUNDLE.manifest(), expected);
    let manifest = lone::BUNDLE.manifest();
    assert!(manifest.contains("name = \"ui-tests\"\n"), "{manifest}");
    assert!(manifest.contains(concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"\n")));
    assert!(both::BUNDLE.manifest().contains("[\"bundles.checked@1.0\", \"bundles.stats@2.3\"]"));
    assert!(hygiene::BUNDLE.manifest().contains("name = \"hygiene\"\n"));
}

#[test]
fn a_manifest_says_what_the_bundle_needs() {
    let needs = "dependencies = [\"bundles.stats@2.1\", \"a.b@1\", { bundle = \"upper\" }, \
                 { bundle = \"c\", version = \"^1.2, <2\" }]\nreload_with_dependencies = true\n";
    assert!(needy::BUNDLE.manifest().ends_with(needs), "{}", needy::BUNDLE.manifest());
    let nothing = "dependencies = []\nreload_with_dependencies = true\n";
    assert!(alone::BUNDLE.manifest().ends_with(nothing), "{}", alone::BUNDLE.manifest());
    assert!(!lone::BUNDLE.manifest().contains("depend"), "what is not said is not written");
}
