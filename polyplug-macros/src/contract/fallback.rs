//! What stands in for a contract that was refused, so that its uses give no
//! errors of their own.

mod mend;

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::TraitItem;

use super::model::Contract;
use super::{check, expand};

/// The trait, mended, and stand-ins for everything else.
pub(super) fn expand(mut contract: Contract) -> TokenStream {
    mend::mend(&mut contract.item);
    let mut names: HashSet<_> = check::RESERVED.into_iter().map(str::to_owned).collect();
    contract.methods.retain(|method| names.insert(method.name.clone()) && mend::is_usable(method));
    if can_be_dyn(&contract) {
        return expand::stand_in(&contract);
    }
    let Contract { item, proxy, .. } = &contract;
    let vis = &item.vis;
    quote! {
        #item
        #[allow(dead_code)]
        #vis struct #proxy;
    }
}

/// Whether the trait, which was mended, can stand behind `dyn`.
fn can_be_dyn(contract: &Contract) -> bool {
    let item = &contract.item;
    item.generics.params.is_empty()
        && item.items.iter().all(|item| matches!(item, TraitItem::Fn(_) | TraitItem::Type(_)))
}
