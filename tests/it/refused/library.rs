//! Files that are no libraries of this host.

use std::fs;

use polyplug_runtime::LoadError;
use polyplug_runtime::loader::native::{InspectError, NativeError};

use super::image::Image;
use super::manifest::WHOLE;
use super::stage::Stage;

/// An image that is refused before it is opened; says why.
fn inspected(image: Image, parts: &[&str]) -> InspectError {
    let stage = Stage::new();
    let path = image.saved(&stage, "liar.so");
    *loader_error(stage.refuse(path, parts)).downcast().unwrap()
}

fn loader_error(error: LoadError) -> Box<dyn std::error::Error + Send + Sync> {
    let LoadError::Loader { source, .. } = error else { panic!("{error}") };
    source
}

#[test]
fn a_text_file_that_is_called_like_a_library_is_refused() {
    for content in ["", "\n", "This is no library.\n"] {
        let stage = Stage::new();
        let path = stage.place("poem.so");
        fs::write(&path, content).unwrap();
        let error = stage.refuse(path, &["is not a shared library", "crate-type"]);
        let error = loader_error(error).downcast::<InspectError>().unwrap();
        assert!(matches!(*error, InspectError::NotALibrary));
    }
}

#[test]
fn the_library_of_a_directory_is_named_when_it_is_wrong() {
    let stage = Stage::new();
    let path = stage.directory(WHOLE);
    fs::write(path.join("liar.so"), "This is no library.\n").unwrap();
    let file = path.join("liar.so");
    let error = stage.refuse(&path, &["is not a shared library", file.to_str().unwrap()]);
    assert_eq!(error.path(), file);
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_without_manifest_is_refused() {
    let image = Image::new().with("\0.polyplug\0", "\0.polyplum\0");
    let error = inspected(image, &["holds no manifest", "call `bundle!` in its crate"]);
    assert!(matches!(error, InspectError::NoManifest));
}

#[test]
fn a_manifest_section_with_something_else_in_it_is_refused() {
    let image = Image::new();
    let magic = polyplug_guest::abi::MANIFEST_MAGIC;
    let error = inspected(image.with(magic, [b'x'; 16]), &["something else", "build the library"]);
    assert!(matches!(error, InspectError::NotARecord { at: 0 }));
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_without_entry_is_refused() {
    let (entry, other) =
        ("\0polyplug_entry_bc702a809596798d\0", "\0polyplug_entry_bc702a809596798e\0");
    let error = inspected(Image::new().with(entry, other), &["does not export its entry", "keep"]);
    assert!(matches!(error, InspectError::NoEntry { .. }));
}

#[test]
fn an_entry_of_another_bundle_is_refused() {
    let (entry, other) =
        ("\"polyplug_entry_bc702a809596798d\"", "\"polyplug_entry_0123456789abcdef\"");
    let parts = ["line 5", "`entry`", "build the library again"];
    let error = inspected(Image::new().with(entry, other), &parts);
    assert!(matches!(error, InspectError::Manifest { .. }));
}

#[test]
fn a_wrong_id_inside_of_a_library_is_refused() {
    let image = Image::new().with("id = \"bc702a809596798d\"", "id = \"0123456789abcdef\"");
    let error = inspected(image, &["line 4", "`id`", "tampered", "restore what was changed"]);
    assert!(matches!(error, InspectError::Manifest { .. }));
}

#[test]
fn a_library_of_another_abi_version_is_refused() {
    let stage = Stage::new();
    let path = Image::new().with("abi = 1\nname", "abi = 2\nname").saved(&stage, "liar.so");
    let error = stage.refuse(path, &["ABI version 2", "speaks 1", "rebuild it"]);
    let error = loader_error(error).downcast::<NativeError>().unwrap();
    assert_eq!(*error, NativeError::AbiVersion { host: 1, library: 2 });
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_of_another_architecture_is_refused() {
    // `e_machine`: an Itanium, which no host of ours is.
    let image = Image::new().with_at(18, &50_u16.to_ne_bytes());
    let error = inspected(image, &["the file is for", "machine 0x32", "build the bundle for"]);
    assert!(matches!(error, InspectError::OtherMachine { .. }));
    // `EI_DATA`: the other byte order.
    let image = Image::new();
    let order = image.bytes()[5];
    let error = inspected(image.with_at(5, &[3 - order]), &["the file is for", "endian"]);
    assert!(matches!(error, InspectError::OtherMachine { .. }));
}

#[test]
#[cfg(target_os = "linux")]
fn an_executable_is_refused() {
    let image = Image::new().with_at(16, &2_u16.to_ne_bytes());
    let error = inspected(image, &["executable", "crate-type"]);
    assert!(matches!(error, InspectError::NotDynamic { .. }));
}
