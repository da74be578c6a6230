//! The code that the design prints compiles and runs as it stands there, in
//! crates outside of this workspace; also when the plugin is built to be small.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use polyplug_guest::contract;

use crate::place::Place;

/// The contract as a host of its own sees it.
#[contract(name = "text.transform", version = "1.0")]
pub(crate) trait Transform {
    /// The text that `input` becomes.
    fn transform(&self, input: &str) -> String;
}

/// What `tests/outside` holds.
const FILES: [&str; 14] = [
    "Cargo.toml",
    "app-contract/Cargo.toml",
    "app-contract/src/lib.rs",
    "everything/Cargo.toml",
    "everything/src/main.rs",
    "everything/src/promises.rs",
    "host/Cargo.toml",
    "host/src/main.rs",
    "text-contract/Cargo.toml",
    "text-contract/src/lib.rs",
    "twice/Cargo.toml",
    "twice/src/lib.rs",
    "upper/Cargo.toml",
    "upper/src/lib.rs",
];

/// What `everything` prints.
const EVERYTHING: &str = include_str!("../outside/everything/expected.txt");

/// The directory of the outside crates, with their debug build.
static OUTSIDE: LazyLock<PathBuf> = LazyLock::new(|| {
    let outside = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
    write_crates(&outside);
    cargo(&outside, &["build"]);
    outside
});

/// The plugin, built with link-time optimisation, for size, and stripped.
pub(crate) static SMALL_LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    cargo(&OUTSIDE, &["build", "--release", "-p", "upper"]);
    built("release", DLL_PREFIX, "upper", DLL_SUFFIX)
});

fn write_crates(outside: &Path) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let templates = repository.join("tests/outside");
    for file in FILES {
        let content = fs::read_to_string(templates.join(file)).unwrap();
        // On Windows a path holds what TOML would take for escapes.
        let place = repository.to_str().unwrap().replace('\\', "/");
        write(&outside.join(file), &content.replace("REPOSITORY", &place));
    }
    // The same versions as here, so that nothing has to be fetched.
    let lock = fs::read_to_string(repository.join("Cargo.lock")).unwrap();
    if write(&outside.join("repository.lock"), &lock) {
        fs::write(outside.join("Cargo.lock"), &lock).unwrap();
    }
}

/// Writes a file unless it is that already: what did not change is not built
/// again. Returns whether it was not.
fn write(path: &Path, content: &str) -> bool {
    if fs::read_to_string(path).is_ok_and(|present| present == content) {
        return false;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    true
}

fn cargo(outside: &Path, arguments: &[&str]) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).args(["--offline", "--quiet", "--target-dir", "target"]);
    let output = cargo.current_dir(outside).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn built(profile: &str, prefix: &str, name: &str, suffix: &str) -> PathBuf {
    OUTSIDE.join("target").join(profile).join(format!("{prefix}{name}{suffix}"))
}

/// Lays `library` out as a directory with a manifest, in `plugins/upper`.
fn install(place: &Place, library: &Path) -> PathBuf {
    let directory = place.path("plugins/upper");
    fs::create_dir_all(&directory).unwrap();
    let file = library.file_name().unwrap().to_str().unwrap();
    fs::copy(library, directory.join(file)).unwrap();
    let manifest = format!(
        "name = \"upper\"\nversion = \"0.1.0\"\nloader = \"native\"\nfile = \"{file}\"\n\
         provides = [\"text.transform@1.0\"]\n"
    );
    fs::write(directory.join("manifest.toml"), manifest).unwrap();
    directory
}

/// Runs a host beside `plugins`, and returns what it prints.
fn run_host(place: &Place, name: &str, arguments: &[&Path]) -> String {
    let mut host = Command::new(built("debug", "", name, EXE_SUFFIX));
    let output = host.args(arguments).current_dir(place.path("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn loads_and_calls(place: &Place, path: &Path) {
    let runtime = place.builder().contract::<dyn Transform>().build().unwrap();
    assert_eq!(runtime.load(path).unwrap().name(), "upper");
    let transform = runtime.get::<dyn Transform>().unwrap();
    assert_eq!(transform.transform("hello, wörld").unwrap(), "HELLO, WÖRLD");
}

#[test]
fn the_code_of_the_design_compiles_and_runs_as_printed() {
    let place = Place::new();
    install(&place, &built("debug", DLL_PREFIX, "upper", DLL_SUFFIX));
    assert_eq!(run_host(&place, "host", &[]), "upper: HELLO\n");
}

#[test]
fn every_name_of_the_design_for_services_and_the_life_of_bundles_works_as_printed() {
    let place = Place::new();
    install(&place, &built("debug", DLL_PREFIX, "upper", DLL_SUFFIX));
    let twice = built("debug", DLL_PREFIX, "twice", DLL_SUFFIX);
    assert_eq!(run_host(&place, "everything", &[&twice]), EVERYTHING);
}

#[test]
fn the_library_of_the_design_loads_as_a_directory_and_bare() {
    let place = Place::new();
    let library = built("debug", DLL_PREFIX, "upper", DLL_SUFFIX);
    loads_and_calls(&place, &install(&place, &library));
    loads_and_calls(&place, &library);
}

#[test]
fn a_library_that_was_optimised_and_stripped_still_says_what_it_is() {
    let place = Place::new();
    loads_and_calls(&place, &SMALL_LIBRARY);
    loads_and_calls(&place, &install(&place, &SMALL_LIBRARY));
    assert_eq!(run_host(&place, "host", &[]), "upper: HELLO\n");
    let debug = built("debug", DLL_PREFIX, "upper", DLL_SUFFIX);
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    assert!(size(&SMALL_LIBRARY) * 4 < size(&debug), "the profile is in force");
}
