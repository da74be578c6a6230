//! The headers are the ones that the generator writes, and compile.

use std::path::Path;
use std::{env, fs};

use fixture_c::{Dictionary, Tally};
use polyplug_header::{ContractHeaderError, abi_header, contract_header};
use polyplug_runtime::Schema;
use tempfile::TempDir;

use crate::c::compiler::{Language, fixture, repository};

#[test]
fn the_header_of_the_interface_is_that_of_its_source() {
    is_as_written(&repository().join("include/polyplug.h"), &abi_header());
}

#[test]
fn the_headers_of_the_contracts_are_those_of_their_schemas() {
    let header = |schema: Schema| contract_header(&schema.to_json()).unwrap();
    is_as_written(&fixture("text_tally.h"), &header(Schema::of::<dyn Tally>().unwrap()));
    is_as_written(&fixture("text_dictionary.h"), &header(Schema::of::<dyn Dictionary>().unwrap()));
}

#[test]
fn headers_of_contracts_compile_in_both_languages_and_beside_each_other() {
    let folder = TempDir::new().unwrap();
    let mut code = String::new();
    for schema in [
        Schema::of::<dyn Tally>().unwrap(),
        Schema::of::<dyn fixture_types::Scalars>().unwrap(),
        Schema::of::<dyn fixture_types::Slices>().unwrap(),
        Schema::of::<dyn fixture_types::Vectors>().unwrap(),
        Schema::of::<dyn fixture_types::Outcomes>().unwrap(),
        Schema::of::<dyn fixture_life_contract::Worker>().unwrap(),
        Schema::of::<dyn fixture_c::Speller>().unwrap(),
        Schema::of::<dyn fixture_crossing::Crossing>().unwrap(),
        Schema::of::<dyn fixture_crossing::Lending>().unwrap(),
        Schema::of::<dyn fixture_passing::Passing>().unwrap(),
    ] {
        let name = format!("header_{}.h", code.lines().count());
        fs::write(folder.path().join(&name), contract_header(&schema.to_json()).unwrap()).unwrap();
        code += &format!("#include \"{name}\"\n");
    }
    code +=
        "int main(void) { return text_tally_interface(NULL).size != TEXT_TALLY_MAJOR * 136; }\n";
    for language in Language::ALL {
        language.checks(folder.path(), &code);
    }
}

#[test]
fn what_c_has_no_form_for_is_named() {
    let schema = Schema::of::<dyn Tally>().unwrap().to_json();
    let of_later_form = schema.replacen("\"format\": 1", "\"format\": 2", 1);
    let error = contract_header(&of_later_form).unwrap_err();
    assert!(matches!(error, ContractHeaderError::Form { found: 2 }), "{error}");
    let with_unknown_type = schema.replace("\"kind\": \"u64\"", "\"kind\": \"u512\"");
    assert_eq!(
        contract_header(&with_unknown_type).unwrap_err().to_string(),
        "the result of method `total` has the type `u64`, of which C knows nothing; \
         take another type"
    );
    assert!(matches!(contract_header("{"), Err(ContractHeaderError::Json(_))));
}

/// Compares a header with what the generator writes; `POLYPLUG_WRITE=1` puts that in
/// its place.
fn is_as_written(file: &Path, written: &str) {
    if env::var_os("POLYPLUG_WRITE").is_some() {
        fs::write(file, written).unwrap();
    }
    let found = fs::read_to_string(file).unwrap_or_default();
    assert!(
        found == written,
        "{} is not what its source says; run `.ci/header --write`",
        file.display()
    );
}
