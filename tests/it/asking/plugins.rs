//! Plugins that call plugins of other bundles.

use fixture_plug_contract::{Asker, Word};
use polyplug_runtime::CallError;

use super::{Whence, World, both};

/// What a call says that failed inside of the plugin.
fn told<T: std::fmt::Debug>(result: Result<T, CallError<polyplug_runtime::PluginError>>) -> String {
    match result.unwrap_err() {
        CallError::Method(error) => error.message().to_owned(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_declared_plugin_is_called_during_creation_and_after() {
    both(|world| {
        world.load_both();
        let asker = world.asker("kept");
        assert!(asker.kept().unwrap().starts_with("kept "));
        assert!(asker.anew("", "").unwrap().starts_with("word "));
        assert!(asker.anew("word", "by name").unwrap().starts_with("by name "));
        assert!(asker.anew("word@1.2.0", "by version").unwrap().starts_with("by version "));
        assert!(asker.anew_on_a_thread().unwrap().starts_with("word "));
    });
}

#[test]
fn what_was_not_declared_is_refused_with_the_declaration_to_add() {
    both(|world| {
        world.load_both();
        let told = told(world.asker("late").undeclared());
        for part in [
            "`asker` did not declare that it needs `plug.secret@1`",
            r#"`depends = ["plug.secret@1"]` in `bundle!`"#,
            r#"`depends = { "plug.secret@1" }` in the table of a Lua bundle"#,
            r#"`dependencies = ["plug.secret@1"]` in manifest.toml"#,
        ] {
            assert!(told.contains(part), "{told}");
        }
    });
}

#[test]
fn a_bundle_that_does_not_provide_it_is_named() {
    both(|world| {
        world.load_both();
        let told = told(world.asker("late").anew("nobody", ""));
        assert!(told.contains("bundle `nobody`") && told.contains("`plug.word@1`"), "{told}");
        assert!(told.contains("in bundle `word`"), "{told}");
    });
}

#[test]
fn a_panic_of_the_provider_is_an_error_in_the_plugin_that_called() {
    both(|world| {
        world.load_both();
        let asker = world.asker("kept");
        let told = told(asker.panic());
        assert!(told.contains("panicked") && told.contains("the word fails"), "{told}");
        assert!(told.contains("lib.rs:"), "it says where: {told}");
        assert!(asker.kept().is_ok(), "nothing is poisoned");
    });
}

#[test]
fn a_proxy_follows_the_reloads_of_its_provider_and_of_its_holder() {
    both(|world: &World| {
        world.load_both();
        let asker = world.asker("kept");
        let first = asker.kept().unwrap();
        world.runtime.reload("word").unwrap();
        let second = asker.kept().unwrap();
        if world.whence == Whence::Loaded {
            assert_eq!((&*first, &*second), ("kept 1", "kept 1"), "a new copy counts anew");
        }
        world.runtime.reload("asker").unwrap();
        assert!(asker.kept().unwrap().starts_with("kept "));
        world.runtime.reload("word").unwrap();
        assert!(asker.kept().unwrap().starts_with("kept "));
    });
}

#[test]
fn the_host_sees_the_same_plugin() {
    both(|world| {
        world.load_both();
        assert!(world.runtime.get::<dyn Word>().unwrap().word().unwrap().starts_with("word "));
        assert_eq!(world.runtime.get::<dyn Asker>().unwrap().bundle_name(), "asker");
    });
}
