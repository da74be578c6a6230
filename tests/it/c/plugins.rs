//! The plugins are loaded, called, reloaded and unloaded.

use std::sync::Arc;

use fixture_c::{Dictionary, Tally, TallyProxy};
use polyplug_runtime::{CallError, LookupError, Runtime, Unloaded};
use tempfile::TempDir;

use crate::c::compiler::Language;
use crate::support::runtime;

/// A plugin that was built and loaded.
struct Loaded {
    language: Language,
    folder: TempDir,
    runtime: Runtime,
}

impl Loaded {
    fn new(language: Language) -> Self {
        let loaded = Self { language, folder: TempDir::new().unwrap(), runtime: runtime() };
        loaded.build("!");
        loaded.runtime.load(loaded.library()).unwrap();
        loaded
    }

    fn build(&self, mark: &str) {
        self.language.builds_tally(mark, &self.library());
    }

    fn library(&self) -> std::path::PathBuf {
        self.folder.path().join("libtally.so")
    }

    fn bundle(&self) -> &'static str {
        match self.language {
            Language::C => "tally",
            Language::Cpp => "tally-cpp",
        }
    }

    fn tally(&self, forbidden: &str) -> TallyProxy {
        self.runtime.get_with::<dyn Tally>(forbidden).unwrap()
    }
}

#[test]
fn instances_are_made_from_a_config_and_have_state_of_their_own() {
    for language in Language::ALL {
        let loaded = Loaded::new(language);
        let (mut one, mut other) = (loaded.tally("ouch"), loaded.tally(""));
        assert_eq!(one.bundle_name(), loaded.bundle());
        assert_eq!(one.count("a  word or\ttwo ").unwrap(), 4);
        assert_eq!(one.count("").unwrap(), 0);
        assert_eq!(other.count("ouch").unwrap(), 1);
        assert_eq!((one.total().unwrap(), other.total().unwrap()), (4, 1));
        assert_eq!(one.percent(1).unwrap(), 25.0);
        assert_eq!(one.shout("größer").unwrap(), "GRößER!");
        let long = "x".repeat(1 << 20);
        assert_eq!(one.shout(&long).unwrap().len(), long.len() + 1);
    }
}

#[test]
fn errors_are_those_of_the_methods_and_those_of_the_plugin() {
    for language in Language::ALL {
        let loaded = Loaded::new(language);
        let mut tally = loaded.tally("ouch");
        match tally.count("that hurts ouch") {
            Err(CallError::Method(message)) => assert_eq!(message, "that word is forbidden"),
            other => panic!("{other:?}"),
        }
        assert_eq!(tally.total().unwrap(), 0);
        match (language, tally.percent(1)) {
            (Language::C, Err(CallError::Plugin(failure))) => {
                assert_eq!((failure.message(), failure.kind()), ("nothing was counted", 7));
            }
            (Language::Cpp, Err(CallError::Panicked(failure))) => {
                assert_eq!(failure.message(), "nothing was counted");
            }
            (_, other) => panic!("{other:?}"),
        }
        match loaded.runtime.get_with::<dyn Tally>("two words") {
            Err(error @ LookupError::Create { .. }) => {
                assert!(full_text(&error).contains("the config is one word"), "{error:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn exceptions_become_errors() {
    let loaded = Loaded::new(Language::Cpp);
    let tally = loaded.tally("");
    match tally.shout("") {
        Err(CallError::Panicked(failure)) => {
            assert_eq!(failure.message(), "an exception that is no std::exception");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(tally.shout("on").unwrap(), "ON!");
}

/// Finds no word twice.
struct Twofold;

impl Dictionary for Twofold {
    fn similar(&self, word: &str) -> Vec<String> {
        assert!(!word.is_empty(), "no word");
        vec![word.to_owned(), format!("{word}{word}")]
    }

    fn learn(&self, words: Vec<String>) -> Result<u16, String> {
        u16::try_from(words.len()).map_err(|error| error.to_string())
    }
}

#[test]
fn services_of_the_host_are_called() {
    for language in Language::ALL {
        let loaded = Loaded::new(language);
        let tally = loaded.tally("");
        assert!(tally.similar("so").is_err(), "there is no dictionary yet");
        let service = loaded.runtime.provide::<dyn Dictionary>(Arc::new(Twofold)).unwrap();
        assert_eq!(tally.similar("so").unwrap(), ["so", "soso"]);
        match tally.similar("") {
            Err(CallError::Panicked(failure)) => assert_eq!(failure.message(), "no word"),
            other => panic!("{other:?}"),
        }
        service.withdraw();
        assert!(tally.similar("so").is_err(), "the dictionary was withdrawn");
        let outcome = loaded.runtime.unload(loaded.bundle()).unwrap();
        assert_eq!(outcome, Unloaded::Reclaimed, "{language:?}");
    }
}

#[test]
fn a_reload_runs_the_new_code_and_an_unload_takes_it_away() {
    for language in Language::ALL {
        let loaded = Loaded::new(language);
        let mut tally = loaded.tally("ouch");
        assert_eq!(tally.count("one two").unwrap(), 2);
        loaded.build("?");
        loaded.runtime.reload(loaded.bundle()).unwrap();
        match language {
            // It saves what it has, and makes an instance from that.
            Language::C => assert_eq!(tally.total().unwrap(), 2),
            Language::Cpp => {
                assert!(matches!(tally.total(), Err(CallError::StateLost(_))));
                tally.renew().unwrap();
                assert_eq!(tally.total().unwrap(), 0);
            }
        }
        assert!(matches!(tally.count("ouch"), Err(CallError::Method(_))), "{language:?}");
        assert_eq!(tally.shout("new").unwrap(), "NEW?");
        let outcome = loaded.runtime.unload(loaded.bundle()).unwrap();
        assert_eq!(outcome, Unloaded::Reclaimed, "{language:?}");
        assert!(matches!(tally.total(), Err(CallError::Unloaded(_))));
    }
}

/// An error with all its sources.
fn full_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
