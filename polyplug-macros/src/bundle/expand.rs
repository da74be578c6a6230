//! From the plugins of a bundle to its entry, its manifest and `BUNDLE`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::identity::Identity;
use super::parse::{Input, Plugin};
use crate::messages;

/// `BUNDLE`, and inside of it what a library exports. Nothing is wrong with `input`.
pub(super) fn expand(input: &Input, identity: &Identity) -> TokenStream {
    let guest = &input.guest;
    let items = [provided(input), manifest(input, identity), record(), entry(identity)];
    // `BUNDLE` refers to the private function: the exported name could be bound
    // to another one, when the host exports the same.
    let bundle = quote! {
        {
            use #guest::private as __p;
            #(#items)*
            unsafe { __p::StaticBundle::new(__p::text(&TEXT), enter) }
        }
    };
    bundle_static(input, bundle)
}

/// `BUNDLE` for a program that does not compile.
pub(super) fn stand_in(input: &Input) -> TokenStream {
    let guest = &input.guest;
    let bundle = quote! {
        {
            use #guest::private as __p;
            unsafe extern "C" fn enter(
                _: *const __p::HostTable,
                _: *mut __p::c_void,
                _: *mut __p::ErrorBuffer,
            ) -> ::core::primitive::u32 {
                0
            }
            unsafe { __p::StaticBundle::new("", enter) }
        }
    };
    bundle_static(input, bundle)
}

fn bundle_static(input: &Input, value: TokenStream) -> TokenStream {
    let guest = &input.guest;
    quote! {
        /// The bundle of this crate, for a program that links it in:
        /// `runtime.load_static(&BUNDLE)`.
        pub static BUNDLE: #guest::abi::StaticBundle = #value;
    }
}

/// The list that manifest and entry are made from.
fn provided(input: &Input) -> TokenStream {
    let provided = input.plugins.iter().flat_map(provided_by);
    let message = messages::BUNDLE_CONTRACT_TWICE;
    quote! {
        const PROVIDED: &[__p::Provided] = &[#(#provided),*];
        const _: () = ::core::assert!(__p::are_distinct(PROVIDED), #message);
    }
}

fn provided_by(plugin: &Plugin) -> Vec<TokenStream> {
    let ty = &plugin.ty;
    if plugin.contracts.is_empty() {
        return vec![quote_spanned!(ty.span()=> <#ty as __p::OneContract<_>>::PROVIDED)];
    }
    let each = plugin.contracts.iter().map(|contract| {
        let contract = quote_spanned!(contract.span()=> dyn #contract);
        quote_spanned!(ty.span()=> <#ty as __p::OneContract<#contract>>::PROVIDED)
    });
    each.collect()
}

fn manifest(input: &Input, identity: &Identity) -> TokenStream {
    let Identity { name, version } = identity;
    let entry = identity.entry();
    let dependencies = match &input.depends {
        Some(depends) => {
            let depends = depends.to_toml();
            quote!(::core::option::Option::Some(#depends))
        }
        None => quote!(::core::option::Option::None),
    };
    let reloads = input.reloads_with_dependencies;
    quote! {
        const MANIFEST: __p::Manifest = __p::Manifest {
            name: #name,
            version: #version,
            entry: #entry,
            unwinds: ::core::cfg!(panic = "unwind"),
            provided: PROVIDED,
            dependencies: #dependencies,
            reloads_with_dependencies: #reloads,
        };
        const TEXT: [::core::primitive::u8; MANIFEST.len()] = MANIFEST.text();
    }
}

/// The manifest where it can be read without opening the library: in
/// `polyplug_guest::abi::MANIFEST_SECTION`.
fn record() -> TokenStream {
    quote! {
        #[used]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__polyplug"))]
        #[cfg_attr(windows, unsafe(link_section = ".plyplug"))]
        #[cfg_attr(
            not(any(target_vendor = "apple", windows)),
            unsafe(link_section = ".polyplug")
        )]
        static RECORD: __p::ManifestRecord<{ MANIFEST.len() }> = __p::ManifestRecord::new(TEXT);
    }
}

fn entry(identity: &Identity) -> TokenStream {
    let symbol = identity.entry();
    let parameters = quote! {
        host: *const __p::HostTable,
        registrar: *mut __p::c_void,
        error: *mut __p::ErrorBuffer,
    };
    // The host calls an entry with its table, a registrar and a buffer that live
    // for the call. No other symbol has this name, for it carries the bundle's id.
    quote! {
        unsafe extern "C" fn enter(#parameters) -> ::core::primitive::u32 {
            unsafe { __p::enter_bundle(host, registrar, error, PROVIDED) }
        }

        #[unsafe(export_name = #symbol)]
        unsafe extern "C" fn exported(#parameters) -> ::core::primitive::u32 {
            unsafe { __p::enter_library(host, registrar, error, PROVIDED) }
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use crate::bundle::bundle;

    #[test]
    fn a_renamed_support_crate_is_found_under_its_name_alone() {
        let input = quote!(Upper: a::A + B, Lower, name = "a", version = "1.0.0", crate = support);
        let expanded = bundle(input).to_string();
        assert!(expanded.contains("use support :: private as"), "{expanded}");
        assert!(!expanded.contains("polyplug_guest"), "{expanded}");
        assert!(!expanded.contains("compile_error"), "{expanded}");
    }

    #[test]
    fn the_exported_function_is_named_nowhere_else() {
        let expanded = bundle(quote!(Upper, name = "upper", version = "1.0.0")).to_string();
        assert_eq!(expanded.matches("exported").count(), 1, "{expanded}");
    }
}
