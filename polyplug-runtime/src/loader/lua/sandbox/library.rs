//! The functions of the environment that are not LuaJIT's own.

mod chunk;
mod print;
mod require;
mod strings;
mod substitute;

pub(super) use chunk::Load;
pub(super) use print::Print;
pub(super) use require::Require;
pub(super) use strings::{Find, Gmatch, Match};
pub(super) use substitute::Gsub;
