//! A contract's schema as JSON has it; `docs/schema.md` describes the form.

use serde::Deserialize;

/// The version of the form that is read here.
pub(crate) const FORMAT: u32 = 1;

/// The form's version alone, which is looked at first.
#[derive(Deserialize)]
pub(crate) struct Form {
    pub(crate) format: u32,
}

/// A contract.
#[derive(Deserialize)]
pub(crate) struct Contract {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) id: String,
    pub(crate) fingerprint: String,
    pub(crate) docs: String,
    pub(crate) methods: Vec<Method>,
}

/// A method.
#[derive(Deserialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) signature: String,
    pub(crate) docs: String,
    pub(crate) since: String,
    pub(crate) receiver: String,
    pub(crate) default: bool,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) result: Type,
    pub(crate) fingerprint: String,
}

/// An argument.
#[derive(Deserialize)]
pub(crate) struct Argument {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) ty: Type,
}

/// A type.
#[derive(Deserialize)]
pub(crate) struct Type {
    pub(crate) kind: String,
    pub(crate) rust: String,
    pub(crate) fingerprint: String,
    /// How many elements an array has.
    #[serde(default)]
    pub(crate) count: u32,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) names: Vec<String>,
    #[serde(default)]
    pub(crate) parameters: Vec<Self>,
}
