//! Every type that crosses, as an argument and as a result.

mod errors;
mod properties;
mod scalars;
mod sequences;
mod stack;

use std::sync::LazyLock;

use polyplug_runtime::{Contract, Runtime};

use crate::support::{library, runtime};

/// A proxy of the fixture.
fn types<C: Contract + ?Sized>() -> C::Proxy {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let runtime = runtime();
        runtime.load(library("fixture-types")).unwrap();
        runtime
    });
    RUNTIME.get::<C>().unwrap()
}
