//! What plugin code can do in a VM, and what it cannot.

mod escapes;
mod limits;
mod reachable;
mod require;
mod strings;
mod vm;
