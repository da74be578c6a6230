//! The guide shows the plugin that the tests load.

use std::fs;

use crate::c::compiler::{fixture, repository};

#[test]
fn the_code_of_the_guide_is_that_of_the_plugins() {
    let guide = fs::read_to_string(repository().join("docs/c.md")).unwrap();
    let read = |name| fs::read_to_string(fixture(name)).unwrap();
    let c = ["tally.c", "speller.c", "crossing.c"].map(read).concat();
    let (cpp, contract) = (read("tally.cpp"), read("src/lib.rs"));
    let mut blocks = 0;
    for block in guide.split("\n```").skip(1).step_by(2) {
        let (language, code) = block.split_once('\n').unwrap();
        let source = match language {
            "c" => &c,
            "cpp" => &cpp,
            "rust" => &contract,
            _ => continue,
        };
        blocks += 1;
        assert!(source.contains(code), "not in the source:\n{code}");
    }
    assert!(blocks >= 9, "the guide shows only {blocks} pieces of code");
}
