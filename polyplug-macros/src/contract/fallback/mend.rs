//! Takes out of a refused trait what the compiler would report once more, and
//! makes it one that can stand behind `dyn`.

use std::collections::HashSet;

use syn::visit_mut::{self, VisitMut};
use syn::{
    FnArg, GenericParam, Generics, ItemTrait, Path, Signature, TraitItem, Type, WhereClause,
    parse_quote,
};

use crate::contract::model::Method;
use crate::contract::{attrs, parse};

/// Mends `item`, which has been reported.
pub(super) fn mend(item: &mut ItemTrait) {
    item.auto_token = None;
    item.generics.where_clause = None;
    let allowed = item.supertraits.iter().filter(|bound| parse::is_allowed_bound(bound));
    item.supertraits = allowed.cloned().collect();
    let mut names = HashSet::new();
    item.items.retain(|item| match item {
        TraitItem::Fn(item) => names.insert(item.sig.ident.clone()),
        _ => true,
    });
    for item in &mut item.items {
        match item {
            TraitItem::Fn(item) => {
                item.attrs.retain(|attr| !attrs::is_conditional_since(&attr.meta));
                mend_method(&mut item.sig);
            }
            TraitItem::Type(item) => require_sized(&mut item.generics),
            _ => {}
        }
    }
}

fn mend_method(sig: &mut Signature) {
    sig.constness = None;
    sig.variadic = None;
    if let Some(FnArg::Receiver(receiver)) = sig.inputs.first_mut()
        && receiver.reference.is_none()
    {
        receiver.mutability = None;
    }
    NameInferred.visit_signature_mut(sig);
    if !is_dispatchable(sig) {
        require_sized(&mut sig.generics);
    }
}

/// Adds `where Self: Sized`: what has this is left out behind `dyn`.
fn require_sized(generics: &mut Generics) {
    let clause: WhereClause = parse_quote!(where Self: ::core::marker::Sized);
    generics.make_where_clause().predicates.extend(clause.predicates);
}

/// Whether a method can be called behind `dyn`.
fn is_dispatchable(sig: &Signature) -> bool {
    let is_lifetime = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
    sig.receiver().is_some()
        && sig.asyncness.is_none()
        && sig.generics.params.iter().all(is_lifetime)
        && types_of(sig).iter().all(|ty| !holds(ty, Oddity::is_undispatchable))
}

/// Whether a proxy can have `method`, as far as the language goes.
pub(super) fn is_usable(method: &Method) -> bool {
    let arguments = method.arguments.iter().map(|argument| &argument.ty);
    arguments.chain([&method.result.ty]).all(|ty| !holds(ty, |_| true))
}

fn types_of(sig: &Signature) -> Vec<Type> {
    let arguments = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some((*input.ty).clone()),
        FnArg::Receiver(_) => None,
    });
    let result = match &sig.output {
        syn::ReturnType::Type(_, ty) => Some((**ty).clone()),
        syn::ReturnType::Default => None,
    };
    arguments.chain(result).collect()
}

/// Puts a type in place of `_`.
struct NameInferred;

impl VisitMut for NameInferred {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Infer(_) = ty {
            *ty = parse_quote!(());
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// What makes a type unfit for signatures.
#[derive(Clone, Copy)]
enum Oddity {
    /// `Self`.
    SelfType,
    /// `impl Trait`.
    Impl,
    /// `_`, `!`, a macro, or something without a size.
    Other,
}

impl Oddity {
    fn is_undispatchable(self) -> bool {
        matches!(self, Self::SelfType | Self::Impl)
    }
}

/// Whether there is an oddity of this kind in `ty`.
fn holds(ty: &Type, is_meant: fn(Oddity) -> bool) -> bool {
    let mut oddities = Oddities { found: Vec::new(), behind_reference: false };
    oddities.visit_type_mut(&mut ty.clone());
    oddities.found.into_iter().any(is_meant)
}

struct Oddities {
    found: Vec<Oddity>,
    behind_reference: bool,
}

impl VisitMut for Oddities {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        let behind_reference = std::mem::take(&mut self.behind_reference);
        match ty {
            Type::ImplTrait(_) => self.found.push(Oddity::Impl),
            Type::Infer(_) | Type::Macro(_) | Type::Never(_) => self.found.push(Oddity::Other),
            Type::Slice(_) | Type::TraitObject(_) if !behind_reference => {
                self.found.push(Oddity::Other);
            }
            Type::Path(path) if path.path.is_ident("str") && !behind_reference => {
                self.found.push(Oddity::Other);
            }
            _ => {}
        }
        self.behind_reference = matches!(ty, Type::Reference(_) | Type::Ptr(_));
        visit_mut::visit_type_mut(self, ty);
        self.behind_reference = false;
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        if path.segments.first().is_some_and(|segment| segment.ident == "Self") {
            self.found.push(Oddity::SelfType);
        }
        visit_mut::visit_path_mut(self, path);
    }
}
