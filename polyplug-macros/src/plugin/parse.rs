//! From the attribute and the `impl` block to the model.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, ExprPath, ItemImpl, Lifetime, Path, QSelf, Token, Type, parse_quote};

use crate::attr::{self, Key, Keys};
use crate::errors::Errors;
use crate::messages;

const KEYS: &[Key] = &[
    Key { name: "create", example: "create = Self::create" },
    Key { name: "save", example: "save = Self::save" },
    Key { name: "restore", example: "restore = Self::restore" },
    Key { name: "on_unload", example: "on_unload = Self::on_unload" },
    Key { name: "stateless", example: "stateless" },
    Key { name: "crate", example: "crate = path" },
];

/// What stands in the parentheses of `#[plugin(..)]`.
pub(super) struct Args {
    create: Option<ExprPath>,
    save: Option<ExprPath>,
    restore: Option<ExprPath>,
    on_unload: Option<ExprPath>,
    is_stateless: bool,
    guest: Path,
}

impl Args {
    pub(super) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self {
            create: None,
            save: None,
            restore: None,
            on_unload: None,
            is_stateless: false,
            guest: parse_quote!(::polyplug_guest),
        };
        attr::read_keys(tokens, Keys::new(KEYS), errors, |key, input, _| {
            match key.name {
                "create" => args.create = Some(function(key, input)?),
                "save" => args.save = Some(function(key, input)?),
                "restore" => args.restore = Some(function(key, input)?),
                "on_unload" => args.on_unload = Some(function(key, input)?),
                "stateless" => args.is_stateless = true,
                _ => args.guest = attr::path(key, input)?,
            }
            Ok(())
        });
        args.check_state(errors);
        args
    }

    /// Reports half of what carries state over, and a state of what has none.
    fn check_state(&mut self, errors: &mut Errors) {
        match (&self.save, &self.restore) {
            (Some(save), None) => errors.push(save, messages::PLUGIN_SAVE_ALONE),
            (None, Some(restore)) => errors.push(restore, messages::PLUGIN_RESTORE_ALONE),
            (Some(save), Some(_)) if self.is_stateless => {
                errors.push(save, messages::PLUGIN_SAVE_STATELESS);
            }
            _ => return,
        }
        (self.save, self.restore) = (None, None);
    }
}

fn function(key: &Key, input: ParseStream<'_>) -> syn::Result<ExprPath> {
    attr::value(key, input, ExprPath::parse)
}

/// An implementation of a contract.
pub(super) struct Plugin {
    /// The `cfg`s of the `impl` block.
    pub(super) cfgs: Vec<Attribute>,
    pub(super) guest: Path,
    pub(super) contract: Path,
    pub(super) ty: Type,
    pub(super) create: Option<ExprPath>,
    pub(super) save: Option<ExprPath>,
    pub(super) restore: Option<ExprPath>,
    pub(super) on_unload: Option<ExprPath>,
    pub(super) is_stateless: bool,
}

/// Understands `item`. `None` when nothing could stand in for the plugin; what
/// is wrong has been reported.
pub(super) fn parse(args: Args, item: &ItemImpl, errors: &mut Errors) -> Option<Plugin> {
    let Some((negative, contract, _)) = &item.trait_ else {
        errors.push(&item.self_ty, messages::PLUGIN_INHERENT);
        return None;
    };
    if let Some(token) = negative {
        errors.push(token, messages::PLUGIN_NEGATIVE);
        return None;
    }
    if let Some(token) = &item.unsafety {
        errors.push(token, messages::PLUGIN_UNSAFE);
    }
    if !is_named(&item.self_ty) {
        errors.push(&item.self_ty, messages::PLUGIN_TYPE);
        return None;
    }
    if report_generics(item, errors) {
        return None;
    }
    let Args { create, save, restore, on_unload, is_stateless, guest } = args;
    let without_self = |path: Option<ExprPath>| path.map(|path| named(path, &item.self_ty));
    Some(Plugin {
        cfgs: item.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect(),
        guest,
        contract: contract.clone(),
        ty: (*item.self_ty).clone(),
        create: without_self(create),
        save: without_self(save),
        restore: without_self(restore),
        on_unload: without_self(on_unload),
        is_stateless,
    })
}

fn is_named(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_named(&group.elem),
        Type::Paren(paren) => is_named(&paren.elem),
        Type::Path(_) => true,
        _ => false,
    }
}

/// Reports parameters of the `impl` block, also those that have no name.
fn report_generics(item: &ItemImpl, errors: &mut Errors) -> bool {
    if !item.generics.params.is_empty() {
        errors.push(&item.generics.params, messages::PLUGIN_GENERIC);
        return true;
    }
    let mut anonymous = Anonymous(None);
    anonymous.visit_type_mut(&mut item.self_ty.as_ref().clone());
    if let Some(lifetime) = &anonymous.0 {
        errors.push(lifetime, messages::PLUGIN_GENERIC);
    }
    anonymous.0.is_some()
}

/// `path` with `ty` for every `Self`, which means nothing where the path will stand.
fn named(mut path: ExprPath, ty: &Type) -> ExprPath {
    NameSelf(ty).visit_expr_path_mut(&mut path);
    path
}

struct NameSelf<'a>(&'a Type);

impl VisitMut for NameSelf<'_> {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        visit_mut::visit_expr_path_mut(self, path);
        self.name(&mut path.qself, &mut path.path);
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        match ty {
            Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self") => {
                *ty = self.at(ty.span());
            }
            Type::Path(path) => self.name(&mut path.qself, &mut path.path),
            _ => {}
        }
    }
}

impl NameSelf<'_> {
    /// Makes `Self::create` to `<Upper>::create`.
    fn name(&self, qself: &mut Option<QSelf>, path: &mut Path) {
        let Some(first) = path.segments.first().filter(|first| first.ident == "Self") else {
            return;
        };
        let span = first.ident.span();
        *qself = Some(QSelf {
            lt_token: Token![<](span),
            ty: Box::new(self.at(span)),
            position: 0,
            as_token: None,
            gt_token: Token![>](span),
        });
        path.leading_colon = Some(Token![::](span));
        path.segments = std::mem::take(&mut path.segments).into_iter().skip(1).collect();
    }

    /// The type, as if it were written where the `Self` was.
    fn at(&self, span: Span) -> Type {
        Type::Verbatim(at(self.0.to_token_stream(), span))
    }
}

fn at(tokens: TokenStream, span: Span) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), at(group.stream(), span)).into();
        }
        token.set_span(span);
        token
    });
    moved.collect()
}

/// Finds a `'_`.
struct Anonymous(Option<Lifetime>);

impl VisitMut for Anonymous {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            self.0 = Some(lifetime.clone());
        }
        visit_mut::visit_lifetime_mut(self, lifetime);
    }
}
