//! The binary interface as its Rust source declares it.

use syn::{Attribute, Expr, Fields, ImplItem, Item, Lit, Type, Visibility};

/// What the files of the interface declare, in their order.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) constants: Vec<Constant>,
    pub(crate) enumerations: Vec<Enumeration>,
    pub(crate) functions: Vec<Function>,
    pub(crate) records: Vec<Record>,
}

/// A public number.
pub(crate) struct Constant {
    /// `NAME`, or `Type::NAME`.
    pub(crate) path: String,
    pub(crate) docs: Vec<String>,
    /// Whether it is bits of a type of flags.
    #[allow(dead_code, reason = "for the build script")]
    pub(crate) is_flags: bool,
}

/// A `repr(u32)` enumeration.
pub(crate) struct Enumeration {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) variants: Vec<Variant>,
}

/// A variant, and its number as it is written.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) number: String,
}

/// A named type of functions.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) ty: Type,
}

/// A `repr(C)` struct or union.
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) is_union: bool,
    /// Its parameters, all of them types.
    pub(crate) parameters: Vec<String>,
    /// The alignment that it asks for.
    pub(crate) align: Option<u32>,
    /// The public fields.
    pub(crate) fields: Vec<Field>,
    /// Whether there are no others.
    pub(crate) is_whole: bool,
}

/// A field.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) ty: Type,
}

impl Source {
    /// Reads one more file.
    ///
    /// # Errors
    ///
    /// What syn says about it.
    pub(crate) fn read(&mut self, text: &str) -> syn::Result<()> {
        for item in syn::parse_file(text)?.items {
            self.take(item);
        }
        Ok(())
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Const(it) if is_public(&it.vis) && is_number(&it.ty) => {
                let (path, docs) = (it.ident.to_string(), docs(&it.attrs));
                self.constants.push(Constant { path, docs, is_flags: false });
            }
            Item::Impl(it) if it.trait_.is_none() => self.take_constants_of(it),
            Item::Enum(it) if is_public(&it.vis) && has_repr(&it.attrs, "u32") => {
                self.enumerations.push(Enumeration {
                    name: it.ident.to_string(),
                    docs: docs(&it.attrs),
                    variants: it.variants.iter().filter_map(variant).collect(),
                });
            }
            Item::Type(it) if is_public(&it.vis) && matches!(*it.ty, Type::BareFn(_)) => {
                let (name, docs) = (it.ident.to_string(), docs(&it.attrs));
                self.functions.push(Function { name, docs, ty: *it.ty });
            }
            Item::Struct(it) if is_public(&it.vis) => {
                self.take_record(&it.attrs, it.ident.to_string(), &it.generics, &it.fields, false);
            }
            Item::Union(it) if is_public(&it.vis) => {
                let fields = Fields::Named(it.fields);
                self.take_record(&it.attrs, it.ident.to_string(), &it.generics, &fields, true);
            }
            _ => (),
        }
    }

    /// Takes the public numbers of a type, and those that are of the type itself.
    fn take_constants_of(&mut self, block: syn::ItemImpl) {
        let Type::Path(owner) = *block.self_ty else { return };
        let Some(owner) = owner.path.get_ident() else { return };
        for item in block.items {
            let ImplItem::Const(it) = item else { continue };
            let is_flags = matches!(&it.ty, Type::Path(path) if path.path.is_ident("Self"));
            if is_public(&it.vis) && (is_flags || is_number(&it.ty)) {
                let path = format!("{owner}::{}", it.ident);
                self.constants.push(Constant { path, docs: docs(&it.attrs), is_flags });
            }
        }
    }

    fn take_record(
        &mut self,
        attrs: &[Attribute],
        name: String,
        generics: &syn::Generics,
        fields: &Fields,
        is_union: bool,
    ) {
        if !has_repr(attrs, "C") || generics.const_params().next().is_some() {
            return;
        }
        let public = fields.iter().filter(|field| is_public(&field.vis));
        let fields_of_all = fields.len();
        let fields: Vec<_> = public
            .filter_map(|field| {
                Some(Field {
                    name: field.ident.as_ref()?.to_string(),
                    docs: docs(&field.attrs),
                    ty: field.ty.clone(),
                })
            })
            .collect();
        self.records.push(Record {
            name,
            docs: docs(attrs),
            is_union,
            parameters: generics.type_params().map(|it| it.ident.to_string()).collect(),
            align: alignment(attrs),
            is_whole: fields.len() == fields_of_all,
            fields,
        });
    }
}

fn variant(variant: &syn::Variant) -> Option<Variant> {
    let (_, Expr::Lit(number)) = variant.discriminant.as_ref()? else { return None };
    let Lit::Int(number) = &number.lit else { return None };
    let (name, docs) = (variant.ident.to_string(), docs(&variant.attrs));
    Some(Variant { name, docs, number: number.base10_digits().to_owned() })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_number(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    ["u32", "u64", "usize"].iter().any(|name| path.path.is_ident(name))
}

fn has_repr(attrs: &[Attribute], name: &str) -> bool {
    let mut found = false;
    visit_repr(attrs, |meta| found |= meta.path.is_ident(name));
    found
}

fn alignment(attrs: &[Attribute]) -> Option<u32> {
    let mut align = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        let _ = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("align") {
                let number;
                syn::parenthesized!(number in meta.input);
                align = Some(number.parse::<syn::LitInt>()?.base10_parse()?);
            }
            Ok(())
        });
    }
    align
}

fn visit_repr(attrs: &[Attribute], mut visit: impl FnMut(&syn::meta::ParseNestedMeta<'_>)) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What stands in parentheses is left unread, which ends the list; `C` and
        // `u32` stand before it.
        let _ = attr.parse_nested_meta(|meta| {
            visit(&meta);
            Ok(())
        });
    }
}

/// The lines of a doc comment.
fn docs(attrs: &[Attribute]) -> Vec<String> {
    let lines = attrs.iter().filter_map(|attr| {
        let syn::Meta::NameValue(meta) = &attr.meta else { return None };
        if !meta.path.is_ident("doc") {
            return None;
        }
        let Expr::Lit(text) = &meta.value else { return None };
        let Lit::Str(text) = &text.lit else { return None };
        let text = text.value();
        Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
    });
    lines.collect()
}
