//! Fixtures that are libraries.

use std::env;
use std::path::PathBuf;

use libloading::Library;

/// The library of the fixture crate `name`, which cargo built beside this bench.
///
/// # Panics
///
/// If the program does not know where it lies.
pub fn library(name: &str) -> PathBuf {
    let name = name.replace('-', "_");
    let file = format!("{}{name}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    env::current_exe().expect("a bench knows where it lies").with_file_name(file)
}

/// What `symbol` of the fixture `name` points at; the library is never closed.
///
/// # Panics
///
/// If the library, or the symbol in it, cannot be found.
///
/// # Safety
///
/// `T` is a function pointer of the symbol's type.
pub unsafe fn load_symbol<T: Copy>(name: &str, symbol: &str) -> T {
    // SAFETY: the fixtures have no initialisers of their own.
    let library = unsafe { Library::new(library(name)) }.expect("cargo built the fixture");
    // SAFETY: the caller's promise.
    let value = *unsafe { library.get::<T>(symbol) }.expect("the fixture exports the symbol");
    std::mem::forget(library);
    value
}

/// The function that is the floor: `add` by value, as `dlsym` gives it.
pub fn floor_add() -> extern "C" fn(u32, u32) -> u32 {
    // SAFETY: this is the symbol's type.
    unsafe { load_symbol("bench-floor", "bench_floor_add") }
}
