//! Lifetimes in types that leave the method that declares them.

use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, Type, TypeReference};

/// `ty` with `'static` for every lifetime: how a table, which borrows nothing,
/// writes it.
pub(crate) fn made_static(ty: &Type) -> Type {
    replaced(ty, "'static")
}

/// `ty` with `'_` for every lifetime: how a function body writes it.
pub(super) fn elided(ty: &Type) -> Type {
    replaced(ty, "'_")
}

fn replaced(ty: &Type, lifetime: &'static str) -> Type {
    let mut ty = ty.clone();
    Replace(lifetime).visit_type_mut(&mut ty);
    ty
}

struct Replace(&'static str);

impl VisitMut for Replace {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        let span = reference.and_token.span;
        reference.lifetime.get_or_insert_with(|| Lifetime::new(self.0, span));
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new(self.0, lifetime.span());
    }
}
