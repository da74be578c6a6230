//! Lua bundles: the same contracts, the same proxies.

mod calls;
mod errors;
mod life;
mod limits;
mod refusals;
pub(crate) mod support;
mod types;

pub(crate) use support::{chain, fixture};
