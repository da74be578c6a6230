//! Structs: their fields in order.

use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::fields::Forms;
use super::{Parts, names};
use crate::derive::model::{Fields, Model};

/// What is generated for a struct.
pub(super) fn parts(model: &Model, fields: &Fields, is_c: bool, forms: &Forms) -> Parts {
    let name = model.ident.unraw().to_string();
    let field_names = names(fields);
    let schemas = fields.list.iter().map(|field| forms.schema(field));
    let schema = quote! {
        &__p::TypeSchema::named(__p::TypeKind::Struct, #name, #field_names, &[#(#schemas),*])
    };
    let this = quote!(Self);
    if fields.list.is_empty() {
        // As `()` crosses, which has a size and is checked.
        return Parts {
            definitions: quote!(),
            form: quote!(<() as __p::Value>::Abi),
            schema,
            plain: quote!(false),
            give: quote! {
                let Self {} = **this;
                __p::Value::into_abi(())
            },
            take: quote! {
                let taken = unsafe { <() as __p::Value>::from_abi(form) };
                ::core::result::Result::map(taken, |()| Self {})
            },
        };
    }
    let form = format_ident!("__Form");
    let pattern = fields.pattern(&this);
    let given = forms.given(&form, fields);
    let plain = fields.list.iter().map(|field| forms.plain(field));
    Parts {
        definitions: forms.definition(&form, fields),
        schema,
        plain: if is_c { quote!(#(#plain)&&*) } else { quote!(false) },
        give: quote! {
            let #pattern = &**this;
            #given
        },
        take: forms.taken(&form, fields, &this),
        form: quote!(#form),
    }
}
