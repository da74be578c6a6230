//! Services of the host, called from Lua.

use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::Duration;

use fixture_contracts::{Greeter, GreeterProxy};
use polyplug_runtime::{CallError, LuaLoader, Runtime};

use super::calling::{load_runner, raised, run};
use super::support::{runtime, with_loader};

/// What a service does with the name that it is given.
type Answer = dyn Fn(&str) -> String + Send + Sync;

struct Host(Box<Answer>);

impl Greeter for Host {
    fn greet(&self, name: &str) -> String {
        (self.0)(name)
    }
}

fn serving(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (Runtime, GreeterProxy) {
    let runtime = runtime();
    runtime.provide::<dyn Greeter>(Arc::new(Host(Box::new(answer)))).unwrap();
    load_runner(&runtime, "runner", "nil").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    run(&proxy, "polyplug.host = cx:service 'test.greeter@1'");
    (runtime, proxy)
}

#[test]
fn a_service_is_called_from_any_thread() {
    let (_runtime, proxy) = serving(|name| format!("hello {name}"));
    thread::scope(|scope| {
        for number in 0..4 {
            let proxy = proxy.clone();
            scope.spawn(move || {
                for i in 0..200 {
                    let code = format!("return polyplug.host:greet('{number} {i}')");
                    assert_eq!(run(&proxy, &code), format!("hello {number} {i}"));
                }
            });
        }
    });
}

#[test]
fn a_service_that_panics_is_an_error_and_goes_on() {
    let (_runtime, proxy) = serving(|name| match name {
        "panic" => panic!("no {name}"),
        name => name.to_owned(),
    });
    let code = "local _, e = pcall(polyplug.host.greet, polyplug.host, 'panic')
        return table.concat({ e.reason, e.said, e.contract, e.method }, '|')";
    assert_eq!(run(&proxy, code), "panicked|no panic|test.greeter|greet");
    assert_eq!(run(&proxy, "return polyplug.host:greet 'calm'"), "calm");
    let message = raised(&proxy, "polyplug.host:greet 'panic'");
    assert!(message.contains("test.greeter.greet") && message.contains("no panic"), "{message}");
}

#[test]
fn a_service_may_call_the_bundle_that_called_it() {
    let back: Arc<Mutex<Option<GreeterProxy>>> = Arc::default();
    let kept: Weak<_> = Arc::downgrade(&back);
    let (_runtime, proxy) = serving(move |code| {
        let back = kept.upgrade().unwrap();
        let proxy = back.lock().unwrap().clone().unwrap();
        proxy.greet(code).unwrap_or_else(|error| error.to_string())
    });
    *back.lock().unwrap() = Some(proxy.clone());
    let code =
        "return 'a' .. polyplug.host:greet[[ return 'b' .. polyplug.host:greet[=[return 'c']=] ]]";
    assert_eq!(run(&proxy, code), "abc");
    let wrapped = format!("return coroutine.wrap(function() {code} end)()");
    assert_eq!(run(&proxy, &wrapped), "abc");
    let failed = run(&proxy, "return polyplug.host:greet[[error('inside', 0)]]");
    assert!(failed.contains("inside"), "{failed}");
    // What is made and given back inside of a call goes as well.
    let code = "return polyplug.host:greet[[polyplug.release(polyplug.host)
        return tostring(pcall(polyplug.host.greet, polyplug.host, ''))]]";
    assert_eq!(run(&proxy, code), "false");
    *back.lock().unwrap() = None;
}

#[test]
fn after_it_was_withdrawn_calls_say_so() {
    let runtime = runtime();
    let service = runtime
        .provide::<dyn Greeter>(Arc::new(Host(Box::new(|name| format!("hello {name}")))))
        .unwrap();
    load_runner(&runtime, "runner", "nil").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    run(&proxy, "polyplug.host = cx:service 'test.greeter@1'");
    assert_eq!(run(&proxy, "return polyplug.host:greet 'you'"), "hello you");
    service.withdraw();
    let code = "local _, e = pcall(polyplug.host.greet, polyplug.host, '') return e.reason";
    assert_eq!(run(&proxy, code), "unloaded");
    assert!(raised(&proxy, "polyplug.host:greet ''").contains("withdrawn"));
    assert!(raised(&proxy, "cx:service 'test.greeter@1'").contains("test.greeter@1"));
}

#[test]
fn a_service_is_no_plugin_and_a_plugin_no_service() {
    let (runtime, proxy) = serving(str::to_owned);
    assert!(raised(&proxy, "cx:service 'test.types@1'").contains("test.types@1"));
    load_runner(&runtime, "asking", "{ 'test.greeter@1' }").unwrap();
    let asking = runtime.get_from::<dyn Greeter>("asking").unwrap();
    assert_eq!(run(&asking, "return cx:get('test.greeter@1'):bundle_name()"), "runner");
    drop(runtime);
    assert!(matches!(proxy.greet("return 1"), Err(CallError::Unloaded(_))));
}

#[test]
fn a_time_limit_that_runs_out_outside_ends_the_call_when_it_is_back() {
    let limit = Duration::from_millis(100);
    let runtime = with_loader(LuaLoader::new().time_limit(limit));
    let slow = move |name: &str| {
        thread::sleep(limit * 2);
        name.to_owned()
    };
    runtime.provide::<dyn Greeter>(Arc::new(Host(Box::new(slow)))).unwrap();
    load_runner(&runtime, "runner", "nil").unwrap();
    let proxy = runtime.get_from::<dyn Greeter>("runner").unwrap();
    let code = "polyplug.went_on = nil
        pcall(function() cx:service('test.greeter@1'):greet 'x' end)
        for i = 1, math.huge do polyplug.went_on = i end";
    let error = proxy.greet(code).unwrap_err();
    assert!(matches!(error, CallError::Limit(_)), "{error:?}");
    // The hook that looks at the time has a stride.
    let went_on: u32 = run(&proxy, "return polyplug.went_on or 0").parse().unwrap();
    assert!(went_on < 10_000, "{went_on}");
}
