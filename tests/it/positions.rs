//! Where each type may stand, for each language: the table of `docs/types.md`.
//!
//! That values of the types come back as they were is shown by the tests of `crossing`,
//! `lending`, `closures` and `passing`.

mod contracts;
mod languages;

use std::path::Path;
use std::{env, fs};

use polyplug_runtime::Schema;

use self::contracts::{Argument, Inside, Outcome, Parameter, REFUSED, TYPES, WAYS};
use self::languages::{in_c, in_lua, in_rust};

/// What stands where Rust has refused, so that there is no contract to have a guest for.
const NO_CONTRACT: &str = "the contract does not compile";

/// A position, and the contract that has a method for each type that may stand there.
struct Position {
    name: &'static str,
    schema: Schema,
    lua: Vec<String>,
}

impl Position {
    fn all() -> [Self; 4] {
        [
            Self {
                name: "argument",
                schema: Schema::of::<dyn Argument>().unwrap(),
                lua: in_lua::<dyn Argument>(),
            },
            Self {
                name: "result",
                schema: Schema::of::<dyn Outcome>().unwrap(),
                lua: in_lua::<dyn Outcome>(),
            },
            Self {
                name: "inside other values",
                schema: Schema::of::<dyn Inside>().unwrap(),
                lua: in_lua::<dyn Inside>(),
            },
            Self {
                name: "parameter of a closure",
                schema: Schema::of::<dyn Parameter>().unwrap(),
                lua: in_lua::<dyn Parameter>(),
            },
        ]
    }

    /// What the languages say to the type whose methods have this name.
    fn cells(&self, method: &str, ty: &str) -> [String; 3] {
        let json = self.schema.to_json();
        let refused =
            REFUSED.iter().find(|(position, name, _)| *position == self.name && *name == method);
        if let Some((_, _, case)) = refused {
            assert!(!json.contains(&format!("\"name\": \"{method}\"")), "{method} is not refused");
            return [in_rust(case), NO_CONTRACT.to_owned(), NO_CONTRACT.to_owned()];
        }
        let of_lua = self.lua.iter().find(|wrong| wrong.contains(&format!("`{method}`")));
        let lua = of_lua.map_or("yes".to_owned(), |wrong| said_of(wrong, method, ty));
        let c =
            in_c(&json, method).map_or_else(|wrong| said_of(&wrong, method, ty), |()| "yes".into());
        ["yes".to_owned(), c, lua]
    }
}

/// A refusal, as if the method were named `m` and the type `T`.
fn said_of(refusal: &str, method: &str, ty: &str) -> String {
    let refusal = refusal.replace(&format!("`{method}`"), "`m`");
    let refusal = refusal.replace("proxy of test.word@1", "WordProxy");
    refusal.replace(&format!("`{ty}`"), "`T`").replace(&format!("Fn({ty})"), "Fn(T)")
}

/// Types that are alike in all positions and languages share their rows.
fn table() -> String {
    let positions = Position::all();
    let mut rows: Vec<(String, Vec<[String; 3]>)> = Vec::new();
    for (method, ty) in TYPES.iter().chain(WAYS) {
        let cells: Vec<_> = positions.iter().map(|it| it.cells(method, ty)).collect();
        match rows.iter_mut().find(|(_, others)| *others == cells) {
            Some((types, _)) => *types += &format!(", `{ty}`"),
            None => rows.push((format!("`{ty}`"), cells)),
        }
    }
    let mut text = format!("| type | position | Rust | C | Lua |\n|{}\n", " --- |".repeat(5));
    for (types, cells) in &rows {
        for (position, [rust, c, lua]) in positions.iter().zip(cells) {
            // Said once, for they are many.
            let types = if position.name == positions[0].name { types } else { "" };
            text += &format!("| {types} | {} | {rust} | {c} | {lua} |\n", position.name);
        }
    }
    text
}

#[test]
fn the_page_says_what_may_stand_where() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/types.md");
    let text = fs::read_to_string(&page).unwrap();
    let start = text.find("| type |").expect("a table");
    let length = text[start..].find("\n\n").map_or(text.len() - start, |end| end + 1);
    let (found, expected) = (&text[start..start + length], table());
    if env::var_os("POLYPLUG_WRITE").is_some() {
        fs::write(&page, text.replacen(found, &expected, 1)).unwrap();
        return;
    }
    let pairs = found.lines().zip(expected.lines());
    for (said, is) in pairs {
        assert_eq!(said, is, "docs/types.md is not what the code says; POLYPLUG_WRITE=1 writes it");
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

/// So each of them is sent to guests in all languages, and comes back.
#[test]
fn values_of_the_page_are_those_of_the_property_tests() {
    let sent = contracts::sent().iter().map(|ty| ty.replace(' ', "")).collect::<Vec<_>>();
    for (_, ty) in TYPES {
        let ty = ty.replace(' ', "");
        assert!(sent.iter().any(|sent| sent.contains(&ty)), "`{ty}` is not sent");
    }
}
