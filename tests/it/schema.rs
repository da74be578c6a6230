//! Schemas as people and as programs read them.

use std::fs;

use fixture_c::Tally;
use polyplug_guest::contract;
use polyplug_runtime::{
    BuildError, Contract, PluginError, RegistryError, Runtime, Schema, SchemaError,
};

use crate::support::{library, runtime};

#[test]
fn the_example_of_the_docs_is_what_is_written() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schema.md");
    let docs = fs::read_to_string(docs).unwrap();
    let schema = Schema::of::<dyn Tally>().unwrap();
    let block = |language: &str| {
        let (_, after) = docs.split_once(&format!("\n```{language}\n")).unwrap();
        after.split_once("```").unwrap().0.to_owned()
    };
    assert_eq!(block("json"), schema.to_json());
    assert_eq!(block("text"), schema.to_string());
}

#[test]
fn a_provider_describes_itself() {
    let runtime = runtime();
    runtime.load(library("fixture-sample")).unwrap();
    let id = <dyn fixture_contracts::Greeter as Contract>::ID;
    let handle = runtime.registry().find(id).unwrap();
    let schema = runtime.registry().schema(handle).unwrap();
    assert_eq!(schema, Schema::of::<dyn fixture_contracts::Greeter>().unwrap());
    runtime.unload("fixture-sample").unwrap();
    let gone = runtime.registry().schema(handle);
    assert_eq!(gone.unwrap_err(), RegistryError::StaleHandle { handle });
}

/// Has grown.
#[contract(name = "test.grown", version = "2.2")]
trait Grown {
    fn first(&self, values: Vec<Result<(), PluginError>>);

    #[since("2.1")]
    fn second(&mut self, buffer: &mut [u16]) -> u32 {
        buffer.len() as u32
    }
}

#[test]
fn versions_and_defaults_are_told() {
    assert_eq!(
        Schema::of::<dyn Grown>().unwrap().to_string(),
        "test.grown@2.2 {
    fn first(&self, values: Vec<Result<(), PluginError>>);
    // since 2.1
    fn second(&mut self, buffer: &mut [u16]) -> u32 { .. }
}
"
    );
}

#[contract(name = "test.vast", version = "1.0")]
trait Vast {
    fn vast(&self) -> [[u8; 1024]; 1025];
}

#[test]
fn a_contract_beyond_the_limits_is_refused_and_named() {
    let too_much = Schema::of::<dyn Vast>().unwrap_err();
    assert!(matches!(too_much, SchemaError::TooMuch { .. }), "{too_much}");
    let error = Runtime::builder().contract::<dyn Vast>().build().unwrap_err();
    let BuildError::Schema { contract, source } = error else { panic!("{error}") };
    assert_eq!((contract.as_str(), source), ("test.vast", too_much));
}
