//! The contract as data, and the implementation of `Contract`.

use proc_macro2::TokenStream;
use quote::quote;

use super::crossing::Crossing;
use super::proxy::Body;
use super::{dyn_type, numbered, remote, table, uniform};
use crate::contract::model::{Contract, Method};
use crate::version::Version;

/// A constant for each method.
pub(super) fn methods(contract: &Contract) -> TokenStream {
    let version = contract.version();
    let constants = contract.methods.iter().enumerate().map(|(number, method)| {
        let name = numbered("METHOD", number);
        let schema = method_schema(method, number, version);
        quote!(const #name: &__p::MethodSchema = &#schema;)
    });
    constants.collect()
}

/// The implementation of `Contract` for the `dyn` type.
pub(super) fn contract(contract: &Contract, body: Body) -> TokenStream {
    let lent = remote::lent(body);
    let Contract { name, docs, proxy, .. } = contract;
    let dyn_type = dyn_type(contract);
    let version = contract.version();
    let provides = format!("{name}@{version}");
    let at_major = match version.major {
        0 => provides.clone(),
        major => format!("{name}@{major}"),
    };
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
    let forwards = match remote::has_defaults(contract) {
        true => {
            let table = table::of(contract, thunk("forward"));
            quote!(::core::option::Option::Some(#table))
        }
        false => quote!(::core::option::Option::None),
    };
    let uniform = uniform::list(contract);
    let shared =
        contract.is_shared().then(|| quote!(unsafe impl __p::SharedContract for #dyn_type {}));
    // The tables hold the functions that the schema describes.
    quote! {
        unsafe impl __guest::Contract for #dyn_type {
            const NAME: &'static ::core::primitive::str = #name;
            const VERSION: __guest::ContractVersion = #version;
            type Proxy = #proxy;
            type Shared = #dyn_type + ::core::marker::Send + ::core::marker::Sync;
            const SCHEMA: &'static __p::ContractSchema =
                &__p::ContractSchema::new(#name, #version, #docs, &[#(#methods),*]);
            const METHOD_FINGERPRINTS: &'static [::core::primitive::u64] = &[#(#methods.fingerprint),*];
            const PROVIDES: &'static ::core::primitive::str = #provides;
            const CLIENT: &'static __p::ContractClient = &__p::client(
                Self::SCHEMA,
                Self::METHOD_FINGERPRINTS,
                #vm,
                #absent,
                #forwards,
                #uniform,
            );
            const SHARED_FUNCTIONS: __p::Functions =
                <Self as __p::Serve<__p::InArc<Self::Shared>>>::FUNCTIONS;
            const LENT_FUNCTIONS: __p::Functions =
                <Self as __p::Serve<__p::Loan<Self>>>::FUNCTIONS;
            const THREADS: ::core::primitive::u32 = __p::threads(
                __p::Probe::<#dyn_type>::IS_SEND,
                __p::Probe::<#dyn_type>::IS_SYNC,
            );
            const AT_MAJOR: &'static ::core::primitive::str = #at_major;
            #lent
        }

        #shared
    }
}

fn method_schema(method: &Method, number: usize, contract: Version) -> TokenStream {
    let Method { name, docs, has_default, .. } = method;
    let since = version_value(method.since(contract));
    let receiver = match method.receiver.exclusive {
        Some(_) => quote!(__p::Receiver::Exclusive),
        None => quote!(__p::Receiver::Shared),
    };
    let names = method.arguments.iter().map(|argument| &argument.name);
    let types = Crossing::of_arguments(method, number);
    let types = types.iter().map(|argument| &argument.fixed);
    let result = Crossing::of_result(method, number).fixed;
    quote! {
        __p::MethodSchema::new(
            #name,
            #docs,
            #since,
            #receiver,
            #has_default,
            &[#(&__p::ArgumentSchema::new(#names, <#types as __p::Argument>::SCHEMA)),*],
            <#result as __p::Value>::SCHEMA,
        )
    }
}

fn version_value(version: Version) -> TokenStream {
    let Version { major, minor } = version;
    quote!(__guest::ContractVersion::new(#major, #minor))
}
