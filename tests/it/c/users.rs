//! A plugin in C that uses another bundle.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fixture_c::{Dictionary, DictionaryProxy, Speller, SpellerProxy};
use polyplug_header::contract_header;
use polyplug_runtime::{CallError, LuaLoader, Runtime, Schema, Source, Unloaded};
use tempfile::TempDir;

use crate::c::compiler::Language;
use crate::support::builder;

/// A dictionary in Lua.
const MANIFEST: &str = "name = 'dictionary'\nversion = '1.0.0'\nloader = 'lua'\n\
                        provides = ['text.dictionary@1.0']";
const CLASS: &str = r#"
local polyplug = require "polyplug"

local Dictionary = {}

function Dictionary:similar(word)
    if word == "" then error("no word") end
    return { word, word:sub(1, -2) }
end

function Dictionary:learn(words)
    if #words > 2 then return nil, "too many" end
    return #words
end

return polyplug.bundle { ["text.dictionary@1"] = Dictionary }
"#;

/// The user beside a dictionary, which stands in `folder` when it is in C.
fn speller(folder: &TempDir, is_native: bool) -> (Runtime, SpellerProxy) {
    let runtime = builder().contract::<dyn Dictionary>().loader(LuaLoader::new()).build().unwrap();
    let header = contract_header(&Schema::of::<dyn Speller>().unwrap().to_json()).unwrap();
    fs::write(folder.path().join("text_speller.h"), header).unwrap();
    let library = |name: &str| {
        let library = folder.path().join(name).with_extension("so");
        Language::C.builds(name, folder.path(), &library);
        library
    };
    if is_native {
        runtime.load(library("dictionary")).unwrap();
    } else {
        runtime.load_source(MANIFEST, Source::Text(CLASS.to_owned())).unwrap();
    }
    runtime.load(library("speller")).unwrap();
    let speller = runtime.get::<dyn Speller>().unwrap();
    (runtime, speller)
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn another_bundle_is_called_whatever_it_is_written_in() {
    for is_native in [true, false] {
        let folder = TempDir::new().unwrap();
        let (runtime, speller) = speller(&folder, is_native);
        assert_eq!(speller.last("words").unwrap().as_deref(), Some("word"), "{is_native}");
        assert_eq!(speller.teach(words(&["größer", ""])).unwrap(), 2);
        match speller.teach(words(&["a", "b", "c"])) {
            Err(CallError::Method(message)) => assert_eq!(message, "too many"),
            other => panic!("{other:?}"),
        }
        match speller.last("") {
            Err(CallError::Plugin(failure)) => {
                assert!(failure.message().contains("no word"), "{failure}");
            }
            other => panic!("{other:?}"),
        }
        assert!(runtime.unload("dictionary").is_err(), "the speller depends on it");
        assert_eq!(runtime.unload("speller").unwrap(), Unloaded::Reclaimed);
        assert_eq!(runtime.unload("dictionary").unwrap(), Unloaded::Reclaimed);
    }
}

/// Says every word again, and when it is dropped.
struct Echo(Arc<AtomicBool>);

impl Dictionary for Echo {
    fn similar(&self, word: &str) -> Vec<String> {
        assert!(!word.is_empty(), "no word");
        vec![word.to_owned()]
    }

    fn learn(&self, words: Vec<String>) -> Result<u16, String> {
        Err(words.concat())
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn proxies_are_taken_and_given_and_what_is_lent_is_called() {
    let folder = TempDir::new().unwrap();
    let (runtime, speller) = speller(&folder, true);
    let is_dropped = Arc::new(AtomicBool::new(false));
    let own = DictionaryProxy::local(Arc::new(Echo(is_dropped.clone())));
    assert_eq!(speller.ask(own.clone(), "own").unwrap(), ["own"]);
    let other = runtime.get_from::<dyn Dictionary>("dictionary").unwrap();
    assert_eq!(speller.ask(other, "other").unwrap(), ["other", "othe"]);
    assert!(matches!(speller.ask(own.clone(), ""), Err(CallError::Panicked(_))));
    let back = speller.pass(own).unwrap();
    assert_eq!(back.similar("back").unwrap(), ["back"]);
    assert!(!is_dropped.load(Ordering::Relaxed));
    drop(back);
    assert!(is_dropped.load(Ordering::Relaxed), "no reference is left behind");

    let lent = Echo(Arc::default());
    assert_eq!(speller.look(&lent, "lent").unwrap(), ["lent"]);
    match speller.look(&lent, "") {
        Err(CallError::Panicked(failure)) => assert_eq!(failure.message(), "no word"),
        other => panic!("{other:?}"),
    }
}
