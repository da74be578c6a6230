//! What can go wrong: in a call, and in a plugin's own words.

mod call;
mod plugin;

pub use call::{CallError, Failure};
pub use plugin::PluginError;
