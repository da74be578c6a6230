//! Integration tests: real libraries, opened and called.

mod basics;
mod c;
mod concurrency;
mod edges;
mod events;
mod instances;
mod leak;
mod lookup;
mod lua;
mod lying;
mod making;
mod many_reloads;
mod origins;
mod outside;
mod place;
mod protocol;
mod refused;
mod registry;
mod reload;
mod reload_failed;
mod schema;
mod support;
mod tutorial;
mod types;
mod unload;
mod versions;
