//! What each language says to a type.

use std::fs;
use std::path::Path;

use polyplug_header::contract_header;
use polyplug_runtime::{Contract, LuaLoader, Runtime, Schema, Source};
use serde_json::Value;

use crate::lua::chain;

/// What the compiler says to a case of the compile-fail tests.
pub(super) fn in_rust(case: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests/contract");
    let said = fs::read_to_string(folder.join(case).with_extension("stderr")).unwrap();
    let first = said.lines().next().unwrap();
    first.split_once(": ").unwrap().1.to_owned()
}

/// Whether there is a header for a contract with this method alone.
pub(super) fn in_c(schema: &str, method: &str) -> Result<(), String> {
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    let methods = schema["methods"].as_array_mut().unwrap();
    methods.retain(|it| it["name"] == method);
    assert_eq!(methods.len(), 1, "{method}");
    contract_header(&schema.to_string()).map(drop).map_err(|error| error.to_string())
}

/// What Lua has against the methods of a contract that a class has all of.
pub(super) fn in_lua<C: Contract + ?Sized>() -> Vec<String> {
    let schema: Value = serde_json::from_str(&Schema::of::<C>().unwrap().to_json()).unwrap();
    let runtime = Runtime::builder().loader(LuaLoader::new()).contract::<C>().build().unwrap();
    let name = C::NAME;
    let manifest = format!(
        "name = 'positions'\nversion = '1.0.0'\nloader = 'lua'\nprovides = ['{name}@1.0']\n"
    );
    let mut class = "local Class = {}\n".to_owned();
    for method in schema["methods"].as_array().unwrap() {
        class += &format!("function Class:{}() end\n", method["name"].as_str().unwrap());
    }
    class += &format!("return require('polyplug').bundle {{ ['{name}@1'] = Class }}\n");
    match runtime.load_source(&manifest, Source::Text(class)) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let text = chain(&error);
            let all = text.split("has a method ").skip(1);
            all.map(|one| {
                let one = one.trim_end().trim_end_matches(';');
                format!("has a method {one}")
            })
            .collect()
        }
    }
}
