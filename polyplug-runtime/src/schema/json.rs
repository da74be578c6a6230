//! The JSON form of a schema, described in `docs/schema.md`.

use polyplug_guest::abi::{Receiver, TypeKind};
use polyplug_guest::{ContractId, ContractVersion};
use serde::Serialize;

use super::{Method, Schema, Type};

/// The version of the form. Fields may be added without a new one.
const FORMAT: u32 = 1;

/// `schema` as JSON.
pub(super) fn write(schema: &Schema) -> String {
    match serde_json::to_string_pretty(&ContractForm::from(schema)) {
        Ok(text) => text + "\n",
        Err(error) => unreachable!("texts, numbers and lists can be written: {error}"),
    }
}

#[derive(Serialize)]
struct ContractForm<'a> {
    format: u32,
    name: &'a str,
    version: String,
    id: String,
    fingerprint: String,
    docs: &'a str,
    methods: Vec<MethodForm<'a>>,
}

#[derive(Serialize)]
struct MethodForm<'a> {
    name: &'a str,
    signature: String,
    docs: &'a str,
    since: String,
    receiver: &'static str,
    default: bool,
    arguments: Vec<ArgumentForm<'a>>,
    result: TypeForm,
    fingerprint: String,
}

#[derive(Serialize)]
struct ArgumentForm<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: TypeForm,
}

#[derive(Serialize)]
struct TypeForm {
    kind: String,
    rust: String,
    fingerprint: String,
    /// How many elements an array has.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// The name of a struct, an enum or a variant.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    /// The names of the parameters, where they have some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Self>,
}

impl<'a> From<&'a Schema> for ContractForm<'a> {
    fn from(schema: &'a Schema) -> Self {
        let Schema { name, version, docs, fingerprint, methods } = schema;
        Self {
            format: FORMAT,
            name,
            version: text_of_version(*version),
            id: ContractId::of_version(name, *version).to_string(),
            fingerprint: text_of_hash(*fingerprint),
            docs,
            methods: methods.iter().map(MethodForm::from).collect(),
        }
    }
}

impl<'a> From<&'a Method> for MethodForm<'a> {
    fn from(method: &'a Method) -> Self {
        let arguments = method.arguments.iter();
        Self {
            name: &method.name,
            signature: method.to_string(),
            docs: &method.docs,
            since: text_of_version(method.since),
            receiver: match method.receiver {
                Receiver::Shared => "shared",
                Receiver::Exclusive => "exclusive",
            },
            default: method.has_default,
            arguments: arguments.map(|(name, ty)| ArgumentForm { name, ty: ty.into() }).collect(),
            result: (&method.result).into(),
            fingerprint: text_of_hash(method.fingerprint),
        }
    }
}

impl From<&Type> for TypeForm {
    fn from(ty: &Type) -> Self {
        Self {
            kind: text_of_kind(ty.kind),
            rust: ty.to_string(),
            fingerprint: text_of_hash(ty.fingerprint),
            count: (ty.kind == TypeKind::Array).then_some(ty.details.count),
            name: ty.details.name.clone(),
            names: ty.details.names.clone(),
            parameters: ty.parameters.iter().map(Self::from).collect(),
        }
    }
}

/// JSON has no integers of 64 bits.
fn text_of_hash(hash: u64) -> String {
    format!("{hash:016x}")
}

fn text_of_version(version: ContractVersion) -> String {
    version.to_string()
}

/// `SliceMut` as `slice_mut`.
fn text_of_kind(kind: TypeKind) -> String {
    let mut text = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
