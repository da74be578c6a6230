//! A type as a schema describes it.

use std::alloc::Layout;
use std::fmt;

use polyplug_guest::abi::TypeKind;
use polyplug_guest::private::Fingerprint;

use super::layout;

/// A type. Its display is how Rust writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Type {
    pub(crate) kind: TypeKind,
    pub(crate) parameters: Vec<Self>,
    pub(crate) details: Details,
    pub(crate) fingerprint: u64,
    /// How a value lies in memory, as an element or a field.
    pub(crate) layout: Layout,
}

/// What a type has beside its parameters.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Details {
    /// How many elements an array has.
    pub(crate) count: u32,
    /// The name of a struct, an enum or a variant, or a contract with its major version.
    pub(crate) name: String,
    /// The names of the parts of a struct or an enum, as many as there are
    /// parameters. Empty for fields without names.
    pub(crate) names: Vec<String>,
}

impl Type {
    /// The type of these parts, whose number was checked.
    ///
    /// # Errors
    ///
    /// [`layout::TooLarge`] when no value of it should be passed.
    pub(super) fn new(
        kind: TypeKind,
        parameters: Vec<Self>,
        details: Details,
    ) -> Result<Self, layout::TooLarge> {
        let layout = layout::of(kind, &parameters, &details)?;
        let fingerprint = fingerprint(kind, &parameters, &details);
        Ok(Self { kind, parameters, details, fingerprint, layout })
    }

    /// Whether a value is lent, or holds something that is.
    pub(crate) fn lends(&self) -> bool {
        match self.kind {
            TypeKind::Str
            | TypeKind::Slice
            | TypeKind::SliceMut
            | TypeKind::Contract
            | TypeKind::ContractMut
            | TypeKind::Fn
            | TypeKind::FnMut => true,
            _ => self.parameters.iter().any(Self::lends),
        }
    }

    /// Whether it is a closure.
    #[cfg(feature = "lua")]
    pub(crate) fn is_closure(&self) -> bool {
        matches!(self.kind, TypeKind::Fn | TypeKind::FnMut)
    }

    /// Whether any bits are a value, so that slices can be lent.
    pub(crate) fn is_plain(&self) -> bool {
        use TypeKind::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        match self.kind {
            U8 | U16 | U32 | U64 | I8 | I16 | I32 | I64 | F32 | F64 => true,
            TypeKind::Array => self.details.count > 0 && self.parameters.iter().all(Self::is_plain),
            TypeKind::Struct => {
                !self.parameters.is_empty() && self.parameters.iter().all(Self::is_plain)
            }
            _ => false,
        }
    }

    /// Whether it has a name that says nothing about its parts.
    fn is_named(&self) -> bool {
        matches!(self.kind, TypeKind::Struct | TypeKind::Enum)
    }

    /// The first types with a definition in which `self` and `other`, which are
    /// written alike, differ.
    pub(super) fn difference<'a>(&'a self, other: &'a Self) -> Option<(&'a Self, &'a Self)> {
        if self.fingerprint == other.fingerprint {
            return None;
        }
        let parts = self.parameters.iter().zip(&other.parameters);
        let inside = parts.filter_map(|(ours, theirs)| ours.difference(theirs)).next();
        // What differs further in says more, unless it has no name to be found by.
        inside.or_else(|| (self.is_named() && other.is_named()).then_some((self, other)))
    }

    /// How Rust defines a type that has a name.
    pub(super) fn definition(&self) -> String {
        let name = &self.details.name;
        match self.kind {
            TypeKind::Enum => {
                let variants = self.details.names.iter().zip(&self.parameters);
                let variants: Vec<_> = variants.map(|(name, ty)| ty.body(name)).collect();
                format!("enum {name} {{ {} }}", variants.join(", "))
            }
            _ => format!("struct {}", self.body(name)),
        }
    }

    /// A struct or a variant without what stands before its name.
    fn body(&self, name: &str) -> String {
        let parts = self.parameters.iter().map(Self::to_string);
        if self.parameters.is_empty() {
            return name.to_owned();
        }
        if self.details.names.is_empty() {
            return format!("{name}({})", parts.collect::<Vec<_>>().join(", "));
        }
        let fields = self.details.names.iter().zip(parts);
        let fields: Vec<_> = fields.map(|(name, ty)| format!("{name}: {ty}")).collect();
        format!("{name} {{ {} }}", fields.join(", "))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.parameters[..]) {
            (TypeKind::Slice, [element]) => write!(f, "&[{element}]"),
            (TypeKind::SliceMut, [element]) => write!(f, "&mut [{element}]"),
            (TypeKind::Vec, [element]) => write!(f, "Vec<{element}>"),
            (TypeKind::AbiVec, [element]) => write!(f, "AbiVec<{element}>"),
            (TypeKind::Option, [value]) => write!(f, "Option<{value}>"),
            (TypeKind::Result, [ok, err]) => write!(f, "Result<{ok}, {err}>"),
            (TypeKind::Array, [element]) => write!(f, "[{element}; {}]", self.details.count),
            (TypeKind::Tuple, [field]) => write!(f, "({field},)"),
            (TypeKind::Tuple, [first, rest @ ..]) => {
                write!(f, "({first}")?;
                rest.iter().try_for_each(|field| write!(f, ", {field}"))?;
                f.write_str(")")
            }
            (TypeKind::Proxy, _) => write!(f, "proxy of {}", self.details.name),
            (TypeKind::Contract | TypeKind::ContractMut, _) => {
                write!(f, "{} {}", self.kind.rust_name(), self.details.name)
            }
            (TypeKind::Fn | TypeKind::FnMut, [parameters @ .., result]) => {
                let parameters: Vec<_> = parameters.iter().map(Self::to_string).collect();
                write!(f, "{}({})", self.kind.rust_name(), parameters.join(", "))?;
                if result.kind == TypeKind::Unit { Ok(()) } else { write!(f, " -> {result}") }
            }
            (TypeKind::Struct | TypeKind::Enum, _) => f.write_str(&self.details.name),
            (kind, _) => f.write_str(kind.rust_name()),
        }
    }
}

fn fingerprint(kind: TypeKind, parameters: &[Type], details: &Details) -> u64 {
    let head = Fingerprint::new().number(kind as u64).number(parameters.len() as u64);
    let chain = parameters.iter().fold(head, |chain, ty| chain.number(ty.fingerprint));
    if !kind.has_details() {
        return chain.finish();
    }
    let Details { count, name, names } = details;
    chain.number((*count).into()).text(name).text(&names.join(",")).finish()
}
