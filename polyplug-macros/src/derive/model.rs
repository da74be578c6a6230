//! A type under `#[derive(Abi)]` as the macro understands it.

use syn::{Ident, Lifetime, Member, Path, Type};

/// A struct or an enum.
pub(super) struct Model {
    /// Where `polyplug_guest` is.
    pub(super) guest: Path,
    pub(super) ident: Ident,
    /// The lifetime of what it borrows, if it has one: then it is an argument alone.
    pub(super) lifetime: Option<Lifetime>,
    pub(super) shape: Shape,
}

/// What a type is made of.
pub(super) enum Shape {
    Struct {
        fields: Fields,
        /// Whether the struct itself lies in memory as C would have it.
        is_c: bool,
    },
    Enum(Vec<Variant>),
}

/// A variant of an enum.
pub(super) struct Variant {
    pub(super) ident: Ident,
    pub(super) fields: Fields,
}

/// The fields of a struct or a variant.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) are_named: bool,
    pub(super) list: Vec<Field>,
}

/// A field.
pub(super) struct Field {
    pub(super) member: Member,
    pub(super) ty: Type,
    /// Whether it is borrowed, as a reference or as a type with a lifetime.
    pub(super) is_lent: bool,
}

impl Model {
    /// All fields, those of variants as well.
    pub(super) fn all_fields(&self) -> Vec<&Field> {
        match &self.shape {
            Shape::Struct { fields, .. } => fields.list.iter().collect(),
            Shape::Enum(variants) => {
                variants.iter().flat_map(|variant| &variant.fields.list).collect()
            }
        }
    }
}
