//! What the tests share: where fixtures are, and runtimes to load them with.

use std::env;
use std::path::PathBuf;

use polyplug_runtime::{NativeLoader, Runtime, RuntimeBuilder};

/// The library of the fixture crate `name`, which cargo built beside this test.
pub(crate) fn library(name: &str) -> PathBuf {
    let file =
        format!("{}{}{}", env::consts::DLL_PREFIX, name.replace('-', "_"), env::consts::DLL_SUFFIX);
    env::current_exe().unwrap().with_file_name(file)
}

/// A runtime that loads native libraries.
pub(crate) fn builder() -> RuntimeBuilder {
    // SAFETY: the tests load fixtures of this repository alone.
    Runtime::builder().loader(unsafe { NativeLoader::new() })
}

/// As [`builder`], built.
pub(crate) fn runtime() -> Runtime {
    builder().build().unwrap()
}
