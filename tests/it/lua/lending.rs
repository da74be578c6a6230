//! Implementations that are lent to plugins in Lua.

use fixture_evolve_new as new;
use fixture_evolve_old as old;
use polyplug_runtime::{CallError, LuaLoader, Runtime, Source};

use super::support::{fixture, manifest, source};
use crate::support::{builder, library};

/// Counts, and panics beyond ten.
struct Count(u32);

impl old::Counted for Count {
    fn count(&self) -> u32 {
        self.0
    }

    fn add(&mut self, by: u32) -> u32 {
        assert!(self.0 + by <= 10, "too far");
        self.0 += by;
        self.0
    }
}

fn runtime() -> Runtime {
    let builder = builder().loader(LuaLoader::new());
    builder.contract::<dyn old::Lending>().build().unwrap()
}

fn borrower() -> (Runtime, old::LendingProxy) {
    let runtime = runtime();
    runtime.load(fixture("lending")).unwrap();
    let lending = runtime.get::<dyn old::Lending>().unwrap();
    (runtime, lending)
}

/// A plugin whose class has this body.
fn class(body: &str) -> (Runtime, old::LendingProxy) {
    let runtime = runtime();
    let others = "for _, name in ipairs { 'look', 'drive', 'copy', 'swallow', 'rest' } do
        Class[name] = function() end
    end";
    let body = format!("{others}\n{body}");
    source(&runtime, "class", "test.lending@1.0", "test.lending@1", &body).unwrap();
    let lending = runtime.get::<dyn old::Lending>().unwrap();
    (runtime, lending)
}

#[test]
fn lua_calls_what_it_is_lent() {
    let (_runtime, mut lending) = borrower();
    let mut count = Count(1);
    assert_eq!(lending.look(&count).unwrap(), 1);
    assert_eq!(lending.drive(&mut count, 3).unwrap(), 104);
    let mut other = Count(2);
    assert_eq!(lending.copy(&count, &mut other, "!").unwrap(), "6!");
    assert_eq!((count.0, other.0), (4, 6));
}

#[test]
fn a_failure_of_what_is_lent_to_lua_is_that_of_the_call() {
    let (_runtime, lending) = borrower();
    let error = lending.copy(&Count(2), &mut Count(9), "!").unwrap_err();
    assert!(error.to_string().contains("too far"), "{error}");
    // Once a call failed, all do, and so does the one for which it was lent.
    let error = lending.swallow(&mut Count(9), 2).unwrap_err();
    let CallError::Panicked(failure) = &error else { panic!("{error:?}") };
    assert_eq!((failure.method(), failure.message()), ("swallow", "too far"));
    assert_eq!(lending.swallow(&mut Count(0), 1).unwrap(), ["true", "true"]);
}

#[test]
fn what_an_older_lender_lacks_is_unavailable_in_lua() {
    let builder = builder().loader(LuaLoader::new()).contract::<dyn new::Counted>();
    let runtime = builder.contract::<dyn old::Lending>().build().unwrap();
    let body = "for _, name in ipairs { 'look', 'drive', 'copy', 'swallow' } do
            Class[name] = function() end
        end
        function Class:rest(counted)
          local _, e = pcall(counted.limit, counted, '')
          return nil, e.reason
        end";
    source(&runtime, "class", "test.lending@1.0", "test.lending@1", body).unwrap();
    let lending = runtime.get::<dyn old::Lending>().unwrap();
    let error = lending.rest(&Count(1)).unwrap_err();
    assert!(matches!(&error, CallError::Method(said) if said == "unavailable"), "{error:?}");
}

#[test]
fn what_is_lent_to_lua_dies_with_the_call() {
    let (_runtime, lending) = class(
        "function Class:look(counted) kept = counted return counted:count() end
        function Class:rest(counted)
          local _, e = pcall(kept.count, kept)
          return nil, tostring(kept) .. '|' .. tostring(e)
        end",
    );
    assert_eq!(lending.look(&Count(4)).unwrap(), 4);
    let Err(CallError::Method(said)) = lending.rest(&Count(1)) else { panic!() };
    assert!(said.starts_with("implementation of test.counted@1.0 that was lent|"), "{said}");
    assert!(said.contains("lent for a call that is over"), "{said}");
    // The next one lives, while the old one stays dead.
    assert_eq!(lending.look(&Count(5)).unwrap(), 5);
}

#[test]
fn what_failed_with_the_call_is_dead_as_well() {
    let (_runtime, lending) = class(
        "function Class:look(counted) kept = counted error 'no' end
        function Class:rest(counted) return nil, tostring((pcall(kept.count, kept))) end",
    );
    assert!(matches!(lending.look(&Count(4)), Err(CallError::Plugin(_))));
    assert!(matches!(lending.rest(&Count(1)), Err(CallError::Method(said)) if said == "false"));
}

#[test]
fn what_is_lent_for_reading_is_not_changed_by_lua() {
    let (_runtime, lending) = class(
        "function Class:rest(counted)
          local _, e = pcall(counted.add, counted, 1)
          local _, r = pcall(counted.renew, counted)
          return nil, e.reason .. '|' .. counted:count() .. '|' .. tostring(r)
        end",
    );
    let Err(CallError::Method(said)) = lending.rest(&Count(3)) else { panic!() };
    assert!(said.starts_with("reentrant|3|") && said.contains("never was one"), "{said}");
}

#[test]
fn lua_lends_on_what_it_is_lent_and_nothing_else() {
    let runtime = runtime();
    runtime.load(library("fixture-evolve-old")).unwrap();
    let text = "local Class = {}
        function Class.new(cx)
          return { other = cx:get('test.lending@1', { bundle = 'old' }) }
        end
        function Class:look(counted) return self.other:look(counted) end
        function Class:drive(counted, times) return self.other:drive(counted, times) end
        function Class:copy(from, to, with) return self.other:copy(to, to, with) end
        function Class:swallow(counted, by) return self.other:swallow(counted, by) end
        function Class:rest(counted) return self.other:rest({}) end
        return require('polyplug').bundle {
          depends = { { bundle = 'old' } }, ['test.lending@1'] = Class,
        }";
    let manifest = manifest("relay", "test.lending@1.0");
    runtime.load_source(&manifest, Source::Text(text.to_owned())).unwrap();
    let mut relay = runtime.get_from::<dyn old::Lending>("relay").unwrap();
    let mut count = Count(3);
    assert_eq!(relay.look(&count).unwrap(), 3);
    assert_eq!(relay.drive(&mut count, 2).unwrap(), 105);
    // As one that changes and as one that does not: its lender sees to that.
    assert_eq!(relay.copy(&Count(0), &mut count, "!").unwrap(), "10!");
    let error = relay.swallow(&mut count, 2).unwrap_err();
    assert!(matches!(error, CallError::Panicked(_)), "{error:?}");
    let error = relay.rest(&count).unwrap_err().to_string();
    assert!(error.contains("argument 1") && error.contains("cannot lend"), "{error}");
}
