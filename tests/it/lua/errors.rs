//! What goes wrong in a Lua method is an error of that call, and of no other.

use fixture_contracts::{Greeter, GreeterProxy};
use fixture_lua_contracts::{Types, TypesProxy};
use polyplug_runtime::{CallError, Failure, Runtime};

use super::support::{greeter, manifest, runtime};
use polyplug_runtime::Source;

/// A greeter with this body of `greet`, which goes on working afterwards.
#[track_caller]
fn failing(body: &str) -> CallError {
    let runtime = runtime();
    let text = format!(
        "function Class:greet(name)\n  if name == 'again' then return 'fine' end\n  {body}\nend"
    );
    greeter(&runtime, &text).unwrap();
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    let error = proxy.greet("Ada").unwrap_err();
    works_still(&proxy);
    error
}

#[track_caller]
fn works_still(proxy: &GreeterProxy) {
    assert_eq!(proxy.greet("again").unwrap(), "fine");
}

/// The failure of a call that raised an error.
#[track_caller]
fn raised(body: &str) -> Failure {
    match failing(body) {
        CallError::Plugin(failure) => *failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_have_a_place_and_a_traceback() {
    let failure = raised("error('out of paper')");
    assert_eq!((failure.bundle(), failure.contract()), ("greeter", "test.greeter"));
    assert_eq!(failure.method(), "greet");
    assert!(failure.message().ends_with("out of paper"), "{}", failure.message());
    assert!(failure.message().contains("greeter:5"), "{}", failure.message());
    let traceback = failure.location();
    assert!(traceback.starts_with("stack traceback:"), "{traceback}");
    assert!(traceback.contains("greeter:5"), "{traceback}");
}

#[test]
fn errors_may_be_of_any_type() {
    assert_eq!(raised("error('plain', 0)").message(), "plain");
    assert_eq!(raised("error({ message = 'in a table', kind = 9 })").message(), "in a table");
    assert_eq!(raised("error({ message = 'in a table', kind = 9 })").kind(), 9);
    assert_eq!(raised("error({})").message(), "the error is a table");
    assert_eq!(raised("error()").message(), "the error is nil");
    assert_eq!(raised("error(nil)").message(), "the error is nil");
    assert_eq!(raised("error(true)").message(), "the error is a boolean");
    assert_eq!(raised("error(7, 0)").message(), "7");
    let speaks = "error(setmetatable({}, { __tostring = function() return 'it speaks' end }))";
    assert_eq!(raised(speaks).message(), "it speaks");
    let stutters = "error(setmetatable({}, { __tostring = function() error('again') end }))";
    assert_eq!(raised(stutters).message(), "the error is a table");
    assert_eq!(raised("error('not UTF-8: \\255', 0)").message(), "not UTF-8: \u{fffd}");
}

#[test]
fn errors_of_the_interpreter_are_errors() {
    assert!(raised("local x = name.field.field").message().contains("index"));
    assert!(raised("return name + 1").message().contains("arithmetic"));
    assert!(raised("coroutine.yield()").message().contains("yield"));
    let overflow = raised("local function f() return 1 + f() end return f()");
    assert!(overflow.message().contains("stack overflow"), "{}", overflow.message());
}

#[test]
fn wrong_results_are_invalid_replies() {
    #[track_caller]
    fn invalid(body: &str, words: &[&str]) {
        match failing(body) {
            CallError::InvalidReply(failure) => {
                for word in words {
                    assert!(failure.message().contains(word), "{}", failure.message());
                }
                assert!(failure.location().contains("greeter:3"), "{}", failure.location());
            }
            other => panic!("{other:?}"),
        }
    }
    invalid("return 7", &["`String`", "the number 7"]);
    invalid("return {}", &["a table"]);
    invalid("return nil", &["nil"]);
    invalid("return true", &["the boolean true"]);
    invalid("return", &["one value", "none"]);
    invalid("return 'a', 'b'", &["one value", "2 values"]);
    invalid("return unpack({}, 1, 3000)", &["3000 values"]);
    invalid("return 'a\\255'", &["not UTF-8", "byte 2"]);
}

fn types(methods: &str) -> (Runtime, TypesProxy) {
    let runtime = runtime();
    let text = format!(
        "local polyplug = require 'polyplug'\n\
         local Class = setmetatable({{}}, {{ __index = function() return function() end end }})\n\
         Class.new = function() return {{}} end\nClass.on_unload = function() end\n\
         {methods}\nreturn polyplug.bundle {{ ['test.types@1'] = Class }}"
    );
    runtime.load_source(&manifest("types", "test.types@1.0"), Source::Text(text)).unwrap();
    let proxy = runtime.get::<dyn Types>().unwrap();
    (runtime, proxy)
}

#[track_caller]
fn invalid<T: std::fmt::Debug, E: std::fmt::Debug>(
    result: Result<T, CallError<E>>,
    words: &[&str],
) {
    match result {
        Err(CallError::InvalidReply(failure)) => {
            for word in words {
                assert!(failure.message().contains(word), "{}", failure.message());
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_out_of_range_are_invalid_replies() {
    let (_runtime, proxy) = types(
        "function Class:u8() return 256 end\nfunction Class:i8() return -129 end\n\
         function Class:u32() return -1 end\nfunction Class:i32() return 2^31 end\n\
         function Class:u16() return 1.5 end\nfunction Class:i16() return 0/0 end\n\
         function Class:u64() return -1LL end\nfunction Class:i64() return 2^63 end\n\
         function Class:usize() return 1/0 end\nfunction Class:isize() return 2i end\n\
         function Class:f32() return 1e300 end\nfunction Class:f64() return '1' end\n\
         function Class:character() return 'ab' end\nfunction Class:boolean() return 1 end\n\
         function Class:unit() return 1 end",
    );
    invalid(proxy.u8(0), &["`u8`", "256", "out of range"]);
    invalid(proxy.i8(0), &["`i8`", "-129"]);
    invalid(proxy.u32(0), &["`u32`", "-1"]);
    invalid(proxy.i32(0), &["`i32`", "2147483648"]);
    invalid(proxy.u16(0), &["1.5", "no whole number"]);
    invalid(proxy.i16(0), &["NaN"]);
    invalid(proxy.u64(0), &["`u64`", "-1"]);
    invalid(proxy.i64(0), &["too large to be exact"]);
    invalid(proxy.usize(0), &["inf"]);
    invalid(proxy.isize(0), &["cdata"]);
    invalid(proxy.f32(0.0), &["out of range"]);
    invalid(proxy.f64(0.0), &["`f64`", "a string"]);
    invalid(proxy.character('a'), &["`char`", "2 characters"]);
    invalid(proxy.boolean(true), &["`bool`", "the number 1"]);
    invalid(proxy.unit(), &["no value", "the number 1"]);
}

/// A `u32` has a way of its own where it is a plain number, and is a `u32` like any other
/// where it is not.
#[test]
fn a_u32_is_every_whole_number_of_its_range_and_nothing_else() {
    let method = |value: &str| types(&format!("function Class:u32() return {value} end"));
    for (value, expected) in [
        ("0", 0),
        ("-0.0", 0),
        ("1", 1),
        ("2^31 - 1", u32::MAX >> 1),
        ("2^31", 1 << 31),
        ("2^32 - 1", u32::MAX),
        ("7LL", 7),
        ("4294967295ULL", u32::MAX),
    ] {
        let (_runtime, proxy) = method(value);
        assert_eq!(proxy.u32(0).unwrap(), expected, "{value}");
    }
    for (value, words) in [
        ("-1", &["`u32`", "-1, which is out of range"][..]),
        ("2^32", &["`u32`", "4294967296, which is out of range"]),
        ("2^32 + 1", &["4294967297, which is out of range"]),
        ("2^52", &["4503599627370496, which is out of range"]),
        ("2^52 + 1", &["out of range"]),
        ("-2^52 + 1", &["out of range"]),
        ("2^60", &["too large to be exact"]),
        ("0.5", &["0.5, which is no whole number"]),
        ("2^32 - 0.5", &["4294967295.5, which is no whole number"]),
        ("5e-324", &["which is no whole number"]),
        ("0/0", &["NaN, which is no whole number"]),
        ("1/0", &["inf, which is no whole number"]),
        ("-1/0", &["-inf, which is no whole number"]),
        ("-1LL", &["-1, which is out of range"]),
        ("'1'", &["`u32`", "a string"]),
        ("nil", &["`u32`", "nil"]),
        ("1, 2", &["one value", "2 values"]),
    ] {
        let (_runtime, proxy) = method(value);
        invalid(proxy.u32(0), words);
    }
}

/// A text that comes back is looked at where it is read alone, so what is none must not get
/// any further, however long it is.
#[test]
fn a_text_that_is_none_is_named_by_its_first_wrong_byte() {
    let method = |value: &str| types(&format!("function Class:text(t) return {value} end"));
    for (value, words) in [
        ("'\\255'", "from byte 1 on"),
        ("('x'):rep(15) .. '\\255'", "from byte 16 on"),
        ("('x'):rep(4095) .. '\\195'", "from byte 4096 on"),
        ("('x'):rep(4096) .. '\\237\\160\\128' .. ('x'):rep(4096)", "from byte 4097 on"),
        ("('\\195\\164'):rep(3000) .. '\\192\\128'", "from byte 6001 on"),
    ] {
        let (_runtime, proxy) = method(value);
        invalid(proxy.text("x"), &["`String`", "a string that is not UTF-8", words]);
        let (_runtime, proxy) = method("t .. t");
        assert_eq!(proxy.text("ä").unwrap(), "ää");
    }
}

#[test]
fn what_is_wrong_inside_of_a_list_is_named() {
    let (_runtime, proxy) = types(
        "function Class:numbers() return { 1, 2, 'three' } end\n\
         function Class:nested() return { {}, { 1, -1 } } end\n\
         function Class:results() return { { ok = 1 }, { err = 7 } } end\n\
         function Class:bytes() return {} end\n\
         function Class:result() return nil, 7 end",
    );
    invalid(proxy.numbers(&[]), &["`u32` in element 3", "a string"]);
    invalid(proxy.nested(vec![]), &["`u16` in element 2 in element 2", "-1"]);
    invalid(proxy.results(vec![]), &["`String` in field `err` in element 2"]);
    invalid(proxy.bytes(&[]), &["`Vec<u8>`", "a table"]);
    invalid(proxy.result(Ok(1)), &["`String` in the returned error", "the number 7"]);
}

#[test]
fn a_view_dies_with_its_call() {
    let (_runtime, proxy) = types(
        "local kept\n\
         function Class:double(view) kept = view; view[1] = 7 end\n\
         function Class:u8() return kept[1] end\n\
         function Class:u16() kept[1] = 1 return 0 end\n\
         function Class:u32() return #kept end\n\
         function Class:text() return tostring(getmetatable(kept)) end",
    );
    let mut numbers = [0; 4];
    proxy.double(&mut numbers).unwrap();
    assert_eq!(numbers, [7, 0, 0, 0]);
    let over = |result: Result<u32, CallError>| match result {
        Err(CallError::Plugin(failure)) => {
            assert!(failure.message().contains("a call that is over"), "{}", failure.message());
        }
        other => panic!("{other:?}"),
    };
    over(proxy.u8(0).map(u32::from));
    over(proxy.u16(0).map(u32::from));
    over(proxy.u32(0));
    assert_eq!(proxy.text("").unwrap(), "view");
    assert_eq!(numbers, [7, 0, 0, 0]);
}

#[test]
fn a_view_is_checked() {
    let (_runtime, proxy) = types(
        "function Class:double(view)\n\
           assert(view[0] == nil and view[#view + 1] == nil and view[1.5] == nil)\n\
           local function refused(...) assert(not pcall(...)) end\n\
           local function set(i, value) view[i] = value end\n\
           refused(set, 0, 1) refused(set, #view + 1, 1) refused(set, 'a', 1)\n\
           refused(set, 1, -1) refused(set, 1, 1.5) refused(set, 1, 2^32)\n\
           refused(set, 1, 'a') refused(set, 1, nil) refused(set, 0/0, 1)\n\
           refused(function() return view.a end)\n\
           refused(setmetatable, view, {})\n\
           view[#view] = 5\n\
         end",
    );
    let mut numbers = [1, 2, 3];
    proxy.double(&mut numbers).unwrap();
    assert_eq!(numbers, [1, 2, 5]);
}
