//! A library is loaded, called and unloaded.

use fixture_contracts::Greeter;
use polyplug_runtime::{CallError, Unloaded};

use crate::support::{library, runtime};

#[test]
fn a_bare_library_is_loaded_called_and_unloaded() {
    let runtime = runtime();
    let bundle = runtime.load(library("fixture-sample")).unwrap();
    assert_eq!(bundle.name(), "fixture-sample");
    let greeter = runtime.get_with::<dyn Greeter>("Hello").unwrap();
    assert_eq!(greeter.greet("World").unwrap(), "Hello, World");
    assert_eq!(runtime.unload("fixture-sample").unwrap(), Unloaded::Reclaimed);
    assert!(matches!(greeter.greet("World"), Err(CallError::Unloaded(_))));
}
