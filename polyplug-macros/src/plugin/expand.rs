//! From the model to an implementation of `Plugin`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::parse::Plugin;

/// The implementation. Nothing is wrong with `plugin`.
pub(super) fn expand(plugin: &Plugin) -> TokenStream {
    let items = [stateless(plugin), create(plugin), on_unload(plugin)];
    implementation(plugin, quote!(#(#items)*))
}

/// An implementation for a program that does not compile.
pub(super) fn stand_in(plugin: &Plugin) -> TokenStream {
    let create = quote! {
        fn create(
            _: &__guest::Context<'_>,
        ) -> ::core::result::Result<Self, __guest::PluginError> {
            loop {}
        }
    };
    implementation(plugin, create)
}

fn implementation(plugin: &Plugin, items: TokenStream) -> TokenStream {
    let Plugin { cfgs, guest, contract, ty, .. } = plugin;
    let contract = quote_spanned!(contract.span()=> dyn #contract);
    quote! {
        #(#cfgs)*
        #[allow(deprecated, non_local_definitions, unused_imports)]
        const _: () = {
            use #guest as __guest;
            use #guest::private as __p;

            impl __guest::Plugin<#contract> for #ty {
                #items
            }
        };
    }
}

fn stateless(plugin: &Plugin) -> TokenStream {
    if plugin.is_stateless {
        quote!(
            const STATELESS: bool = true;
        )
    } else {
        TokenStream::new()
    }
}

fn create(plugin: &Plugin) -> TokenStream {
    let (context, body) = match &plugin.create {
        Some(path) => (quote!(context), quote_spanned!(path.span()=> #path(context))),
        None => {
            let ty = &plugin.ty;
            let default = quote_spanned!(ty.span()=> <#ty as __p::FromDefault>::from_default());
            (quote!(_), quote!(::core::result::Result::Ok(#default)))
        }
    };
    quote! {
        fn create(
            #context: &__guest::Context<'_>,
        ) -> ::core::result::Result<Self, __guest::PluginError> {
            #body
        }
    }
}

fn on_unload(plugin: &Plugin) -> TokenStream {
    let Some(path) = &plugin.on_unload else { return TokenStream::new() };
    let body = quote_spanned!(path.span()=> #path(self));
    quote! {
        fn on_unload(&mut self) -> ::core::result::Result<(), __guest::PluginError> {
            #body
        }
    }
}
