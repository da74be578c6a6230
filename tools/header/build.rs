//! Asks the compiler for the layouts and numbers that the header states.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/abi/source.rs"]
#[allow(dead_code, reason = "shared with the generator, which reads more of it")]
mod source;

use source::{Record, Source};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/abi/source.rs");
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../polyplug-guest/src");
    let mut source = Source::default();
    let mut code = String::from("pub(crate) const SOURCES: &[&str] = &[\n");
    for file in files(&guest) {
        println!("cargo::rerun-if-changed={}", file.display());
        source.read(&fs::read_to_string(&file).unwrap()).unwrap();
        writeln!(code, "    include_str!({file:?}),").unwrap();
    }
    println!("cargo::rerun-if-changed={}", guest.join("abi").display());
    code.push_str("];\n\n#[allow(clippy::unnecessary_cast, reason = \"of some, not of all\")]\n");
    code.push_str("pub(crate) const NUMBERS: &[(&str, u64)] = &[\n");
    for constant in &source.constants {
        let path = &constant.path;
        let value = path_of(path) + if constant.is_flags { ".bits()" } else { "" };
        writeln!(code, "    ({path:?}, {value} as u64),").unwrap();
    }
    code.push_str("];\n\npub(crate) const LAYOUTS: &[Layout] = &[\n");
    for record in &source.records {
        code.push_str(&layout(record));
    }
    code.push_str("];\n");
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("layouts.rs");
    fs::write(target, code).unwrap();
}

/// The files of the interface, in the order in which the header presents them.
fn files(guest: &Path) -> Vec<PathBuf> {
    let mut files = vec![guest.join("abi.rs"), guest.join("identity.rs")];
    let mut tables: Vec<_> =
        fs::read_dir(guest.join("abi")).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    tables.extend(["kind.rs", "types.rs"].map(|file| guest.join("abi/schema").join(file)));
    tables.sort();
    files.extend(tables);
    files.push(guest.join("convert/result.rs"));
    files
}

/// An expression for the layout of `record`, with numbers for its parameters.
fn layout(record: &Record) -> String {
    let parameters = vec!["u64"; record.parameters.len()].join(", ");
    let ty = match &*record.name {
        // These are reached through the types that cross as them.
        "RawPluginError" => "<polyplug_guest::PluginError as polyplug_guest::private::Value>::Abi",
        "RawResult" | "RawSide" => return String::new(),
        name => &format!("{}::<{parameters}>", path_of(name)),
    };
    let mut code = format!(
        "    Layout {{ name: {:?}, size: size_of::<{ty}>(), is_whole: {}, fields: &[",
        record.name, record.is_whole
    );
    for field in &record.fields {
        let name = &field.name;
        write!(code, "({name:?}, std::mem::offset_of!({ty}, {name})), ").unwrap();
    }
    code + "] },\n"
}

fn path_of(item: &str) -> String {
    let module = match item {
        "MAX_NAME_LEN" | "ContractVersion" => "identity",
        _ => "abi",
    };
    format!("polyplug_guest::{module}::{item}")
}
