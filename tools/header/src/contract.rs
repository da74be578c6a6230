//! The typed header of one contract.

mod client;
mod tables;
mod types;

use std::fmt::Write as _;

use crate::abi::{c_field, declaration, screaming};
use crate::schema::{Contract, FORMAT, Form, Method};
use types::Types;

/// Why there is no header for a contract.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContractHeaderError {
    /// The schema is not written as it should be.
    #[error("the schema cannot be read; give the JSON that `Schema::to_json` wrote")]
    Json(#[from] serde_json::Error),
    /// The schema is written in another form.
    #[error("the schema has form {found}; give one of form {FORMAT}")]
    Form {
        /// The version of the form that it has.
        found: u32,
    },
    /// A type has no form in C that is known here.
    #[error("{place} has the type `{rust}`, of which C knows nothing; take another type")]
    Type {
        /// Where the type stands.
        place: String,
        /// How Rust writes it.
        rust: String,
    },
    /// The contract has no methods, and C no empty structs.
    #[error("contract `{name}` has no methods, so C has no table for it; add one")]
    Empty {
        /// The contract.
        name: String,
    },
}

/// The header of the contract that `schema`, as JSON, describes.
///
/// # Errors
///
/// [`ContractHeaderError`] says what C has no form for.
pub fn contract_header(schema: &str) -> Result<String, ContractHeaderError> {
    let Form { format: found } = serde_json::from_str(schema)?;
    if found != FORMAT {
        return Err(ContractHeaderError::Form { found });
    }
    let contract: Contract = serde_json::from_str(schema)?;
    if contract.methods.is_empty() {
        return Err(ContractHeaderError::Empty { name: contract.name });
    }
    let names = Names::new(&contract);
    let mut types = Types::new(&names);
    let table = function_table(&contract, &names, &mut types)?;
    let adapters = client::adapters(&contract, &names, &mut types)?;
    let client = client::client(&contract, &names, &mut types)?;
    let mut text = head(&contract, &names);
    text.push_str(&types.definitions());
    text.push_str(&table);
    text.push_str(&tables::schema(&contract, &names));
    text.push_str(&adapters);
    text.push_str(&interface(&names));
    text.push_str(&client);
    let _ = write!(text, "\n#ifdef __cplusplus\n}}\n#endif\n\n#endif /* {}_H */\n", names.constant);
    Ok(text)
}

/// What the names in one header begin with.
struct Names {
    /// Of types: `TextTally`.
    ty: String,
    /// Of constants: `TEXT_TALLY`.
    constant: String,
    /// Of functions and tables: `text_tally`.
    function: String,
}

impl Names {
    /// The names of a contract. Another major version than the first has its number in
    /// them, so that one library can have several.
    fn new(contract: &Contract) -> Self {
        let mut ty = String::new();
        for part in contract.name.split(['.', '-', '_']) {
            let mut letters = part.chars();
            ty.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
            ty.push_str(letters.as_str());
        }
        let mut function = contract.name.replace(['.', '-'], "_");
        let suffix = match version(&contract.version) {
            ("1", _) => String::new(),
            ("0", minor) => format!("0_{minor}"),
            (major, _) => major.to_owned(),
        };
        ty.push_str(&suffix);
        function.push_str(&suffix);
        Self { ty, constant: function.to_uppercase(), function }
    }
}

/// Major and minor of `1.2`.
fn version(text: &str) -> (&str, &str) {
    text.split_once('.').unwrap_or((text, "0"))
}

fn head(contract: &Contract, names: &Names) -> String {
    let Contract { name, version: full, id, fingerprint, .. } = contract;
    let (major, minor) = version(full);
    let Names { constant, .. } = names;
    let mut text = format!(
        "/*\n * {name}@{full}, written by polyplug-header from its schema; do not edit.\n */\n\
         #ifndef {constant}_H\n#define {constant}_H\n\n#include \"polyplug.h\"\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n\
         #define {constant}_ID UINT64_C(0x{id})\n\
         #define {constant}_FINGERPRINT UINT64_C(0x{fingerprint})\n\
         #define {constant}_MAJOR {major}\n#define {constant}_MINOR {minor}\n\
         // What the manifest of a provider states.\n\
         #define {constant}_PROVIDES \"\\\"{name}@{full}\\\"\"\n\
         // The fingerprints of the methods.\n"
    );
    for method in &contract.methods {
        let (name, fingerprint) = (screaming(&method.name), &method.fingerprint);
        let _ =
            writeln!(text, "#define {constant}_FINGERPRINT_OF_{name} UINT64_C(0x{fingerprint})");
    }
    text
}

/// The struct of typed functions, in the order of the methods.
fn function_table(
    contract: &Contract,
    names: &Names,
    types: &mut Types<'_>,
) -> Result<String, ContractHeaderError> {
    let mut text = String::from("\n");
    comment(&mut text, "", &contract.docs);
    let _ = writeln!(text, "typedef struct {} {{", names.ty);
    for method in &contract.methods {
        comment(&mut text, "    ", &method.docs);
        if !method.docs.is_empty() {
            text.push_str("    //\n");
        }
        comment(&mut text, "    ", &format!("    {}", method.signature));
        let (result, arguments) = function(method, types)?;
        let name = c_field(&method.name);
        declaration(&mut text, "    ", &format!("{result} (*{name})({})", arguments.join(", ")));
    }
    let _ = writeln!(text, "}} {};", names.ty);
    Ok(text)
}

/// What a method's function returns and takes.
fn function(
    method: &Method,
    types: &mut Types<'_>,
) -> Result<(String, Vec<String>), ContractHeaderError> {
    let mut arguments = vec!["void *instance".to_owned()];
    for argument in &method.arguments {
        let place = || format!("argument `{}` of method `{}`", argument.name, method.name);
        let ty = types.passed(&argument.ty, &place)?;
        let name = match &*argument.name {
            // These are the names of what each function takes.
            name @ ("instance" | "error") => format!("{name}_"),
            name => c_field(name),
        };
        arguments.push(format!("{ty} {name}"));
    }
    arguments.push("PolyplugErrorBuffer *error".to_owned());
    let place = || format!("the result of method `{}`", method.name);
    Ok((types.returned(&method.result, &place)?, arguments))
}

/// A function that fills in what a provider registers.
fn interface(names: &Names) -> String {
    let Names { ty, constant, function } = names;
    format!(
        "\n// What a provider of the contract registers. To be completed: `create_instance` and\n\
         // `destroy_instance` together, unless methods need no instance, and what is\n\
         // optional. `functions` must stay as long as the library.\n\
         static inline PolyplugGuestContractInterface {function}_interface(const {ty} *functions) {{\n    \
             PolyplugGuestContractInterface provider;\n    \
             memset(&provider, 0, sizeof(provider));\n    \
             provider.size = sizeof(provider);\n    \
             provider.contract_id = {constant}_ID;\n    \
             provider.fingerprint = {constant}_FINGERPRINT;\n    \
             provider.version = {function}_schema.version;\n    \
             provider.dispatch_kind = POLYPLUG_DISPATCH_KIND_NATIVE;\n    \
             provider.function_count = (uint32_t){function}_schema.methods.len;\n    \
             provider.method_fingerprints = {function}_method_fingerprints;\n    \
             provider.schema = &{function}_schema;\n    \
             provider.dispatch.native.functions = (const PolyplugFunction *)(const void *)functions;\n    \
             provider.uniform = {function}_uniform;\n    \
             return provider;\n\
         }}\n"
    )
}

fn comment(text: &mut String, indent: &str, lines: &str) {
    for line in lines.lines() {
        let space = if line.is_empty() { "" } else { " " };
        // A line that ends in a backslash would go on in the next.
        let end = if line.ends_with('\\') { " ." } else { "" };
        let _ = writeln!(text, "{indent}//{space}{line}{end}");
    }
}
