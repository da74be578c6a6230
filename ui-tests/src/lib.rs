//! What the macros of polyplug-guest accept: each module is one passing case,
//! compiled under the strictest lints. The mistakes are in the other folders,
//! and the tests say what is expected of both.

#![deny(
    rust_2018_idioms,
    unused,
    unused_qualifications,
    non_local_definitions,
    let_underscore_drop,
    warnings
)]

#[path = "../pass/aliases.rs"]
pub mod aliases;
#[path = "../pass/attributes.rs"]
pub mod attributes;
#[path = "../pass/bundles.rs"]
pub mod bundles;
#[path = "../pass/closures.rs"]
pub mod closures;
#[path = "../pass/contracts.rs"]
pub mod contracts;
#[path = "../pass/defaults.rs"]
pub mod defaults;
#[path = "../pass/derived.rs"]
pub mod derived;
#[path = "../pass/hygiene.rs"]
pub mod hygiene;
#[path = "../pass/identifiers.rs"]
pub mod identifiers;
#[path = "../pass/lifetimes.rs"]
pub mod lifetimes;
#[path = "../pass/places.rs"]
pub mod places;
#[path = "../pass/plugins.rs"]
pub mod plugins;
#[path = "../pass/types.rs"]
pub mod types;
#[path = "../pass/versions.rs"]
pub mod versions;
