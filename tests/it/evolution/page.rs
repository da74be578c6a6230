//! The tables of `docs/evolution.md`.

use std::fs;
use std::path::Path;

/// Rows of cells, the first of which is the head.
pub(super) type Table = Vec<Vec<String>>;

/// That the first table below `heading` is `found`.
#[track_caller]
pub(super) fn says(heading: &str, found: &Table) {
    let said = below(heading);
    assert!(
        said == *found,
        "docs/evolution.md says otherwise below `{heading}`; what was found is\n\n{}",
        printed(found)
    );
}

/// The first block of text below `heading`, without its fences.
pub(super) fn block_below(heading: &str) -> String {
    let text = page();
    let rest = section(&text, heading);
    let block = rest.split_once("```text\n").expect("a block").1;
    block.split_once("```").unwrap().0.to_owned()
}

fn below(heading: &str) -> Table {
    let text = page();
    let lines = section(&text, heading).lines();
    let lines =
        lines.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    lines.filter(|line| !line.starts_with("| ---")).map(cells).collect()
}

fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let found = text.split_once(&format!("# {heading}\n"));
    found.unwrap_or_else(|| panic!("there is no `{heading}`")).1
}

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/evolution.md");
    fs::read_to_string(page).unwrap()
}

fn printed(table: &Table) -> String {
    let row = |cells: &Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|{}\n", " --- |".repeat(table[0].len()));
    row(&table[0]) + &rule + &table[1..].iter().map(row).collect::<String>()
}
