//! Writes C headers: `polyplug.h` from the Rust source of the binary interface, and
//! a typed header for a contract from its schema.
//!
//! A general generator of headers does not do here: it knows neither atomics nor
//! aligned tables nor functions that may be absent, and states no layouts. So
//! [`abi_header`] reads the declarations itself, while the numbers and offsets that
//! the header asserts are the compiler's (`build.rs`).

mod abi;
mod contract;
mod schema;

pub use abi::abi_header;
pub use contract::{ContractHeaderError, contract_header};
