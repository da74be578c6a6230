//! Enums: the number of the variant, then its fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;

use super::fields::{Forms, passed_as_it_is};
use super::{Parts, names};
use crate::derive::model::{Model, Variant};

/// What is generated for an enum.
pub(super) fn parts(model: &Model, variants: &[Variant], forms: &Forms) -> Parts {
    let schema = schema(model, variants, forms);
    let is_a_number = variants.iter().all(|variant| variant.fields.list.is_empty());
    if is_a_number {
        return number(variants, schema);
    }
    let arms = variants.iter().enumerate().map(|(number, variant)| {
        let path = path(variant);
        let pattern = variant.fields.pattern(&path);
        let tag = number as u32;
        if variant.fields.list.is_empty() {
            return quote! {
                #pattern => __Form { tag: #tag, fields: ::core::mem::MaybeUninit::zeroed() },
            };
        }
        let (member, name) = (member(number), name(number));
        let given = forms.given(&name, &variant.fields);
        quote! {
            #pattern => __Form {
                tag: #tag,
                fields: ::core::mem::MaybeUninit::new(
                    __Fields { #member: __p::ManuallyDrop::new(#given) },
                ),
            },
        }
    });
    let give = quote!(match &**this { #(#arms)* });
    let arms = variants.iter().enumerate().map(|(number, variant)| {
        let path = path(variant);
        let tag = number as u32;
        if variant.fields.list.is_empty() {
            return quote!(#tag => ::core::result::Result::Ok(#path {}),);
        }
        let (member, name) = (member(number), name(number));
        let taken = forms.taken(&name, &variant.fields, &path);
        // The tag says which fields were written.
        quote! {
            #tag => {
                let form = __p::ManuallyDrop::into_inner(unsafe {
                    form.fields.assume_init().#member
                });
                #taken
            }
        }
    });
    let take = quote! {
        match form.tag {
            #(#arms)*
            _ => ::core::result::Result::Err(__p::Invalid::Discriminant),
        }
    };
    let definitions = definitions(variants, forms);
    Parts { definitions, form: quote!(__Form), schema, plain: quote!(false), give, take }
}

/// An enum in which no variant has fields: the number alone.
fn number(variants: &[Variant], schema: TokenStream) -> Parts {
    let tags: Vec<_> = (0..variants.len() as u32).collect();
    let paths: Vec<_> = variants.iter().map(path).collect();
    Parts {
        definitions: quote!(),
        form: quote!(::core::primitive::u32),
        schema,
        plain: quote!(false),
        give: quote!(match &**this { #(#paths {} => #tags,)* }),
        take: quote! {
            match form {
                #(#tags => ::core::result::Result::Ok(#paths {}),)*
                _ => ::core::result::Result::Err(__p::Invalid::Discriminant),
            }
        },
    }
}

fn definitions(variants: &[Variant], forms: &Forms) -> TokenStream {
    let with_fields: Vec<_> = variants
        .iter()
        .enumerate()
        .filter(|(_, variant)| !variant.fields.list.is_empty())
        .collect();
    let structs = with_fields
        .iter()
        .map(|(number, variant)| forms.definition(&name(*number), &variant.fields));
    let members = with_fields.iter().map(|(number, _)| member(*number));
    let names = with_fields.iter().map(|(number, _)| name(*number));
    let as_it_is = passed_as_it_is(&format_ident!("__Form"));
    quote! {
        #(#structs)*

        #[repr(C)]
        pub union __Fields { #(#members: __p::ManuallyDrop<#names>),* }

        #[repr(C)]
        pub struct __Form {
            tag: ::core::primitive::u32,
            fields: ::core::mem::MaybeUninit<__Fields>,
        }

        #as_it_is
    }
}

fn schema(model: &Model, variants: &[Variant], forms: &Forms) -> TokenStream {
    let name = model.ident.unraw().to_string();
    let variant_names: Vec<_> =
        variants.iter().map(|variant| variant.ident.unraw().to_string()).collect();
    let variant_list = variant_names.join(",");
    let schemas = variants.iter().zip(&variant_names).map(|(variant, name)| {
        let fields = &variant.fields;
        let schemas = fields.list.iter().map(|field| forms.schema(field));
        if fields.list.is_empty() {
            return quote!(<() as __p::Value>::SCHEMA);
        }
        if !fields.are_named {
            return quote!(&__p::TypeSchema::new(__p::TypeKind::Tuple, &[#(#schemas),*]));
        }
        let names = names(fields);
        quote! {
            &__p::TypeSchema::named(__p::TypeKind::Struct, #name, #names, &[#(#schemas),*])
        }
    });
    quote! {
        &__p::TypeSchema::named(__p::TypeKind::Enum, #name, #variant_list, &[#(#schemas),*])
    }
}

fn path(variant: &Variant) -> TokenStream {
    let ident = &variant.ident;
    quote!(Self::#ident)
}

fn name(number: usize) -> Ident {
    format_ident!("__Variant{}", number)
}

fn member(number: usize) -> Ident {
    format_ident!("variant_{}", number)
}
