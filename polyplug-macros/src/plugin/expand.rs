//! From the model to an implementation of `Plugin`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::parse::Plugin;

/// The implementation. Nothing is wrong with `plugin`.
pub(super) fn expand(plugin: &Plugin) -> TokenStream {
    let functions = [create(plugin), unload(plugin), state(plugin)];
    let items =
        [stateless(plugin), create_instance(), unload_instance(plugin), state_of_instance(plugin)];
    implementation(plugin, quote!(#(#functions)*), quote!(#(#items)*))
}

/// An implementation for a program that does not compile.
pub(super) fn stand_in(plugin: &Plugin) -> TokenStream {
    let create = quote! {
        fn create_instance(
            _: &__guest::Context<'_>,
        ) -> ::core::result::Result<Self, __guest::PluginError> {
            loop {}
        }
    };
    implementation(plugin, TokenStream::new(), create)
}

fn implementation(plugin: &Plugin, functions: TokenStream, items: TokenStream) -> TokenStream {
    let Plugin { cfgs, guest, contract, ty, .. } = plugin;
    let contract = quote_spanned!(contract.span()=> dyn #contract);
    let asked = quote_spanned!(ty.span()=> <#ty as __p::AnyThread<#contract>>::ASKED);
    let served = quote_spanned!(contract.span()=> <#contract as __p::Serve<__p::Own<#ty>>>::SERVED);
    // The type was asked about threads, and the functions are the contract's own.
    quote! {
        #(#cfgs)*
        #[allow(deprecated)]
        const _: () = {
            use #guest as __guest;
            use #guest::private as __p;
            use __p::Otherwise as _;

            const _: () = #asked;

            #functions

            unsafe impl __guest::Plugin<#contract> for #ty {
                type IsAnyThread = __p::Answer<{ __p::Probe::<#ty>::IS_ANY_THREAD }>;
                const SERVED: __p::Served = #served;
                #items
            }
        };
    }
}

fn stateless(plugin: &Plugin) -> TokenStream {
    if plugin.is_stateless {
        quote!(
            const STATELESS: ::core::primitive::bool = true;
        )
    } else {
        TokenStream::new()
    }
}

/// Makes an instance. Not in the implementation, where the user's path could
/// mean the trait's own function.
fn create(plugin: &Plugin) -> TokenStream {
    let ty = &plugin.ty;
    let create = match &plugin.create {
        Some(path) => quote_spanned!(path.span()=> #path),
        None => quote_spanned!(ty.span()=> <#ty as __p::FromDefault>::from_default),
    };
    quote! {
        fn __create(
            context: &__guest::Context<'_>,
        ) -> ::core::result::Result<#ty, __guest::PluginError> {
            let create: fn(
                &__guest::Context<'_>,
            ) -> ::core::result::Result<#ty, __guest::PluginError> = #create;
            create(context)
        }
    }
}

fn unload(plugin: &Plugin) -> TokenStream {
    let Plugin { ty, on_unload: Some(on_unload), .. } = plugin else { return TokenStream::new() };
    quote! {
        fn __unload(instance: &mut #ty) -> ::core::result::Result<(), __guest::PluginError> {
            let on_unload: fn(&mut #ty) -> ::core::result::Result<(), __guest::PluginError> =
                #on_unload;
            on_unload(instance)
        }
    }
}

/// Writes a state down, and makes an instance from one.
fn state(plugin: &Plugin) -> TokenStream {
    let Plugin { ty, save: Some(save), restore: Some(restore), .. } = plugin else {
        return TokenStream::new();
    };
    quote! {
        fn __save(
            instance: &#ty,
        ) -> ::core::result::Result<__p::Vec<::core::primitive::u8>, __guest::PluginError> {
            let save: fn(
                &#ty,
            ) -> ::core::result::Result<__p::Vec<::core::primitive::u8>, __guest::PluginError> =
                #save;
            save(instance)
        }

        fn __restore(
            context: &__guest::Context<'_>,
            state: &[::core::primitive::u8],
        ) -> ::core::result::Result<#ty, __guest::PluginError> {
            let restore: fn(
                &__guest::Context<'_>,
                &[::core::primitive::u8],
            ) -> ::core::result::Result<#ty, __guest::PluginError> = #restore;
            restore(context, state)
        }
    }
}

fn state_of_instance(plugin: &Plugin) -> TokenStream {
    if plugin.save.is_none() {
        return TokenStream::new();
    }
    quote! {
        const SAVES: ::core::primitive::bool = true;

        fn save_instance(
            &self,
        ) -> ::core::result::Result<__p::Vec<::core::primitive::u8>, __guest::PluginError> {
            __save(self)
        }

        fn restore_instance(
            context: &__guest::Context<'_>,
            state: &[::core::primitive::u8],
        ) -> ::core::result::Result<Self, __guest::PluginError> {
            __restore(context, state)
        }
    }
}

fn create_instance() -> TokenStream {
    quote! {
        fn create_instance(
            context: &__guest::Context<'_>,
        ) -> ::core::result::Result<Self, __guest::PluginError> {
            __create(context)
        }
    }
}

fn unload_instance(plugin: &Plugin) -> TokenStream {
    if plugin.on_unload.is_none() {
        return TokenStream::new();
    }
    quote! {
        const HAS_ON_UNLOAD: ::core::primitive::bool = true;

        fn unload_instance(&mut self) -> ::core::result::Result<(), __guest::PluginError> {
            __unload(self)
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use crate::plugin::plugin;

    #[test]
    fn a_renamed_support_crate_is_found_under_its_name_alone() {
        let args = quote!(crate = support, create = Self::make, on_unload = unload);
        let expanded = plugin(args, quote!(impl a::A for Upper {})).to_string();
        assert!(expanded.contains("use support as"), "{expanded}");
        assert!(expanded.contains("< Upper > :: make"), "{expanded}");
        assert!(!expanded.contains("polyplug_guest"), "{expanded}");
        assert!(!expanded.contains("compile_error"), "{expanded}");
    }
}
