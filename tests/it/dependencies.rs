//! Who needs whom: what that means for loads, unloads and reloads.

mod cycles;
mod graph;
mod manifests;
mod order;
