//! Closures that are lent for a call.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use fixture_closures::{Calling, CallingProxy, Counting, CountingProxy, Step, Visiting};
use polyplug_guest::abi::{ErrorBuffer, ErrorKind, ErrorReport, LentClosure, Returned, Status};
use polyplug_guest::private::{Argument, Closure, OfFn, OfFnMut, OwnedParameter, c_void};
use polyplug_runtime::{CallError, LuaLoader, Runtime};

use crate::lua::{chain, fixture};
use crate::support::{builder, library};

/// The service that the plugin gives closures to.
struct Visits;

impl Visiting for Visits {
    fn visit(&self, visit: &mut dyn FnMut(&str, u64) -> bool) -> String {
        let names = ["a", "b", "c", "d", "e", "f"];
        let numbered = names.into_iter().zip(0..);
        let last = numbered.take_while(|(name, number)| visit(name, *number)).last();
        last.map_or_else(String::new, |(name, _)| name.to_owned())
    }
}

/// The plugin, loaded and linked in.
fn both() -> [Runtime; 2] {
    let [loaded, linked] = [(), ()].map(|()| {
        let runtime = builder().build().unwrap();
        runtime.provide::<dyn Visiting>(Arc::new(Visits)).unwrap();
        runtime
    });
    loaded.load(library("fixture-closures")).unwrap();
    linked.load_static(&fixture_closures::BUNDLE).unwrap();
    [loaded, linked]
}

/// What calls closures: the plugin, loaded and linked in.
fn callers() -> [(Runtime, CallingProxy); 2] {
    both().map(|runtime| {
        let calling = runtime.get::<dyn Calling>().unwrap();
        (runtime, calling)
    })
}

#[test]
fn a_closure_is_called_with_what_it_borrows() {
    for (_runtime, calling) in callers() {
        let mut seen = Vec::new();
        let calls = calling.each(b"abc", &mut |byte, rest| {
            seen.push((byte, rest.to_vec()));
            byte != b'b'
        });
        assert_eq!(calls.unwrap(), 2);
        assert_eq!(seen, [(b'a', b"bc".to_vec()), (b'b', b"c".to_vec())]);

        let prefix = String::from("ß");
        let words = vec!["x".to_owned(), String::new()];
        let mapped = calling.map(words, &|word| format!("{prefix}{word}")).unwrap();
        assert_eq!(mapped, ["ßx", "ß"]);

        let mut filled = 0;
        let bytes = calling.fill(3, &mut |bytes| {
            filled += 1;
            bytes.iter_mut().for_each(|byte| *byte += filled);
        });
        assert_eq!(bytes.unwrap(), [3, 3, 3]);
    }
}

#[test]
fn a_closure_takes_and_returns_values_of_every_kind() {
    for (_runtime, calling) in callers() {
        let mut got = Vec::new();
        let error = calling.steps(&mut |step, number| {
            let next = Step { name: step.name.clone() + "!", by: step.by * -3 };
            got.push((step, number));
            if got.len() < 3 { Ok(next) } else { Err("enough".to_owned()) }
        });
        let Err(CallError::Method(message)) = error else { panic!("{error:?}") };
        assert_eq!(message, "enough");
        let step = |name: &str, by| Step { name: name.to_owned(), by };
        let expected = [
            (step("start", 1), None),
            (step("start!", -3), Some(1)),
            (step("start!!", 9), Some(2)),
        ];
        assert_eq!(got, expected);

        let sum = calling.eight(&|a, b, c, d, e, f, g, h| {
            f64::from(a) + f64::from(b) * f64::from(c) + f64::from(d * 10) + f64::from(e)
                - f64::from(f)
                + g as f64 * h
        });
        assert_eq!(sum.unwrap(), 1.0 - 6.0 - 40.0 + 5.0 + 6.0 + 3.5);
    }
}

/// Goes from the host into the plugin and back until `depth` is 0.
fn down(calling: &CallingProxy, depth: u32) -> u32 {
    calling.nest(depth, &mut |depth| down(calling, depth)).unwrap()
}

#[test]
fn calls_nest_from_host_to_plugin_and_back() {
    for (_runtime, calling) in callers() {
        assert_eq!(down(&calling, 40), 40);
    }
}

#[test]
fn a_plugin_lends_closures_to_a_service() {
    for (_runtime, calling) in callers() {
        assert_eq!(calling.visited(2).unwrap(), "a,b,c b");
        let error = calling.visited(9).unwrap_err();
        let CallError::Method(error) = &error else { panic!("{error:?}") };
        assert!(error.to_string().contains("f is too much"), "{error}");
    }
}

#[test]
fn a_panic_of_a_closure_is_the_failure_of_the_call() {
    for (_runtime, calling) in callers() {
        let error = calling.each(b"abc", &mut |byte, _| {
            assert!(byte != b'b', "too far");
            true
        });
        let Err(CallError::Panicked(failure)) = &error else { panic!("{error:?}") };
        assert_eq!(failure.method(), "each");
        assert_eq!(failure.message(), "in the closure `each`: too far");
        // Nothing is left behind: the next closure is another one.
        assert_eq!(calling.each(b"abc", &mut |_, _| true).unwrap(), 3);
    }
}

#[test]
fn a_failure_that_is_swallowed_fails_the_call_all_the_same() {
    for (_runtime, calling) in callers() {
        let mut calls = 0;
        let error = calling.swallow(&mut |at| {
            calls += 1;
            assert!(at > 0, "too early");
            at
        });
        let Err(CallError::Panicked(failure)) = &error else { panic!("{error:?}") };
        assert_eq!((failure.method(), failure.message()), ("swallow", "too early"));
        // After a failure the closure is not run again.
        assert_eq!(calls, 1);
        assert_eq!(calling.swallow(&mut |at| at).unwrap(), [true, true]);
    }
}

#[test]
fn a_closure_that_fails_leaves_a_method_in_the_middle() {
    for runtime in both() {
        let mut counting: CountingProxy = runtime.get::<dyn Counting>().unwrap();
        assert_eq!(counting.count(&mut |_| ()).unwrap(), 1);
        let error = counting.count(&mut |calls| assert!(calls != 2, "no more"));
        let Err(CallError::Panicked(failure)) = &error else { panic!("{error:?}") };
        assert_eq!(failure.message(), "in the closure `call`: no more");
        assert!(matches!(counting.count(&mut |_| ()), Err(CallError::Poisoned(_))));
    }
}

#[test]
fn a_closure_is_called_a_thousand_times() {
    for (_runtime, calling) in callers() {
        let mut calls = 0;
        assert_eq!(calling.count(1000, &mut || calls += 1).unwrap(), 1000);
        assert_eq!(calls, 1000);
    }
}

/// What the function of a closure is that takes and returns a number.
type Function = unsafe extern "C" fn(*mut c_void, u32, *mut ErrorBuffer) -> Returned<u32>;

type Number = (OwnedParameter<u32>,);

/// Calls a closure, as a guest in C can at any time.
unsafe fn call(closure: *const LentClosure, number: u32) -> Result<u32, ErrorReport> {
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    // SAFETY: the closure is lent, and is of this type; the buffer is this function's own.
    unsafe {
        let function = (*closure).function.unwrap();
        let function = std::mem::transmute::<unsafe extern "C" fn(), Function>(function);
        let returned = function((*closure).context, number, error);
        match returned.status == Status::Ok as u32 {
            true => Ok(returned.value.assume_init()),
            false => Err(ErrorBuffer::take(error).unwrap()),
        }
    }
}

/// Calls a closure by its adapter.
unsafe fn call_uniformly(closure: *const LentClosure, number: u32) -> Result<u32, ErrorReport> {
    let (mut error, mut result) = (ErrorBuffer::cleared(), 0_u32);
    let args = [(&raw const number).cast::<c_void>()];
    // SAFETY: as for `call`; the result has its room.
    unsafe {
        let LentClosure { function, uniform, context, .. } = closure.read();
        let (function, uniform) = (function.unwrap(), uniform.unwrap());
        let (room, buffer) = ((&raw mut result).cast(), error.as_mut_ptr());
        match uniform(function, context, args.as_ptr(), room, buffer) == Status::Ok as u32 {
            true => Ok(result),
            false => Err(ErrorBuffer::take(buffer).unwrap()),
        }
    }
}

#[test]
fn a_call_into_a_closure_that_is_running_is_refused() {
    let lent = Cell::new(std::ptr::null());
    let inside = Cell::new(None);
    let mut closure = |number: u32| {
        // SAFETY: it is lent until the test is over.
        let again = unsafe { call(lent.get(), number) };
        inside.set(again.err().map(|report| report.kind));
        number + 1
    };
    let pointer: *mut (dyn FnMut(u32) -> u32 + '_) = &mut closure;
    // SAFETY: the closure outlives the argument, which stays in place while it is used.
    unsafe {
        type Exclusive = dyn FnMut(u32) -> u32;
        let pointer =
            std::mem::transmute::<*mut (dyn FnMut(u32) -> u32 + '_), *mut Exclusive>(pointer);
        let mut argument = ManuallyDrop::new(Closure::<OfFnMut<Number, u32>>::lend(pointer));
        lent.set(Closure::lower(&mut argument));
        assert_eq!(call(lent.get(), 3).unwrap(), 4);
        assert_eq!(inside.get(), Some(ErrorKind::Reentrant));
        // Once a call failed, all do.
        let again = call_uniformly(lent.get(), 3).unwrap_err();
        assert_eq!(again.kind, ErrorKind::Reentrant);
        assert!(again.message.contains("in use"), "{}", again.message);
    }
}

#[test]
fn a_shared_closure_may_be_called_from_inside_of_itself() {
    let lent = Cell::new(std::ptr::null());
    let closure = |number: u32| match number {
        0 => 0,
        // SAFETY: it is lent until the test is over.
        _ => 1 + unsafe { call_uniformly(lent.get(), number - 1) }.unwrap(),
    };
    let pointer: *const (dyn Fn(u32) -> u32 + '_) = &closure;
    // SAFETY: the closure outlives the argument, which stays in place while it is used.
    unsafe {
        type Shared = dyn Fn(u32) -> u32;
        let pointer = std::mem::transmute::<*const (dyn Fn(u32) -> u32 + '_), *mut Shared>(pointer);
        let mut argument = ManuallyDrop::new(Closure::<OfFn<Number, u32>>::lend(pointer));
        lent.set(Closure::lower(&mut argument));
        assert_eq!(call(lent.get(), 9).unwrap(), 9);
    }
}

#[test]
fn what_is_no_closure_is_refused() {
    let without_function = LentClosure {
        size: size_of::<LentClosure>(),
        function: None,
        uniform: None,
        context: std::ptr::null_mut(),
    };
    type Lifted<'a> = Closure<'a, OfFn<Number, u32>>;
    // SAFETY: null is not followed, and nothing is called.
    unsafe {
        assert!(Lifted::lift(std::ptr::null()).is_err());
        assert!(Lifted::lift(&without_function).is_err());
        assert!(Lifted::lift(&LentClosure { size: 8, ..without_function }).is_err());
    }
}

#[test]
fn a_schema_says_what_a_closure_takes() {
    let schema = polyplug_runtime::Schema::of::<dyn Calling>().unwrap();
    let text = schema.to_string();
    for signature in [
        "each(&self, bytes: &[u8], each: &mut dyn FnMut(u8, &[u8]) -> bool) -> u32;",
        "map(&self, words: Vec<String>, map: &dyn Fn(&str) -> String) -> Vec<String>;",
        "fill(&self, room: u32, fill: &mut dyn FnMut(&mut [u8])) -> Vec<u8>;",
        "step: &mut dyn FnMut(Step, Option<u32>) -> Result<Step, String>)",
    ] {
        assert!(text.contains(signature), "{text}");
    }
    let json = schema.to_json();
    assert!(json.contains(r#""kind": "fn_mut""#) && json.contains(r#""kind": "fn""#), "{json}");
    let refused = polyplug_header::contract_header(&json).unwrap_err().to_string();
    assert!(refused.contains("&mut dyn FnMut(u8, &[u8]) -> bool"), "{refused}");
}

#[test]
fn a_class_in_lua_that_would_get_a_closure_is_not_loaded() {
    let runtime = builder().loader(LuaLoader::new()).contract::<dyn Counting>();
    let runtime = runtime.build().unwrap();
    let error = chain(&runtime.load(fixture("closures")).unwrap_err());
    let expected = "has a method `count` with a `&mut dyn FnMut(u32)`, which Lua does not know";
    assert!(error.contains(expected), "{error}");
    assert!(runtime.bundles().is_empty());
}
