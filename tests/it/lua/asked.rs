//! What bundles get of plugins in Lua.

use std::sync::Arc;

use fixture_contracts::Greeter;
use fixture_plug_contract::{Asker, Word};
use polyplug_runtime::{CallError, LuaLoader, PluginError, Runtime, Source, UnloadError};

use super::calling::{load_runner, raised, run};
use super::support::{fixture, manifest, runtime};
use crate::support::library;

const WORD: &str = "
local polyplug = require 'polyplug'
local Word, asked = {}, 0
function Word.new(cx)
  if cx.config == 'fail' then return nil, 'told to fail' end
  return { text = cx.config ~= '' and cx.config or 'word' }
end
function Word:word() asked = asked + 1 return self.text .. ' ' .. asked end
function Word:wait() error('not here') end
function Word:panic() error('the word fails') end
return polyplug.bundle { ['plug.word@1'] = Word }
";

fn with_word() -> Runtime {
    let builder = crate::support::builder().loader(LuaLoader::new());
    let runtime = builder.contract::<dyn Word>().build().unwrap();
    let manifest = manifest("word", "plug.word@1.1");
    runtime.load_source(&manifest, Source::Text(WORD.to_owned())).unwrap();
    runtime
}

#[test]
fn a_plugin_in_rust_calls_one_in_lua() {
    for is_linked_in in [false, true] {
        let runtime = with_word();
        match is_linked_in {
            false => runtime.load(library("fixture-asker")).unwrap(),
            true => runtime.load_static(&fixture_asker::BUNDLE).unwrap(),
        };
        let asker = runtime.get_with::<dyn Asker>("kept").unwrap();
        assert_eq!(asker.kept().unwrap(), "kept 1");
        assert_eq!(asker.anew("word", "by name").unwrap(), "by name 2");
        assert_eq!(asker.anew_on_a_thread().unwrap(), "word 3");
        let told = |error: CallError<PluginError>| match error {
            CallError::Method(error) => error.message().to_owned(),
            other => panic!("{other:?}"),
        };
        assert!(told(asker.panic().unwrap_err()).contains("the word fails"));
        assert!(told(asker.anew("", "fail").unwrap_err()).contains("told to fail"));
        assert_eq!(asker.kept().unwrap(), "kept 4");

        match runtime.unload("word") {
            Err(UnloadError::Dependents { dependents, .. }) => assert_eq!(dependents, ["asker"]),
            other => panic!("{other:?}"),
        }
        let gone = runtime.unload_cascade("word").unwrap();
        assert_eq!(gone.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["asker", "word"]);
        assert!(matches!(asker.kept(), Err(CallError::Unloaded(_))));
    }
}

#[test]
fn who_asks_for_a_later_version_than_there_is_gets_none() {
    let runtime = runtime();
    runtime.load(fixture("types")).unwrap();
    load_runner(&runtime, "runner", "{ 'test.types@1' }").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    let message = raised(&proxy, "cx:get 'test.types@1.9'");
    assert!(message.contains("1.9"), "{message}");
    assert_eq!(
        run(&proxy, "local _, e = pcall(cx.get, cx, 'test.types@1.9') return e.reason"),
        "not_found"
    );
}

#[test]
fn an_implementation_goes_when_nobody_in_lua_can_call_it() {
    struct Greets;
    impl Greeter for Greets {
        fn greet(&self, name: &str) -> String {
            name.to_uppercase()
        }
    }
    let (runtime, greets) = (runtime(), Arc::new(Greets));
    let each = Arc::clone(&greets);
    let service = runtime.provide_each::<dyn Greeter>(move |_| each.clone());
    load_runner(&runtime, "runner", "nil").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    assert_eq!(run(&proxy, "self.s = cx:service 'test.greeter@1' return self.s:greet 'a'"), "A");
    let held = Arc::strong_count(&greets);
    runtime.unload("runner").unwrap();
    assert_eq!(Arc::strong_count(&greets), held - 1, "that of the bundle");
    service.unwrap().withdraw();
    assert_eq!(Arc::strong_count(&greets), 1);
}
