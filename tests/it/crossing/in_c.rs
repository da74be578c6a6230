//! The plugin in C, built with headers that are written from the contracts.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use fixture_crossing::{Crossing, Lending};
use polyplug_header::contract_header;
use polyplug_runtime::Schema;
use tempfile::TempDir;

use crate::c::compiler::Language;

/// Its library, which is built once in a process.
pub(super) fn library() -> PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(build).clone()
}

fn build() -> PathBuf {
    let folder = TempDir::new().unwrap();
    let crossing = contract_header(&Schema::of::<dyn Crossing>().unwrap().to_json()).unwrap();
    let lending = contract_header(&Schema::of::<dyn Lending>().unwrap().to_json()).unwrap();
    fs::write(folder.path().join("echoes.h"), echoes(&crossing)).unwrap();
    fs::write(folder.path().join("test_crossing.h"), crossing).unwrap();
    fs::write(folder.path().join("test_lending.h"), lending).unwrap();
    // The folder goes, and nobody deletes what outlives all tests: so one place for all.
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("crossing_c.so");
    let built = folder.path().join("crossing.so");
    Language::C.builds("crossing", folder.path(), &built);
    let own = target.with_extension(std::process::id().to_string());
    fs::copy(built, &own).unwrap();
    fs::rename(own, &target).unwrap();
    target
}

/// A line for each function in the contract's table.
fn echoes(header: &str) -> String {
    let (_, table) = header.split_once("typedef struct TestCrossing {").unwrap();
    let (table, _) = table.split_once("} TestCrossing;").unwrap();
    let code: Vec<_> = table.lines().filter(|line| !line.trim().starts_with("//")).collect();
    let mut lines = String::new();
    for function in code.join(" ").split(';').map(str::trim).filter(|it| !it.is_empty()) {
        let (returns, function) = function.split_once(" (*").unwrap();
        let (method, arguments) = function.split_once(")(").unwrap();
        let ty = arguments.split(',').nth(1).unwrap().trim().strip_suffix(" value").unwrap();
        let take = format!("polyplug_take_{}", ty.strip_prefix("Polyplug").unwrap_or(ty));
        // Callers take over what owns something.
        let owns = header.contains(&format!("{take}(&returned.value)"));
        let take = if owns { &*take } else { "LEAVE" };
        lines += &format!("ECHO({method}, {ty}, {returns}, {take})\n");
    }
    lines
}
