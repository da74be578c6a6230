//! What a caller of a contract brings along.

use std::ptr;

use crate::abi::{ContractClient, ContractSchema, UniformCall};
use crate::contract::Functions;

/// The client of a contract: `uniform` holds an adapter for each method; `forwards` is
/// there when a method has a default body.
pub const fn client(
    schema: &'static ContractSchema,
    method_fingerprints: &'static [u64],
    vm_thunks: Functions,
    absent: Functions,
    forwards: Option<Functions>,
    uniform: &'static [UniformCall],
) -> ContractClient {
    ContractClient {
        size: size_of::<ContractClient>(),
        schema,
        method_fingerprints: method_fingerprints.as_ptr(),
        vm_thunks: vm_thunks.as_ptr(),
        absent: absent.as_ptr(),
        forwards: match forwards {
            Some(forwards) => forwards.as_ptr(),
            None => ptr::null(),
        },
        uniform: uniform.as_ptr(),
        // Callers reach it through proxies alone, which take `&str` and the like.
        flags: ContractClient::UTF8_TEXTS,
        reserved: 0,
    }
}
