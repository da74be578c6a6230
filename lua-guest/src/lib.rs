//! The Lua side of polyplug: the modules that every Lua bundle can `require`.
//!
//! They are part of the program, so they always ship, in the version that the
//! loader knows.
#![forbid(unsafe_code)]

/// A module that bundles can `require`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LuaModule {
    /// What bundles call it.
    pub name: &'static str,
    /// Its source.
    pub source: &'static str,
}

/// All modules. None needs another one, nor more than the sandbox offers.
pub const MODULES: &[LuaModule] =
    &[LuaModule { name: "polyplug", source: include_str!("../lua/polyplug.lua") }];
