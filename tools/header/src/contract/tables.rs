//! The schema of a contract as constant tables.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Names, version};
use crate::schema::{Contract, Method, Type};

/// The longest text that C takes as a literal, leaving room for what it is put
/// together with.
const MAX_LITERAL: usize = 4000;

/// The tables of `contract`, from its types to its schema.
pub(super) fn schema(contract: &Contract, names: &Names) -> String {
    let Names { constant, function, .. } = names;
    let mut tables = Tables { prefix: function, text: String::new(), types: HashMap::new() };
    tables.text.push_str("\n/* The contract, described as data. */\n\n");
    let mut methods = Vec::new();
    for (number, method) in contract.methods.iter().enumerate() {
        methods.push(tables.method(number, method));
    }
    let Tables { mut text, .. } = tables;
    let list = list(&methods, "PolyplugMethodSchema", &format!("{function}_methods"), &mut text);
    let (major, minor) = version(&contract.version);
    let _ = writeln!(
        text,
        "static const PolyplugContractSchema {function}_schema = {{\n    \
         sizeof(PolyplugContractSchema),\n    {},\n    {{{major}, {minor}}},\n    {},\n    {list},\n    \
         {constant}_FINGERPRINT,\n}};\n",
        text_of(&contract.name),
        docs(&contract.docs),
    );
    let _ = writeln!(text, "static const uint64_t {function}_method_fingerprints[] = {{");
    for method in &contract.methods {
        let _ = writeln!(text, "    UINT64_C(0x{}),", method.fingerprint);
    }
    text.push_str("};\n");
    text
}

struct Tables<'a> {
    prefix: &'a str,
    text: String,
    /// The names of the tables of types, by fingerprint.
    types: HashMap<String, String>,
}

impl Tables<'_> {
    fn method(&mut self, number: usize, method: &Method) -> String {
        let name = format!("{}_method_{number}", self.prefix);
        let mut arguments = Vec::new();
        for (i, argument) in method.arguments.iter().enumerate() {
            let ty = self.ty(&argument.ty);
            let name = format!("{name}_argument_{i}");
            let _ = writeln!(
                self.text,
                "static const PolyplugArgumentSchema {name} = {{\n    \
                 sizeof(PolyplugArgumentSchema),\n    {},\n    &{ty},\n    UINT64_C(0x{}),\n}};",
                text_of(&argument.name),
                argument.ty.fingerprint,
            );
            arguments.push(name);
        }
        let result = self.ty(&method.result);
        let table = format!("{name}_arguments");
        let arguments = list(&arguments, "PolyplugArgumentSchema", &table, &mut self.text);
        let (major, minor) = version(&method.since);
        let receiver = method.receiver.to_uppercase();
        let _ = writeln!(
            self.text,
            "static const PolyplugMethodSchema {name} = {{\n    sizeof(PolyplugMethodSchema),\n    \
             {},\n    {},\n    {arguments},\n    &{result},\n    UINT64_C(0x{}),\n    \
             {{{major}, {minor}}},\n    POLYPLUG_RECEIVER_{receiver},\n    {},\n}};\n",
            text_of(&method.name),
            docs(&method.docs),
            method.fingerprint,
            u8::from(method.default),
        );
        name
    }

    /// The table of a type, which is written once.
    fn ty(&mut self, ty: &Type) -> String {
        if let Some(name) = self.types.get(&ty.fingerprint) {
            return name.clone();
        }
        let parameters: Vec<_> = ty.parameters.iter().map(|part| self.ty(part)).collect();
        let name = format!("{}_type_{}", self.prefix, self.types.len());
        let table = format!("{name}_parameters");
        let parameters = list(&parameters, "PolyplugTypeSchema", &table, &mut self.text);
        let _ = writeln!(
            self.text,
            "// {}\nstatic const PolyplugTypeSchema {name} = {{\n    sizeof(PolyplugTypeSchema),\n    \
             POLYPLUG_TYPE_KIND_{},\n    {},\n    {parameters},\n    UINT64_C(0x{}),\n    \
             {},\n    {},\n}};",
            ty.rust,
            ty.kind.to_uppercase(),
            ty.count,
            ty.fingerprint,
            text_of(&ty.name),
            text_of(&ty.names.join(",")),
        );
        self.types.insert(ty.fingerprint.clone(), name.clone());
        name
    }
}

/// A list of pointers to `items`, for which an array is written unless there are none.
fn list(items: &[String], ty: &str, array: &str, text: &mut String) -> String {
    if items.is_empty() {
        return "{NULL, 0}".to_owned();
    }
    let pointers: Vec<_> = items.iter().map(|item| format!("&{item}")).collect();
    let _ = writeln!(text, "static const {ty} *const {array}[] = {{{}}};", pointers.join(", "));
    format!("{{{array}, {}}}", items.len())
}

/// Docs as text, of which a long one is cut to its first line.
fn docs(docs: &str) -> String {
    let is_short = docs.len() <= MAX_LITERAL;
    text_of(if is_short { docs } else { docs.lines().next().unwrap_or_default() })
}

fn text_of(text: &str) -> String {
    let mut literal = String::new();
    for letter in text.chars() {
        match letter {
            '\n' => literal.push_str("\\n"),
            // A question mark may begin a trigraph.
            '"' | '\\' | '?' => literal.extend(['\\', letter]),
            letter if letter.is_control() => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(literal, "\\{byte:03o}");
                }
            }
            letter => literal.push(letter),
        }
    }
    format!("POLYPLUG_STR(\"{literal}\")")
}
