//! The contract as data, and the implementation of `Contract`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{dyn_type, lifetimes, numbered, table};
use crate::contract::model::{Argument, Contract, Method};
use crate::version::Version;

/// A constant for each method.
pub(super) fn methods(contract: &Contract) -> TokenStream {
    let version = contract.version();
    let constants = contract.methods.iter().enumerate().map(|(number, method)| {
        let name = numbered("METHOD", number);
        let schema = method_schema(method, version);
        quote!(const #name: &__p::MethodSchema = &#schema;)
    });
    constants.collect()
}

/// The implementation of `Contract` for the `dyn` type.
pub(super) fn contract(contract: &Contract) -> TokenStream {
    let Contract { name, docs, proxy, .. } = contract;
    let dyn_type = dyn_type(contract);
    let version = contract.version();
    let provides = format!("{name}@{version}");
    let version = version_value(version);
    let methods: Vec<_> =
        (0..contract.methods.len()).map(|number| numbered("METHOD", number)).collect();
    let thunk = |kind| {
        move |number| {
            let function = numbered(kind, number);
            quote!(#function)
        }
    };
    let vm = table::of(contract, thunk("vm"));
    let absent = table::of(contract, thunk("absent"));
    // The tables hold the functions that the schema describes.
    quote! {
        unsafe impl __guest::Contract for #dyn_type {
            const NAME: &'static str = #name;
            const VERSION: __guest::ContractVersion = #version;
            type Proxy = #proxy;
            type Shared = #dyn_type + ::core::marker::Send + ::core::marker::Sync;
            const SCHEMA: &'static __p::ContractSchema =
                &__p::ContractSchema::new(#name, #version, #docs, &[#(#methods),*]);
            const METHOD_FINGERPRINTS: &'static [u64] = &[#(#methods.fingerprint),*];
            const PROVIDES: &'static str = #provides;
            const VM_THUNKS: __p::Functions = #vm;
            const ABSENT: __p::Functions = #absent;
        }
    }
}

fn method_schema(method: &Method, contract: Version) -> TokenStream {
    let Method { name, docs, has_default, .. } = method;
    let since = version_value(method.since(contract));
    let receiver = match method.receiver.exclusive {
        Some(_) => quote!(__p::Receiver::Exclusive),
        None => quote!(__p::Receiver::Shared),
    };
    let arguments = method.arguments.iter().map(argument_schema);
    let result = type_schema(&method.result.ty);
    quote! {
        __p::MethodSchema::new(
            #name,
            #docs,
            #since,
            #receiver,
            #has_default,
            &[#(#arguments),*],
            #result,
        )
    }
}

fn argument_schema(argument: &Argument) -> TokenStream {
    let name = &argument.name;
    let schema = type_schema(&argument.ty);
    quote!(&__p::ArgumentSchema::new(#name, #schema))
}

/// The schema of `ty`. Only what is written as a reference may be borrowed: an
/// alias could hide a lifetime that is longer than the call.
fn type_schema(ty: &Type) -> TokenStream {
    let shape = match ty {
        Type::Reference(_) => quote_spanned!(ty.span()=> __p::Argument),
        _ => quote_spanned!(ty.span()=> __p::Value),
    };
    let ty = lifetimes::made_static(ty);
    quote_spanned!(ty.span()=> <#ty as #shape>::SCHEMA)
}

fn version_value(version: Version) -> TokenStream {
    let Version { major, minor } = version;
    quote!(__guest::ContractVersion::new(#major, #minor))
}
