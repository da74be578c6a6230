//! A contract as its provider or its user describes it, copied and checked.

#[cfg(feature = "serde")]
mod json;
mod layout;
mod read;
mod types;

use std::fmt;

use polyplug_guest::abi::{Receiver, TypeKind};
use polyplug_guest::{Contract, ContractVersion};

pub use read::SchemaError;
#[cfg(feature = "lua")]
use read::contract_fingerprint;
pub(crate) use read::{read_contract, read_table};
pub(crate) use types::{Details, Type};

/// A contract: its name, its version, and its methods in the order of the trait.
///
/// Its display is for people: the signatures of the trait.
///
/// ```
/// use polyplug_guest::contract;
/// use polyplug_runtime::Schema;
///
/// #[contract(name = "text.transform", version = "1.0")]
/// pub trait Transform {
///     fn transform(&self, input: &str) -> String;
/// }
///
/// assert_eq!(
///     Schema::of::<dyn Transform>()?.to_string(),
///     "text.transform@1.0 {\n    fn transform(&self, input: &str) -> String;\n}\n"
/// );
/// # Ok::<(), polyplug_runtime::SchemaError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schema {
    pub(crate) name: String,
    pub(crate) version: ContractVersion,
    pub(crate) docs: String,
    pub(crate) fingerprint: u64,
    pub(crate) methods: Vec<Method>,
}

impl Schema {
    /// The schema of a contract that this program was built with.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] when the contract goes beyond a limit: 64 levels of types, or a
    /// value of 1 MiB.
    pub fn of<C: Contract + ?Sized>() -> Result<Self, SchemaError> {
        // SAFETY: the schema is a constant that the contract's macro made.
        unsafe { read_contract(C::SCHEMA) }
    }

    /// The schema as JSON, in the form that `docs/schema.md` describes.
    #[cfg(feature = "serde")]
    #[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    /// The contract as it was at `version`, of the same major: methods that came
    /// later are left out.
    #[cfg(feature = "lua")]
    pub(crate) fn as_of(&self, version: ContractVersion) -> Self {
        let was_there = |method: &&Method| method.since <= version;
        let methods: Vec<_> = self.methods.iter().take_while(was_there).cloned().collect();
        let fingerprint = contract_fingerprint(&self.name, version, &methods);
        Self { name: self.name.clone(), version, docs: self.docs.clone(), fingerprint, methods }
    }

    /// The first method on which both have something to say and disagree.
    pub(crate) fn first_difference<'a>(
        &'a self,
        other: &'a Self,
    ) -> Option<(&'a Method, &'a Method)> {
        let pairs = self.methods.iter().zip(&other.methods);
        pairs.into_iter().find(|(ours, theirs)| ours.fingerprint != theirs.fingerprint)
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}@{} {{", self.name, self.version)?;
        let mut since = self.methods.first().map_or(self.version, |method| method.since);
        for method in &self.methods {
            if method.since != since {
                since = method.since;
                writeln!(f, "    // since {since}")?;
            }
            let end = if method.has_default { " { .. }" } else { ";" };
            writeln!(f, "    {method}{end}")?;
        }
        f.write_str("}\n")
    }
}

/// Both forms of a method, each with the definition of the first type of the
/// user's that is not the same.
pub(crate) fn both_forms(ours: &Method, theirs: &Method) -> (String, String) {
    let (ours_text, theirs_text) = (ours.to_string(), theirs.to_string());
    let pairs = ours.types().zip(theirs.types());
    let differing = pairs.filter_map(|(ours, theirs)| ours.difference(theirs)).next();
    match differing {
        Some((a, b)) => (
            format!("{ours_text}; {}", a.definition()),
            format!("{theirs_text}; {}", b.definition()),
        ),
        None => (ours_text, theirs_text),
    }
}

/// A method. Its display is how a trait declares it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) docs: String,
    pub(crate) receiver: Receiver,
    pub(crate) arguments: Vec<(String, Type)>,
    pub(crate) result: Type,
    pub(crate) fingerprint: u64,
    /// The version that added it.
    pub(crate) since: ContractVersion,
    pub(crate) has_default: bool,
}

impl Method {
    /// All types of its signature.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        self.arguments.iter().map(|(_, ty)| ty).chain([&self.result])
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver = match self.receiver {
            Receiver::Shared => "&self",
            Receiver::Exclusive => "&mut self",
        };
        write!(f, "fn {}({receiver}", self.name)?;
        for (name, ty) in &self.arguments {
            write!(f, ", {name}: {ty}")?;
        }
        f.write_str(")")?;
        if self.result.kind != TypeKind::Unit {
            write!(f, " -> {}", self.result)?;
        }
        Ok(())
    }
}
