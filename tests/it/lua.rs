//! Lua bundles: the same contracts, the same proxies.

mod calls;
mod errors;
mod life;
mod limits;
mod refusals;
mod support;

pub(crate) use support::{chain, fixture};
pub(crate) mod support;
mod types;
