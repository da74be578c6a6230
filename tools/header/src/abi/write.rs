//! The tables as text.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::order::{Defined, records};
use super::source::{Source, Variant};
use super::types::{CType, Names, c_constant, c_field, c_name, number, screaming};
use super::{LAYOUTS, NUMBERS};

/// What contracts need of generic records, beside what the tables mention.
fn wanted() -> Vec<CType> {
    let of = |record: &str, ty: CType| CType::Instance(record.to_owned(), Box::new(ty));
    let named = |rust: &str| CType::Named(number(rust).map_or_else(|| c_name(rust), str::to_owned));
    let mut wanted = Vec::new();
    for ty in ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64"] {
        wanted.extend(
            ["RawSlice", "RawSliceMut", "RawVec", "RawOwned"].map(|record| of(record, named(ty))),
        );
        wanted.push(of("Returned", of("RawVec", named(ty))));
    }
    for ty in ["u32", "u64", "i32", "i64", "f32", "f64", "RawPluginError"] {
        wanted.push(of("Returned", named(ty)));
    }
    wanted
}

/// All that stands between the head and the tail of the header.
pub(crate) fn tables(source: &Source) -> String {
    let defined = records(source, &wanted());
    let docs = Docs::new(source);
    let mut text = String::new();
    numbers(&mut text, source, &docs);
    enumerations(&mut text, source, &docs);
    text.push_str("\n/* The tables, each defined below. */\n\n");
    for Defined { record, name, .. } in &defined {
        let kind = kind(record.is_union);
        let _ = writeln!(text, "typedef {kind} {name} {name};");
    }
    for function in &source.functions {
        text.push('\n');
        docs.write(&mut text, "", &function.docs);
        let ty = CType::of(&function.ty, &Names::new());
        declaration(&mut text, "", &format!("typedef {}", ty.declare(&c_name(&function.name))));
    }
    let mut documented = HashSet::new();
    for record in &defined {
        // Of the records that are made of a generic one, the first is described.
        let is_first = documented.insert(&record.record.name);
        self::record(&mut text, record, is_first.then_some(&docs));
    }
    text.push_str(
        "\n/* What is asserted of them: the layouts that the host was built with. */\n\n",
    );
    text.push_str("#if UINTPTR_MAX == UINT64_MAX\n");
    for record in &defined {
        assertions(&mut text, record);
    }
    text.push_str("#endif\n");
    text
}

/// [`tables`] of the interface as it is.
#[cfg(test)]
pub(crate) fn tables_of_interface() -> String {
    let mut source = Source::default();
    super::SOURCES.iter().for_each(|file| source.read(file).unwrap());
    tables(&source)
}

fn numbers(text: &mut String, source: &Source, docs: &Docs) {
    for constant in &source.constants {
        let Some((_, value)) = NUMBERS.iter().find(|(path, _)| *path == constant.path) else {
            continue;
        };
        text.push('\n');
        docs.write(text, "", &constant.docs);
        let name = c_constant(&constant.path);
        let _ = match u32::try_from(*value) {
            Ok(value) => writeln!(text, "#define {name} {value}u"),
            Err(_) => writeln!(text, "#define {name} UINT64_C({value:#018x})"),
        };
    }
}

fn enumerations(text: &mut String, source: &Source, docs: &Docs) {
    for enumeration in &source.enumerations {
        text.push('\n');
        docs.write(text, "", &enumeration.docs);
        let _ = writeln!(text, "enum {} {{", c_name(&enumeration.name));
        for Variant { name, docs: lines, number } in &enumeration.variants {
            docs.write(text, "    ", lines);
            let name = c_constant(&format!("{}::{}", enumeration.name, screaming(name)));
            let _ = writeln!(text, "    {name} = {number},");
        }
        text.push_str("};\n");
    }
}

fn record(text: &mut String, Defined { record, name, fields }: &Defined<'_>, docs: Option<&Docs>) {
    let docs = |text: &mut String, indent: &str, lines: &[String]| {
        if let Some(docs) = docs {
            docs.write(text, indent, lines);
        }
    };
    text.push('\n');
    docs(text, "", &record.docs);
    let _ = writeln!(text, "{} {name} {{", kind(record.is_union));
    for (i, (field, (name, ty))) in record.fields.iter().zip(fields).enumerate() {
        docs(text, "    ", &field.docs);
        let align = record.align.filter(|_| i == 0);
        let align = align.map_or(String::new(), |it| format!("POLYPLUG_ALIGN({it}) "));
        declaration(text, "    ", &format!("{align}{}", ty.declare(name)));
    }
    if !record.is_whole {
        text.push_str("    /* What follows belongs to whoever made it. */\n");
    }
    text.push_str("};\n");
}

/// A declaration, of which a long one has a line for each argument.
pub(crate) fn declaration(text: &mut String, indent: &str, declaration: &str) {
    let broken = format!(",\n{indent}    ");
    let is_long = indent.len() + declaration.len() > 96;
    let declaration =
        if is_long { declaration.replace(", ", &broken) } else { declaration.to_owned() };
    let _ = writeln!(text, "{indent}{declaration};");
}

fn assertions(text: &mut String, Defined { record, name, .. }: &Defined<'_>) {
    // Of a generic record the compiler was asked about the one for `u64`.
    let is_asked = record.parameters.is_empty() || *name == c_name(&record.name) + "_u64";
    let Some(layout) = LAYOUTS.iter().find(|it| is_asked && it.name == record.name) else {
        return;
    };
    if layout.is_whole {
        let _ = writeln!(text, "POLYPLUG_ASSERT(sizeof({name}) == {});", layout.size);
    }
    for (field, offset) in layout.fields {
        let field = c_field(field);
        let _ = writeln!(text, "POLYPLUG_ASSERT(offsetof({name}, {field}) == {offset});");
    }
}

fn kind(is_union: bool) -> &'static str {
    if is_union { "union" } else { "struct" }
}

/// Doc comments, with the names of Rust replaced by those of C.
struct Docs {
    types: HashSet<String>,
}

impl Docs {
    fn new(source: &Source) -> Self {
        let records = source.records.iter().map(|it| &it.name);
        let functions = source.functions.iter().map(|it| &it.name);
        let enumerations = source.enumerations.iter().map(|it| &it.name);
        Self { types: records.chain(functions).chain(enumerations).cloned().collect() }
    }

    fn write(&self, text: &mut String, indent: &str, lines: &[String]) {
        for line in self.translated(&lines.join("\n")).lines() {
            let space = if line.is_empty() { "" } else { " " };
            let _ = writeln!(text, "{indent}//{space}{line}");
        }
    }

    /// `` [`Name`](path) `` as `` `Name` ``, and names as C has them.
    fn translated(&self, text: &str) -> String {
        let mut parts = text.split('`');
        let mut translated = parts.next().unwrap_or_default().to_owned();
        while let Some(code) = parts.next() {
            let is_link = translated.ends_with('[');
            if is_link {
                translated.pop();
            }
            let _ = write!(translated, "`{}`", self.name(code));
            let mut after = parts.next().unwrap_or_default();
            if is_link {
                after = after.strip_prefix(']').unwrap_or(after);
                if let Some((_, rest)) = after.strip_prefix('(').and_then(|it| it.split_once(')')) {
                    after = rest;
                }
            }
            translated.push_str(after);
        }
        translated
    }

    fn name(&self, code: &str) -> String {
        let (owner, member) = code.split_once("::").unwrap_or((code, ""));
        if NUMBERS.iter().any(|(path, _)| *path == code) {
            return c_constant(code);
        }
        if !self.types.contains(owner) {
            return code.to_owned();
        }
        match member.chars().next() {
            None => c_name(owner),
            Some(first) if first.is_uppercase() => {
                c_constant(&format!("{owner}::{}", screaming(member)))
            }
            Some(_) => format!("{}.{}", c_name(owner), c_field(member)),
        }
    }
}
