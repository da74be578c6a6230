//! Lua bundles: the same contracts, the same proxies.

mod asked;
mod calling;
mod calls;
mod errors;
mod lending;
mod life;
mod limits;
mod passing;
mod proxies;
mod refusals;
mod services;
pub(crate) mod support;
mod types;

pub(crate) use support::{chain, fixture};
