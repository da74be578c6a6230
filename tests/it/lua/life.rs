//! How Lua bundles and their instances begin and end.

use std::env;
use std::fs;
use std::process::Command;

use fixture_contracts::Greeter;
use fixture_lua_contracts::Counter;
use polyplug_runtime::{CallError, LookupError, LuaLoader, ReloadError, Runtime, Source, Unloaded};

use super::support::{chain, fixture, greeter, manifest, runtime, source, write};

const COUNTER: &str = "
function Class.new(cx) return { n = tonumber(cx.config) or 0 } end
function Class:next() self.n = self.n + 1 return self.n end
function Class:count() return self.n end
function Class:skip(by) self.n = self.n + by return self.n end
";

fn counters(runtime: &Runtime) {
    source(runtime, "counters", "test.counter@1.2", "test.counter@1", COUNTER).unwrap();
}

fn greeting(word: &str) -> String {
    format!(
        "local polyplug = require 'polyplug'\nlocal Hello = {{}}\n\
         function Hello:greet(name) return '{word}, ' .. name end\n\
         return polyplug.bundle {{ name = 'hello', version = '1.0.0', ['test.greeter@1'] = Hello }}\n"
    )
}

#[test]
fn a_directory_with_a_manifest_is_a_bundle() {
    let runtime = runtime();
    let bundle = runtime.load(fixture("types")).unwrap();
    assert_eq!((bundle.name(), bundle.loader()), ("lua-types", "lua"));
    assert_eq!(bundle.path(), fixture("types"));
    assert_eq!(runtime.unload("lua-types").unwrap(), Unloaded::Reclaimed);
}

#[test]
fn a_bare_file_is_a_bundle_and_follows_its_source() {
    let runtime = runtime();
    let directory = tempfile::tempdir().unwrap();
    let path = write(directory.path(), "hello.lua", greeting("Hello"));
    let bundle = runtime.load(&path).unwrap();
    assert_eq!((bundle.name(), bundle.version().to_string().as_str()), ("hello", "1.0.0"));
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    assert_eq!(proxy.greet("Ada").unwrap(), "Hello, Ada");

    fs::write(&path, greeting("Servus")).unwrap();
    runtime.reload("hello").unwrap();
    assert_eq!(proxy.greet("Ada").unwrap(), "Servus, Ada");

    // What is wrong leaves the version before as it is.
    fs::write(&path, "return polyplug").unwrap();
    assert!(matches!(runtime.reload("hello"), Err(ReloadError::Load { .. })));
    assert_eq!(proxy.greet("Ada").unwrap(), "Servus, Ada");

    assert_eq!(runtime.unload("hello").unwrap(), Unloaded::Reclaimed);
    assert!(matches!(proxy.greet("Ada"), Err(CallError::Unloaded(_))));
    assert!(runtime.load(&path).is_err());
    fs::write(&path, greeting("Hi")).unwrap();
    runtime.load(&path).unwrap();
}

#[test]
fn a_source_in_memory_is_a_bundle() {
    let runtime = runtime();
    let manifest = manifest("hello", "test.greeter@1.0");
    runtime.load_source(&manifest, Source::Text(greeting("Text"))).unwrap();
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    assert_eq!(proxy.greet("Ada").unwrap(), "Text, Ada");
    runtime.reload("hello").unwrap();
    assert_eq!(proxy.greet("Ada").unwrap(), "Text, Ada");
    runtime.reload_source("hello", Source::Bytes(greeting("Bytes").into_bytes())).unwrap();
    assert_eq!(proxy.greet("Ada").unwrap(), "Bytes, Ada");
    runtime.reload("hello").unwrap();
    assert_eq!(proxy.greet("Ada").unwrap(), "Bytes, Ada");

    runtime.load(fixture("types")).unwrap();
    let error = runtime.reload_source("lua-types", Source::Text(String::new())).unwrap_err();
    assert!(matches!(error, ReloadError::NotFromMemory { .. }), "{error:?}");
}

#[test]
fn instances_share_nothing() {
    let runtime = runtime();
    counters(&runtime);
    let mut first = runtime.get::<dyn Counter>().unwrap();
    let mut second = runtime.get_with::<dyn Counter>("10").unwrap();
    assert_eq!(first.next().unwrap(), 1);
    assert_eq!(second.next().unwrap(), 11);
    assert_eq!(first.skip(5).unwrap(), 6);
    assert_eq!((first.count().unwrap(), second.count().unwrap()), (6, 11));
}

#[test]
fn a_class_without_new_shares_nothing_either() {
    let runtime = runtime();
    let class = "function Class:greet(name)
        local before = self.last or 'nobody'
        self.last = name
        return before
    end";
    greeter(&runtime, class).unwrap();
    let first = runtime.get::<dyn Greeter>().unwrap();
    let second = runtime.get::<dyn Greeter>().unwrap();
    assert_eq!(first.greet("Ada").unwrap(), "nobody");
    assert_eq!(first.greet("Bob").unwrap(), "Ada");
    assert_eq!(second.greet("Eve").unwrap(), "nobody");
}

#[test]
fn new_is_told_where_it_is() {
    let runtime = runtime();
    let class = "
    function Class.new(cx) return { text = cx.config .. '|' .. cx.bundle_name .. '|' .. cx.path } end
    function Class:greet() return self:own() end
    function Class:own() return self.text end";
    greeter(&runtime, class).unwrap();
    let proxy = runtime.get_with::<dyn Greeter>("a\0b").unwrap();
    assert_eq!(proxy.greet("").unwrap(), "a\0b|greeter|");
}

#[test]
fn new_may_refuse() {
    #[track_caller]
    fn refused(new: &str, words: &[&str]) {
        let runtime = runtime();
        let class = format!(
            "function Class.new(cx) if cx.config == '' then {new} end return {{}} end\n\
             function Class:greet() return 'fine' end"
        );
        greeter(&runtime, &class).unwrap();
        let error = runtime.get::<dyn Greeter>().unwrap_err();
        assert!(matches!(error, LookupError::Create { .. }));
        for word in words {
            assert!(chain(&error).contains(word), "{}", chain(&error));
        }
        assert_eq!(runtime.get_with::<dyn Greeter>("x").unwrap().greet("").unwrap(), "fine");
    }
    refused("return nil, 'no config'", &["no config"]);
    refused("return nil, { message = 'none', kind = 3 }", &["none"]);
    refused("error('at once')", &["at once", "stack traceback"]);
    refused("return", &["must return a table"]);
    refused("return 7", &["must return a table"]);
}

#[test]
fn state_is_not_lost_in_silence() {
    let runtime = runtime();
    counters(&runtime);
    let mut counter = runtime.get_with::<dyn Counter>("5").unwrap();
    counter.next().unwrap();
    runtime.reload("counters").unwrap();
    assert!(matches!(counter.count(), Err(CallError::StateLost(_))));
    counter.renew().unwrap();
    assert_eq!(counter.count().unwrap(), 5);
}

#[test]
fn on_unload_is_called_before_an_instance_goes() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = runtime();
    let (events, received) = std::sync::mpsc::channel();
    runtime.on_event(move |event| {
        let _ = events.send(format!("{event:?}"));
    });
    let class = "function Class:greet() return '' end
    function Class:on_unload() error('farewell') end";
    greeter(&runtime, class).unwrap();
    drop(runtime.get::<dyn Greeter>().unwrap());
    assert!(received.try_iter().any(|event| event.contains("farewell")));
    drop(directory);
}

#[test]
fn a_bundle_may_provide_several_contracts() {
    let runtime = runtime();
    let text = "local polyplug = require 'polyplug'
    local log = {}
    local Greeter, Counter = {}, {}
    function Greeter:greet(name) log[#log + 1] = name return table.concat(log, ' ') end
    function Counter:next() return #log end
    function Counter:count() return #log end
    function Counter:skip(by) return #log + by end
    return polyplug.bundle { ['test.greeter@1'] = Greeter, ['test.counter@1.2'] = Counter }";
    let provides = "test.greeter@1.0\", \"test.counter@1.2";
    runtime.load_source(&manifest("both", provides), Source::Text(text.to_owned())).unwrap();
    let greeter = runtime.get::<dyn Greeter>().unwrap();
    greeter.greet("Ada").unwrap();
    assert_eq!(greeter.greet("Bob").unwrap(), "Ada Bob");
    assert_eq!(runtime.get::<dyn Counter>().unwrap().count().unwrap(), 2);
}

#[test]
fn a_class_may_inherit() {
    let runtime = runtime();
    let class = "local Base = {}
    function Base:greet(name) return self.word .. name end
    setmetatable(Class, { __index = Base })
    Class.word = 'inherited '";
    greeter(&runtime, class).unwrap();
    assert_eq!(runtime.get::<dyn Greeter>().unwrap().greet("Ada").unwrap(), "inherited Ada");
}

#[test]
fn contracts_that_a_native_bundle_describes_are_known() {
    let runtime = crate::support::builder().loader(LuaLoader::new()).build().unwrap();
    assert!(runtime.load(fixture("types")).is_err());
    runtime.load(crate::support::library("fixture-lua-types")).unwrap();
    runtime.load(fixture("types")).unwrap();
    let proxy = runtime.get_from::<dyn fixture_lua_contracts::Types>("lua-types").unwrap();
    runtime.unload("fixture-lua-types").unwrap();
    assert_eq!(proxy.add(1, 2).unwrap(), 3);
}

/// The memory that this process has in use, in pages.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn loading_calling_and_unloading_does_not_grow() {
    /// Set for a process that does nothing else, whose memory can be measured.
    const ALONE: &str = "POLYPLUG_TEST_LUA_GROWTH";
    if env::var_os(ALONE).is_none() {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "lua::life::loading_calling_and_unloading_does_not_grow"]);
        let output = child.env(ALONE, "1").output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let runtime = runtime();
    let manifest = manifest("hello", "test.greeter@1.0");
    let text = greeting("Hello");
    let cycle = || {
        runtime.load_source(&manifest, Source::Text(text.clone())).unwrap();
        let proxy = runtime.get::<dyn Greeter>().unwrap();
        assert_eq!(proxy.greet("Ada").unwrap(), "Hello, Ada");
        assert_eq!(runtime.unload("hello").unwrap(), Unloaded::Reclaimed);
    };
    (0..2_000).for_each(|_| cycle());
    let before = resident();
    (0..8_000).for_each(|_| cycle());
    let grown = resident().saturating_sub(before);
    // One page in ten cycles: what a cycle leaked would be more.
    assert!(grown < 800, "{grown} pages more");
}

const KEEPER: &str = "
function Class.new(cx) return { n = tonumber(cx.config) or 0 } end
function Class:save()
  if self.n > 90 then return nil, 'too much' end
  return tostring(self.n)
end
function Class.restore(cx, state)
  if state == '13' then error('not that one') end
  return { n = tonumber(state) }
end
function Class:next() self.n = self.n + 1 return self.n end
function Class:count() return self.n end
function Class:skip(by) self.n = self.n + by return self.n end
";

#[test]
fn a_class_that_saves_goes_on_after_a_reload() {
    let runtime = runtime();
    source(&runtime, "counters", "test.counter@1.2", "test.counter@1", KEEPER).unwrap();
    let mut counter = runtime.get_with::<dyn Counter>("5").unwrap();
    assert_eq!(counter.next().unwrap(), 6);
    runtime.reload("counters").unwrap();
    assert_eq!(counter.next().unwrap(), 7);
    counter.skip(6).unwrap();
    match runtime.reload("counters") {
        Err(ReloadError::Restore { source, .. }) => {
            assert!(source.message().contains("not that one"), "{source:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(counter.next().unwrap(), 14, "the old version goes on");
    counter.skip(80).unwrap();
    match runtime.reload("counters") {
        Err(ReloadError::Save { source, .. }) => assert_eq!(source.message(), "too much"),
        other => panic!("{other:?}"),
    }
    assert_eq!(counter.count().unwrap(), 94);
}

#[test]
fn half_of_what_carries_state_over_is_refused() {
    let half = KEEPER.replace("function Class.restore", "local function restore");
    let refused = source(&runtime(), "counters", "test.counter@1.2", "test.counter@1", &half);
    let text = chain(&refused.unwrap_err());
    assert!(text.contains("has `save` and lacks `restore`"), "{text}");
}
