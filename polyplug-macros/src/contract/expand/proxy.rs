//! The typed client.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Ident};

use super::crossing::Crossing;
use super::{dyn_type, numbered};
use crate::contract::attrs;
use crate::contract::model::{Contract, Method, Receiver};

/// What the methods of a proxy do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// They call the provider.
    Call,
    /// They are there to be named, in a program that does not compile.
    Nothing,
}

/// The struct.
pub(super) fn definition(contract: &Contract) -> TokenStream {
    let Contract { guest, proxy, name, item, .. } = contract;
    let vis = &item.vis;
    let attrs = attrs::for_proxy(&item.attrs);
    let cfgs = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let docs =
        sentence(&attrs, &format!("A client of the contract `{name}`: calls whoever provides it."));
    let dyn_type = dyn_type(contract);
    quote! {
        #(#cfgs)*
        #(#attrs)*
        #docs
        #[allow(dead_code, non_camel_case_types)]
        #vis struct #proxy {
            core: #guest::private::ProxyCore<#dyn_type>,
        }
    }
}

/// Everything that is implemented for the struct.
pub(super) fn implementations(contract: &Contract, body: Body) -> TokenStream {
    let own = own_methods(contract);
    let local = local(contract, body);
    let methods = methods(contract, body);
    let pinned = pinned(contract, &methods);
    let proxy = &contract.proxy;
    let traits = [conversion(contract), value(contract), debug(contract), clone(contract)];
    quote! {
        #(#traits)*

        impl #proxy {
            #methods
            #own
            #local
        }

        #pinned
    }
}

/// The contract's methods once more, for a proxy that stays on one version.
fn pinned(contract: &Contract, methods: &TokenStream) -> TokenStream {
    let dyn_type = dyn_type(contract);
    let vis = &contract.item.vis;
    quote! {
        #[allow(dead_code)]
        #vis struct __Pinned<'p> {
            core: __p::PinCore<'p, #dyn_type>,
        }

        impl __Pinned<'_> {
            #methods
        }
    }
}

/// The methods of the contract, as the proxy has them.
fn methods(contract: &Contract, body: Body) -> TokenStream {
    let methods = contract.methods.iter().enumerate();
    methods.map(|(number, method)| method_of_proxy(contract, number, method, body)).collect()
}

fn method_of_proxy(contract: &Contract, number: usize, method: &Method, body: Body) -> TokenStream {
    let Method { ident, attrs, generics, .. } = method;
    let docs = sentence(attrs, &errors_section(method));
    let receiver = receiver(&method.receiver);
    let arguments = method.arguments.iter().map(|argument| {
        let ident = &argument.ident;
        let ty = &argument.ty;
        quote!(#ident: #ty)
    });
    let result = match &method.result.sides {
        Some(sides) => {
            let (value, error) = &**sides;
            quote!(::core::result::Result<#value, __guest::CallError<#error>>)
        }
        None => {
            let value = &method.result.ty;
            quote!(::core::result::Result<#value, __guest::CallError>)
        }
    };
    let body = match body {
        Body::Call => call(contract, number, method),
        Body::Nothing => quote!(loop {}),
    };
    quote! {
        #(#attrs)*
        #docs
        #[inline]
        pub fn #ident #generics (#receiver, #(#arguments),*) -> #result {
            #body
        }
    }
}

/// The receiver as a method declares it.
pub(super) fn receiver(receiver: &Receiver) -> TokenStream {
    let Receiver { lifetime, exclusive } = receiver;
    let exclusive = exclusive.map(|_| quote!(mut));
    quote!(& #lifetime #exclusive self)
}

/// The body of a method: passes the arguments to the function in the table.
fn call(contract: &Contract, number: usize, method: &Method) -> TokenStream {
    let dyn_type = dyn_type(contract);
    let name = &method.name;
    let result = Crossing::of_result(method, number);
    let ty = &result.fixed;
    let (call, core) = match method.receiver.exclusive {
        Some(_) => (quote!(__p::call_exclusive), quote!(&mut self.core)),
        None => (quote!(__p::call), quote!(&self.core)),
    };
    let invoke = invocation(number, method);
    // `__Table` is the contract's table. A proxy whose methods take `&mut self` is not
    // `Clone`, so it is the only one of its instance.
    let call = quote! {
        unsafe { #call::<#dyn_type, __Table, #ty>(#core, #name, #invoke) }
    };
    let call = result.take_result(call);
    match method.result.sides {
        Some(_) => quote!(__p::flatten(#call)),
        None => call,
    }
}

/// A closure that calls the method's function in the table that it gets, with the
/// instance and the buffer that it gets: each argument is lowered once and stays in
/// place until the call is over.
pub(super) fn invocation(number: usize, method: &Method) -> TokenStream {
    let function = numbered("method", number);
    // Arguments may have any name: ours are told apart by where they come from.
    let [table, instance, error] =
        ["table", "instance", "error"].map(|name| Ident::new(name, Span::mixed_site()));
    let names: Vec<_> = method.arguments.iter().map(|argument| &argument.ident).collect();
    let crossings = Crossing::of_arguments(method, number);
    let outgoing = names.iter().zip(&crossings).map(|(name, crossing)| {
        let ty = &crossing.local;
        let given = crossing.give(quote!(#name));
        quote!(let mut #name = __p::outgoing::<#ty>(#given);)
    });
    let types = crossings.iter().map(|crossing| &crossing.local);
    let reply = quote! {
        ((*#table).#function)(#instance, #(__p::lower::<#types>(&mut #names),)* #error)
    };
    let lent = names.iter().zip(&crossings).filter(|(_, crossing)| crossing.is_lent());
    let lent: Vec<_> = lent.map(|(name, _)| name).collect();
    let reply = if lent.is_empty() {
        reply
    } else {
        let result = Crossing::of_result(method, number).fixed;
        quote! {
            __p::settled::<#result, _>(#reply, #error, [#(__p::Settle::settle(&mut #lent)),*])
        }
    };
    quote! {
        move |#table, #instance, #error| {
            #(#outgoing)*
            #reply
        }
    }
}

/// All are to be inlined, so that a contract compiles none of them where nobody calls it.
fn own_methods(contract: &Contract) -> TokenStream {
    // Whoever calls a `&mut self` method has the instance for itself.
    let receiver = if contract.is_shared() { quote!(&self) } else { quote!(&mut self) };
    quote! {
        /// Keeps the present version for as long as the result lives: calls through it
        /// cost less. An unload is pending until then, and a reload that carries state
        /// over waits for it.
        ///
        /// # Errors
        ///
        /// Why there is nothing to call.
        #[inline]
        pub fn pin(
            #receiver,
        ) -> ::core::result::Result<__guest::Pinned<'_, Self>, __guest::CallError> {
            let core = __p::pin(&self.core)?;
            ::core::result::Result::Ok(__guest::Pinned::new(__Pinned { core }))
        }

        /// The name of the bundle that is called.
        #[inline]
        pub fn bundle_name(&self) -> &::core::primitive::str {
            self.core.bundle_name()
        }

        /// Makes a new instance, with the config that was given for the first one.
        ///
        /// # Errors
        ///
        /// Why there can be none.
        #[inline]
        pub fn renew(&self) -> ::core::result::Result<(), __guest::CallError> {
            __p::renew(&self.core)
        }
    }
}

/// The proxy over an implementation in this program.
fn local(contract: &Contract, body: Body) -> TokenStream {
    let dyn_type = dyn_type(contract);
    let note = local_note(contract).map(|note| quote!(#[doc = ""] #[doc = #note]));
    let body = match body {
        Body::Call => quote!(__p::local::<#dyn_type>(implementation)),
        Body::Nothing => quote!(loop {}),
    };
    quote! {
        /// A proxy over an implementation in this program: to pass on, and to stand in
        /// for a plugin in tests. Its bundle is called `local`.
        #note
        #[inline]
        pub fn local(
            implementation: __p::Arc<
                #dyn_type + ::core::marker::Send + ::core::marker::Sync,
            >,
        ) -> Self {
            #body
        }
    }
}

/// What is to be said about methods that take `&mut self`.
fn local_note(contract: &Contract) -> Option<&'static str> {
    (!contract.is_shared()).then_some(
        "Methods that take `&mut self` need the implementation for themselves: while \
         somebody keeps a clone of the `Arc`, they fail with `CallError::Reentrant`.",
    )
}

fn conversion(contract: &Contract) -> TokenStream {
    let proxy = &contract.proxy;
    let dyn_type = dyn_type(contract);
    quote! {
        impl __guest::Proxy for #proxy {
            type Contract = #dyn_type;
            type Pinned<'p> = __Pinned<'p>;

            #[inline]
            fn from_core(core: __p::ProxyCore<#dyn_type>) -> Self {
                Self { core }
            }
        }
    }
}

/// A proxy crosses as one counted reference.
fn value(contract: &Contract) -> TokenStream {
    let proxy = &contract.proxy;
    let dyn_type = dyn_type(contract);
    // What is received is bound for this contract, or refused.
    quote! {
        unsafe impl __p::Value for #proxy {
            type Abi = __p::RawProxy;
            const SCHEMA: &'static __p::TypeSchema =
                &__p::TypeSchema::of_contract(
                    __p::TypeKind::Proxy,
                    <#dyn_type as __guest::Contract>::AT_MAJOR,
                );

            #[inline]
            fn into_abi(self) -> __p::RawProxy {
                self.core.into_raw()
            }

            #[inline]
            unsafe fn from_abi(
                abi: __p::RawProxy,
            ) -> ::core::result::Result<Self, __p::Invalid> {
                let core = unsafe { __p::ProxyCore::receive(abi) };
                ::core::result::Result::map(core, |core| Self { core })
            }
        }
    }
}

fn debug(contract: &Contract) -> TokenStream {
    let proxy = &contract.proxy;
    quote! {
        impl ::core::fmt::Debug for #proxy {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.core, f)
            }
        }
    }
}

/// Proxies share their instance when no method needs it for itself, which is
/// what `share` asks for.
fn clone(contract: &Contract) -> TokenStream {
    if !contract.is_shared() {
        return TokenStream::new();
    }
    let proxy = &contract.proxy;
    quote! {
        /// The clone shares the instance.
        impl ::core::clone::Clone for #proxy {
            #[inline]
            fn clone(&self) -> Self {
                Self { core: unsafe { self.core.share() } }
            }
        }
    }
}

fn errors_section(method: &Method) -> String {
    let what = match method.result.sides {
        Some(_) => "`CallError::Method` holds the method's own error; the other variants say",
        None => "`CallError` says",
    };
    let text = format!("{what} why the result of the call did not come.");
    if method.docs.lines().any(|line| line.trim() == "# Errors") {
        return text;
    }
    format!("# Errors\n\n{text}")
}

/// A paragraph behind what the user wrote.
fn sentence(attrs: &[Attribute], text: &str) -> TokenStream {
    if attrs.iter().any(|attr| attr.path().is_ident("doc")) {
        quote!(#[doc = ""] #[doc = #text])
    } else {
        quote!(#[doc = #text])
    }
}
