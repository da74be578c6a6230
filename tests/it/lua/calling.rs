//! Lua bundles that call: other bundles, and what they are told.

use fixture_contracts::{Greeter, GreeterProxy};
use polyplug_runtime::{CallError, LoadError, LookupError, Runtime, Source};
use tracing::Level;

use super::support::{fixture, runtime};
use crate::logging::Kept;
use crate::support::library;

/// A bundle whose greeter runs what it is given as Lua code, with its context `cx`, the
/// function `get`, and what it keeps in `self`.
const RUNS: &str = "
local polyplug = require 'polyplug'
local Class = {}
function Class.new(cx) return { cx = cx, kept = {} } end
function Class:greet(code)
  local env = setmetatable({ self = self, cx = self.cx, polyplug = polyplug }, { __index = _G })
  local run = assert(load(code, '=code', 't', env))
  local value = run() return tostring(value)
end
";

pub(super) fn load_runner(runtime: &Runtime, name: &str, depends: &str) -> Result<(), LoadError> {
    let manifest = format!(
        "name = '{name}'\nversion = '1.0.0'\nloader = 'lua'\nprovides = ['test.greeter@1.0']\n"
    );
    let text = format!(
        "{RUNS}\nreturn polyplug.bundle {{ depends = {depends}, ['test.greeter@1'] = Class }}\n"
    );
    runtime.load_source(&manifest, Source::Text(text)).map(drop)
}

/// A runtime with both providers of the types, and a bundle that runs code.
fn runner() -> (Runtime, GreeterProxy) {
    let runtime = runtime();
    runtime.load(library("fixture-lua-types")).unwrap();
    runtime.load(fixture("types")).unwrap();
    load_runner(&runtime, "runner", "{ 'test.types@1' }").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    (runtime, proxy)
}

pub(super) fn run(proxy: &GreeterProxy, code: &str) -> String {
    proxy.greet(code).unwrap_or_else(|error| panic!("{code}: {error}"))
}

/// What the code raises.
pub(super) fn raised(proxy: &GreeterProxy, code: &str) -> String {
    match proxy.greet(code) {
        Err(CallError::Plugin(failure)) => failure.message().to_owned(),
        other => panic!("{code}: {other:?}"),
    }
}

const BUNDLES: [&str; 2] = ["fixture-lua-types", "lua-types"];

#[test]
fn a_proxy_says_who_is_called() {
    let (_runtime, proxy) = runner();
    for bundle in BUNDLES {
        let get = format!("local p = cx:get('test.types@1', {{ bundle = '{bundle}' }})");
        assert_eq!(run(&proxy, &format!("{get} return p:bundle_name()")), bundle);
        let text = run(&proxy, &format!("{get} return p"));
        assert!(text.contains("test.types@1.0") && text.contains(bundle), "{text}");
        assert_eq!(run(&proxy, &format!("{get} return getmetatable(p)")), "polyplug.Proxy");
    }
    // Without a bundle it is the first that was loaded.
    assert_eq!(run(&proxy, "return cx:get('test.types@1'):bundle_name()"), BUNDLES[0]);
}

#[test]
fn what_does_not_fit_is_refused_before_the_call() {
    let (_runtime, proxy) = runner();
    for bundle in BUNDLES {
        let get = format!("local p = cx:get('test.types@1', {{ bundle = '{bundle}' }}) ");
        for (code, parts) in [
            ("p:u8(256)", &["u8", "argument 1", "256", "out of range"][..]),
            ("p:u8(1.5)", &["argument 1", "1.5"]),
            ("p:u8()", &["argument 1", "nil"]),
            ("p:u32(2^32)", &["u32", "argument 1", "4294967296", "out of range"]),
            ("p:u32(-1)", &["argument 1", "-1", "out of range"]),
            ("p:u32(0.5)", &["argument 1", "0.5", "no whole number"]),
            ("p:u32(0/0)", &["argument 1", "NaN"]),
            ("p:u32('1')", &["argument 1", "u32", "a string"]),
            ("p:add(1)", &["argument 2", "nil"]),
            ("p:add(1, 2, 3)", &["takes 2 arguments but got 3"]),
            ("p:text(7)", &["argument 1", "&str"]),
            ("p:text('\\255')", &["argument 1", "not UTF-8"]),
            ("p:texts({ 'a', 7 })", &["argument 1", "element 2"]),
            ("p:numbers('no list')", &["argument 1", "a string"]),
            ("p.add(1, 2)", &["with a colon"]),
            ("p.add()", &["with a colon"]),
            ("p:absent()", &["test.types@1.0", "no method 'absent'", "u8"]),
        ] {
            let message = raised(&proxy, &format!("{get} {code}"));
            for part in parts {
                assert!(message.contains(part), "{code}: {message}");
            }
        }
    }
}

#[test]
fn a_slice_that_is_written_comes_back_in_its_table() {
    let (_runtime, proxy) = runner();
    for bundle in BUNDLES {
        let code = format!(
            "local p, t = cx:get('test.types@1', {{ bundle = '{bundle}' }}), {{ 1, 2, 3 }}
            p:double(t) p:reverse(t) return table.concat(t, ' ')"
        );
        assert_eq!(run(&proxy, &code), "6 4 2");
    }
}

#[test]
fn the_errors_of_a_method_are_values_and_others_are_raised() {
    let (runtime, proxy) = runner();
    for bundle in BUNDLES {
        let get = format!("self.p = cx:get('test.types@1', {{ bundle = '{bundle}' }}) ");
        let code = "local v, e = self.p:result({ err = 'no' }) return tostring(v) .. e";
        assert_eq!(run(&proxy, &format!("{get} {code}")), "nilno");
        assert_eq!(run(&proxy, &format!("{get} return self.p:result({{ ok = 7 }})")), "7");
        let code =
            "local v, e = self.p:error({ message = 'why', kind = 3 }) return e.message .. e.kind";
        assert_eq!(run(&proxy, &format!("{get} {code}")), "why3");
    }
    runtime.unload_cascade("lua-types").unwrap();
    assert!(matches!(proxy.greet("return 1"), Err(CallError::Unloaded(_))));
}

#[test]
fn an_error_tells_what_happened() {
    let (runtime, proxy) = runner();
    let broken = "local Class = setmetatable({}, { __index = function(_, name)
            if ({ new = 1, on_unload = 1, save = 1, restore = 1 })[name] then return nil end
            return function() error('broken', 0) end
        end })
        return require('polyplug').bundle { ['test.types@1'] = Class }";
    let manifest = super::support::manifest("broken", "test.types@1.0");
    runtime.load_source(&manifest, Source::Text(broken.to_owned())).unwrap();
    run(&proxy, "self.p = cx:get('test.types@1', { bundle = 'broken' })");
    let code = "local ok, e = pcall(self.p.u8, self.p, 1)
        return table.concat({ tostring(ok), e.reason, e.bundle, e.contract, e.method, e.said }, ' ')";
    assert_eq!(run(&proxy, code), "false plugin broken test.types u8 broken");
    let message = raised(&proxy, "self.p:u8(1)");
    assert!(message.contains("broken: test.types.u8: the plugin failed: broken"), "{message}");
    assert_eq!(
        run(&proxy, "local _, e = pcall(self.p.u8, self.p, 1) return tostring(e) == e.message"),
        "true"
    );
}

#[test]
fn only_what_was_declared_can_be_had() {
    let runtime = runtime();
    runtime.load(fixture("types")).unwrap();
    load_runner(&runtime, "runner", "nil").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    let message = raised(&proxy, "cx:get 'test.types@1'");
    assert!(message.contains("depends") && message.contains("test.types@1"), "{message}");
    assert_eq!(
        run(&proxy, "local _, e = pcall(cx.get, cx, 'test.types@1') return e.reason"),
        "undeclared"
    );
    let error = load_runner(&runtime, "other", "{ 'test.absent@1' }").unwrap_err();
    assert!(error.to_string().contains("test.absent@1"), "{error}");
}

#[test]
fn a_request_that_cannot_be_understood_says_how_to_write_it() {
    let (_runtime, proxy) = runner();
    for (code, part) in [
        ("cx:get 'test.types'", "is no contract; write it as cx:get"),
        ("cx.get 'test.types@1'", "write it as cx:get"),
        ("cx:get(7)", "write it as cx:get"),
        ("cx:get('test.types@1', 7)", "expected a table"),
        ("cx:get('test.types@1', { bundle = 7 })", "the option 'bundle' of 'get'"),
        ("cx:get 'test.unheard@1'", "Runtime::builder().contract::<dyn C>()"),
    ] {
        let message = raised(&proxy, code);
        assert!(message.contains(part), "{code}: {message}");
    }
}

#[test]
fn depends_must_be_a_list_of_contracts_and_bundles() {
    let runtime = runtime();
    for depends in
        ["'test.types@1'", "{ 7 }", "{ 'test.types' }", "{ {} }", "{ a = 'test.types@1' }"]
    {
        let error = load_runner(&runtime, "runner", depends).unwrap_err();
        let text = super::chain(&error);
        assert!(text.contains("`depends` must be a list"), "{depends}: {text}");
    }
}

#[test]
fn a_config_is_text_or_a_table() {
    let runtime = runtime();
    load_runner(&runtime, "runner", "nil").unwrap();
    let config =
        "name = 'x'\nlarge = 9007199254740993\nlist = [1, 2.5, true]\n[inner]\nat = 2020-01-02\n";
    let proxy = runtime.request::<dyn Greeter>().bundle("runner").config(config).get().unwrap();
    assert_eq!(run(&proxy, "return cx.config"), config);
    let code =
        "local t = cx:config_table() return table.concat({ t.name, tostring(t.large), #t.list,
        t.list[2], tostring(t.list[3]), t.inner.at }, ' ')";
    assert_eq!(run(&proxy, code), "x 9007199254740993LL 3 2.5 true 2020-01-02");
    assert_eq!(run(&proxy, "return cx.bundle_name .. cx.path"), "runner");
    let broken = runtime.request::<dyn Greeter>().bundle("runner").config("a = ").get().unwrap();
    assert!(raised(&broken, "cx:config_table()").contains("the config is not TOML"));
}

#[test]
fn a_released_proxy_says_so() {
    let (_runtime, proxy) = runner();
    run(&proxy, "self.p = cx:get 'test.types@1' polyplug.release(self.p) polyplug.release(self.p)");
    assert!(raised(&proxy, "self.p:u8(1)").contains("was released"));
    assert!(run(&proxy, "return self.p").contains("released proxy"));
    assert!(raised(&proxy, "polyplug.release({})").contains("proxy expected, got table"));
    assert!(raised(&proxy, "polyplug.release('x')").contains("proxy expected"));
}

#[test]
fn an_unloaded_provider_is_an_error_with_a_reason() {
    let runtime = runtime();
    runtime.load(fixture("types")).unwrap();
    load_runner(&runtime, "runner", "{ 'test.types@1' }").unwrap();
    // The second provider meets the declaration, so that the first one may go.
    runtime.load(library("fixture-lua-types")).unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    run(&proxy, "self.p = cx:get('test.types@1', { bundle = 'lua-types' })");
    assert_eq!(run(&proxy, "return self.p:u8(7)"), "7");
    runtime.unload_cascade("lua-types").unwrap();
    assert!(matches!(proxy.greet(""), Err(CallError::Unloaded(_))));
    assert!(matches!(
        runtime.get_from::<dyn Greeter>("runner"),
        Err(LookupError::NotInBundle { .. })
    ));
}

#[test]
fn a_log_writes_the_levels_that_somebody_reads() {
    let (_runtime, proxy) = runner();
    let code = "local made = 0
        local text = setmetatable({}, { __tostring = function() made = made + 1 return 'x' end })
        for _, level in ipairs { 'error', 'warn', 'info', 'debug', 'trace' } do
          polyplug.log[level](text)
          polyplug.log(level, text)
        end
        return made";
    let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
    for (count, up_to) in (1..).zip(levels) {
        let mut made = String::new();
        let lines = Kept::of("runner", up_to).during(|| made = run(&proxy, code));
        let written: Vec<_> = lines.iter().map(|line| line.split(':').next().unwrap()).collect();
        let expected: Vec<_> = levels[..count].iter().flat_map(|level| [level; 2]).collect();
        assert_eq!(written, expected.iter().map(|level| level.as_str()).collect::<Vec<_>>());
        // What nobody reads is not made into text.
        assert_eq!(made, (2 * count).to_string());
    }
}
