//! What is no Lua bundle is refused, and leaves nothing behind.

use std::fs;
use std::path::Path;

use fixture_lua_contracts::Counter;
use polyplug_runtime::{LoadError, NativeLoader, Runtime, Source};

use super::support::{chain, fixture, greeter, manifest, runtime, source, write};

/// Loads a bare file with this content, which must be refused with these words.
#[track_caller]
fn refused(content: impl AsRef<[u8]>, words: &[&str]) {
    let runtime = runtime();
    let directory = tempfile::tempdir().unwrap();
    let path = write(directory.path(), "bad.lua", content);
    let error = runtime.load(&path).unwrap_err();
    assert_refused(&runtime, &error, words);
    assert_eq!(error.path(), path);
}

#[track_caller]
fn assert_refused(runtime: &Runtime, error: &LoadError, words: &[&str]) {
    let text = chain(error);
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    assert!(runtime.bundles().is_empty());
    assert_eq!(runtime.registry().count(), 0);
}

fn bundle(fields: &str) -> String {
    format!(
        "local polyplug = require 'polyplug'\nlocal function f() end\n\
         return polyplug.bundle {{ name = 'bad', version = '1.0.0', {fields} }}"
    )
}

#[test]
fn what_is_no_lua_is_refused() {
    refused("return polyplug.bundle {", &["bad.lua:1", "near"]);
    refused(b"-- fine\nreturn '\xff'", &["not UTF-8", "line 2"]);
    refused(b"\x1bLJ\x02\x00", &["no Lua"]);
}

#[test]
fn what_returns_no_bundle_is_refused() {
    refused("", &["return polyplug.bundle", "nil"]);
    refused("return 7", &["the number 7"]);
    refused("return { ['test.greeter@1'] = {} }", &["a table"]);
    refused("return require('polyplug').bundle(7)", &["polyplug.bundle takes a table"]);
}

#[test]
fn a_bundle_may_decline_to_start() {
    refused("return nil, 'the licence is missing'", &["declines", "the licence is missing"]);
    refused("error('no luck today')", &["no luck today", "bad.lua:1", "stack traceback"]);
    refused("error({ message = 'a table', kind = 3 })", &["a table"]);
    refused("local nothing; nothing.field = 1", &["nothing", "bad.lua:1"]);
}

#[test]
fn a_bundle_says_what_it_provides() {
    refused(bundle(""), &["provides nothing"]);
    refused(bundle("f = f"), &["the field `f`"]);
    refused(bundle("[1] = f"), &["the field the number 1"]);
    refused(bundle("['test.greeter@1'] = 7"), &["test.greeter@1", "the number 7"]);
    refused(bundle("['test.greeter'] = {}"), &["`test.greeter`", "text.transform@1"]);
    let twice = "['test.greeter@1'] = { greet = f }, ['test.greeter@1.0'] = { greet = f }";
    refused(bundle(twice), &["test.greeter", "twice"]);
}

#[test]
fn a_bare_file_says_its_name_and_version() {
    let of = |fields: &str| format!("return require('polyplug').bundle {{ {fields} }}");
    refused(of(""), &["`name`"]);
    refused(of("name = 'a'"), &["`version`"]);
    refused(of("name = 'A b', version = '1.0.0'"), &["\"A b\"", "lower-case"]);
    refused(of("name = 'a', version = '1'"), &["\"1\""]);
    refused(of("name = 7, version = '1.0.0'"), &["name", "a string"]);
}

#[test]
fn unknown_contracts_are_refused_with_the_known_ones() {
    let known = ["test.greeter@1.0", "test.counter@1.2"];
    refused(
        bundle("['test.other@1'] = {}"),
        &[&["no contract `test.other@1`"], &known[..]].concat(),
    );
    refused(
        bundle("['test.greeter@2'] = {}"),
        &[&["no contract `test.greeter@2`"], &known[..]].concat(),
    );
}

#[test]
fn missing_methods_and_what_is_no_function_are_refused() {
    refused(bundle("['test.greeter@1'] = {}"), &["lacks the method `greet`", "name: &str"]);
    refused(bundle("['test.greeter@1'] = { greet = 7 }"), &["the number 7", "`greet`"]);
    refused(bundle("['test.greeter@1'] = { greet = f, new = 7 }"), &["the number 7", "`new`"]);
    // All that is wrong is said at once.
    refused(bundle("['test.counter@1'] = {}"), &["`next`", "`count`"]);
}

#[test]
fn a_later_method_may_be_missing_and_one_with_a_body_too() {
    let class = "function Class:next() return 1 end function Class:count() return 1 end";
    for (provides, contract) in [("1.0", "1"), ("1.0", "1.0")] {
        let runtime = runtime();
        let provides = format!("test.counter@{provides}");
        source(&runtime, "old", &provides, &format!("test.counter@{contract}"), class).unwrap();
        let mut counter = runtime.get::<dyn Counter>().unwrap();
        assert_eq!(counter.next().unwrap(), 1);
        assert!(counter.skip(1).is_err());
    }
    // Said to be of 1.2, `skip` is missing; `label` has a body.
    let runtime = runtime();
    let error = source(&runtime, "new", "test.counter@1.2", "test.counter@1", class).unwrap_err();
    assert_refused(&runtime, &error, &["lacks the method `skip`"]);
    let class = format!("{class} function Class:skip(n) return n end");
    source(&runtime, "new", "test.counter@1.2", "test.counter@1", &class).unwrap();
}

#[test]
fn a_bare_file_provides_the_newest_minor_that_it_has_whole() {
    let runtime = runtime();
    let directory = tempfile::tempdir().unwrap();
    let class = "{ next = f, count = f }";
    let path = write(directory.path(), "c.lua", bundle(&format!("['test.counter@1'] = {class}")));
    let loaded = runtime.load(path).unwrap();
    let provided: Vec<_> = loaded.provides().map(|(_, version)| version.to_string()).collect();
    assert_eq!(provided, ["1.0"]);
}

#[test]
fn the_manifest_and_the_bundle_must_agree() {
    let runtime = runtime();
    let class = "function Class:greet() return '' end";
    let error = source(&runtime, "a", "test.counter@1.0", "test.greeter@1", class).unwrap_err();
    assert_refused(&runtime, &error, &["test.counter@1.0", "test.greeter@1.0"]);
    let text = bundle("['test.greeter@1'] = { greet = f }");
    let manifest = manifest("good", "test.greeter@1.0");
    let error = runtime.load_source(&manifest, Source::Text(text)).unwrap_err();
    assert_refused(&runtime, &error, &["`name = good`", "bad"]);
}

#[test]
fn missing_files_are_refused() {
    let runtime = runtime();
    let error = runtime.load(fixture("nowhere.lua")).unwrap_err();
    assert_refused(&runtime, &error, &["nowhere.lua"]);
    let directory = tempfile::tempdir().unwrap();
    let manifest = format!("{}file = \"init.lua\"\n", manifest("a", "test.greeter@1.0"));
    fs::write(directory.path().join("manifest.toml"), manifest).unwrap();
    let error = runtime.load(directory.path()).unwrap_err();
    assert_refused(&runtime, &error, &["init.lua"]);
}

#[test]
fn in_memory_means_text_for_a_loader_that_can() {
    let runtime = runtime();
    let class = "function Class:greet() return '' end";
    greeter(&runtime, class).unwrap();
    runtime.unload("greeter").unwrap();
    let bytes = Source::Bytes(b"return '\xff'".to_vec());
    let error = runtime.load_source(&manifest("a", "test.greeter@1.0"), bytes).unwrap_err();
    assert_refused(&runtime, &error, &["not UTF-8"]);
    let native = manifest("a", "test.greeter@1.0").replace("lua", "native");
    let error = runtime.load_source(&native, Source::Bytes(vec![0; 64])).unwrap_err();
    assert_refused(&runtime, &error, &["native library", "from memory"]);
    let unknown = manifest("a", "test.greeter@1.0").replace("lua", "wasm");
    let error = runtime.load_source(&unknown, Source::Text(String::new())).unwrap_err();
    assert_refused(&runtime, &error, &["`wasm`", "native, lua"]);
}

#[test]
fn without_its_loader_a_lua_file_is_refused() {
    // SAFETY: nothing native is loaded.
    let runtime = Runtime::builder().loader(unsafe { NativeLoader::new() }).build().unwrap();
    let error = runtime.load(Path::new(&fixture("types"))).unwrap_err();
    assert_refused(&runtime, &error, &["`lua`", "native"]);
}
