//! Every type that crosses, as an argument and as a result.

mod errors;
mod properties;
mod scalars;
mod sequences;
mod stack;

use polyplug_runtime::{Contract, Runtime};

use crate::support::{library, runtime};

thread_local! {
    /// Each test has a thread of its own, and with that goes what it loaded.
    static RUNTIME: Runtime = {
        let runtime = runtime();
        runtime.load(library("fixture-types")).unwrap();
        runtime
    };
}

/// A proxy of the fixture.
fn types<C: Contract + ?Sized>() -> C::Proxy {
    RUNTIME.with(|runtime| runtime.get::<C>().unwrap())
}
