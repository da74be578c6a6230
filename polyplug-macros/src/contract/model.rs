//! A contract as the macro understands it.

use proc_macro2::Span;
use syn::{Attribute, Generics, Ident, ItemTrait, Lifetime, Path, Type};

use crate::version::Version;

/// A trait under `#[contract]`.
pub(crate) struct Contract {
    /// The trait as the user wrote it, without helper attributes.
    pub(crate) item: ItemTrait,
    /// Where `polyplug_guest` is.
    pub(crate) guest: Path,
    pub(crate) name: String,
    /// The version, unless it could not be read.
    pub(crate) version: Option<Version>,
    /// The name of the generated client.
    pub(crate) proxy: Ident,
    pub(crate) docs: String,
    pub(crate) methods: Vec<Method>,
}

impl Contract {
    /// The version, which is known once nothing is wrong with the contract.
    pub(crate) fn version(&self) -> Version {
        self.version.unwrap_or(Version { major: 1, minor: 0 })
    }

    /// The same contract with an empty trait.
    pub(crate) fn without_methods(&self) -> Self {
        Self {
            item: self.item.clone(),
            guest: self.guest.clone(),
            name: self.name.clone(),
            proxy: self.proxy.clone(),
            docs: self.docs.clone(),
            methods: Vec::new(),
            version: self.version,
        }
    }

    /// Whether two proxies may share an instance.
    pub(crate) fn is_shared(&self) -> bool {
        self.methods.iter().all(|method| method.receiver.exclusive.is_none())
    }
}

/// A method of a contract.
pub(crate) struct Method {
    pub(crate) ident: Ident,
    /// The name as the schema has it.
    pub(crate) name: String,
    pub(crate) docs: String,
    /// What the proxy's method takes over: documentation, deprecation and the like.
    pub(crate) attrs: Vec<Attribute>,
    /// Nothing but lifetimes.
    pub(crate) generics: Generics,
    pub(crate) receiver: Receiver,
    /// The version that `#[since]` gives.
    pub(crate) since: Option<Since>,
    pub(crate) has_default: bool,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) result: Output,
}

impl Method {
    /// The version that added the method to a contract of version `contract`.
    pub(crate) fn since(&self, contract: Version) -> Version {
        self.since.as_ref().map_or(contract.base(), |since| since.version)
    }
}

/// What `#[since]` says.
pub(crate) struct Since {
    pub(crate) version: Version,
    pub(crate) span: Span,
}

/// `&self` or `&mut self`.
pub(crate) struct Receiver {
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) exclusive: Option<syn::Token![mut]>,
}

/// An argument after the receiver.
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    /// The name as the schema has it.
    pub(crate) name: String,
    pub(crate) ty: Type,
}

/// What a method returns.
pub(crate) struct Output {
    pub(crate) ty: Type,
    /// The two sides, when the type is written as a `Result`.
    pub(crate) sides: Option<Box<(Type, Type)>>,
}
