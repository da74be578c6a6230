//! What a process does on the thread with which it began.
//!
//! Most hosts call plugins there, and it ends with the process: what a library would have it
//! do at its end keeps no library.

use fixture_threads::Threads;
use polyplug_runtime::{NativeLoader, Runtime, Unloaded};

fn main() {
    let libraries = tempfile::tempdir().unwrap();
    // SAFETY: the loader gets a fixture of this repository alone.
    let loader = unsafe { NativeLoader::new() }.copy_dir(libraries.path());
    let runtime = Runtime::builder().loader(loader).build().unwrap();
    let journal = libraries.path().join("journal");
    let config = format!("journal = {:?}", journal.to_str().unwrap());
    let library = std::env::current_exe().unwrap();
    let library = library.with_file_name(format!(
        "{}fixture_threads{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    for _ in 0..100 {
        runtime.load(&library).unwrap();
        let threads = runtime.get_with::<dyn Threads>(config.as_str()).unwrap();
        threads.ask_for_thread().unwrap();
        assert_eq!(runtime.unload("threads").unwrap(), Unloaded::Reclaimed);
    }
    println!("1 passed, 0 failed");
}
