//! The functions of the environment that are not LuaJIT's own.

mod chunk;
mod log;
mod release;
mod require;
mod strings;
mod substitute;

pub(super) use chunk::Load;
pub(super) use log::{Log, Print};
pub(super) use release::Release;
pub(super) use require::{NATIVE, Require};
pub(super) use strings::{Find, Gmatch, Match};
pub(super) use substitute::Gsub;
