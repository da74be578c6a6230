//! What a plugin is told, when it is made and later.

use polyplug_runtime::LookupError;

use fixture_plug_contract::Asker;

use super::both;

#[test]
fn config_name_and_path_are_there_after_creation_too() {
    both(|world| {
        world.load("word");
        let path = world.load("asker").path().display().to_string();
        assert_eq!(world.asker("late").about().unwrap(), format!("late asker {path}"));
        assert_eq!(world.asker("x y").about().unwrap(), format!("x y asker {path}"));
    });
}

#[test]
fn what_is_missing_when_an_instance_is_made_is_the_reason_why_there_is_none() {
    both(|world| {
        world.load_both();
        let error = world.runtime.get_with::<dyn Asker>("undeclared").unwrap_err();
        let LookupError::Create { source, .. } = &error else { panic!("{error}") };
        assert!(source.message().contains("did not declare"), "{source}");
        let error = world.runtime.get_with::<dyn Asker>("fail").unwrap_err();
        let LookupError::Create { bundle, source, .. } = &error else { panic!("{error}") };
        assert_eq!(bundle, "asker");
        assert!(source.message().contains("bundle `word` cannot make an instance"), "{source}");
        assert!(source.message().contains("told to fail"), "{source}");
    });
}
