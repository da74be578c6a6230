//! A plugin that was built with `panic = "abort"`.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use fixture_failing_contracts::Panicky;
use polyplug_runtime::LoadError;
use polyplug_runtime::loader::native::NativeError;

use super::child::child;
use super::stage::Stage;

/// Tells the worker that it is one.
const WORKER: &str = "POLYPLUG_TEST_ABORT";

/// `fixture-panicky`, built with `panic = "abort"` in a directory of its own.
fn library() -> &'static Path {
    static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("abort");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        cargo.args(["build", "--frozen", "--quiet", "--package", "fixture-panicky"]);
        cargo.args(["--config", "profile.dev.panic = 'abort'"]);
        cargo.args(["--config", "profile.dev.debug = false"]);
        cargo.arg("--target-dir").arg(&target);
        // Whatever the tests themselves are built with, say a sanitizer.
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(variable);
        }
        let built = cargo.output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target.join("debug").join(format!("{DLL_PREFIX}fixture_panicky{DLL_SUFFIX}"))
    });
    &LIBRARY
}

#[test]
fn a_plugin_whose_panics_abort_is_refused() {
    let stage = Stage::new();
    let parts = ["`panic = \"abort\"`", "build it with `panic = \"unwind\"`", "allow_abort(true)"];
    let error = stage.refuse(library(), &parts);
    let LoadError::Loader { source, .. } = error else { panic!("{error}") };
    assert_eq!(*source.downcast::<NativeError>().unwrap(), NativeError::PanicAborts);
}

#[test]
fn a_plugin_whose_panics_abort_is_loaded_when_that_is_allowed() {
    let stage = Stage::with(|loader| loader.allow_abort(true));
    stage.runtime.load(library()).unwrap();
    assert_eq!(stage.runtime.get::<dyn Panicky>().unwrap().calm().unwrap(), 42);
}

#[test]
#[cfg(unix)]
fn a_plugin_whose_panics_abort_ends_the_process() {
    use std::os::unix::process::ExitStatusExt;

    let output = child("refused::aborting::worker", WORKER, library()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    // SIGABRT
    assert_eq!(output.status.signal(), Some(6), "{errors}");
}

#[test]
#[ignore = "run in a process of its own, which it ends"]
fn worker() {
    let Some(library) = std::env::var_os(WORKER) else { return };
    let stage = Stage::with(|loader| loader.allow_abort(true));
    stage.runtime.load(library).unwrap();
    let _ = stage.runtime.get::<dyn Panicky>().unwrap().shout("the end");
}
