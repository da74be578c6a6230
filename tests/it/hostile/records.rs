//! Manifests inside of a library that cannot be read: nothing of it is opened.

use polyplug_guest::abi::{MANIFEST_MAGIC, MANIFEST_RECORD_VERSION};
use polyplug_runtime::LoadError;
use polyplug_runtime::loader::native::InspectError;

use crate::refused::{Image, Stage};

/// The library with other bytes at an offset into its record; says why it is refused.
fn refused(offset: usize, bytes: &[u8], parts: &[&str]) -> InspectError {
    let image = Image::new();
    // The loader of the tests, or an unused constant, may hold the magic as well.
    let head = [&MANIFEST_MAGIC[..], &MANIFEST_RECORD_VERSION.to_ne_bytes()].concat();
    let [at] = image.find(&head)[..] else { panic!("there is not one record") };
    let stage = Stage::new();
    let path = image.with_at(at + offset, bytes).saved(&stage, "liar.so");
    let LoadError::Loader { source, .. } = stage.refuse(path, parts) else {
        panic!("refused for another reason")
    };
    *source.downcast().unwrap()
}

#[test]
fn records_that_lie_are_refused() {
    let error = refused(0, b"x", &["at byte 0", "something else"]);
    assert!(matches!(error, InspectError::NotARecord { at: 0 }), "{error:?}");
    let error = refused(16, &7_u32.to_ne_bytes(), &["record version 7", "reads 1"]);
    assert!(matches!(error, InspectError::RecordVersion { found: 7, known: 1 }), "{error:?}");
    for len in [1_u32 << 12, i32::MAX as u32, u32::MAX] {
        let error = refused(20, &len.to_ne_bytes(), &["record at byte 0", "cut short"]);
        assert!(matches!(error, InspectError::RecordTruncated { at: 0 }), "{error:?}");
    }
    // What is left of the text behind a shorter one is no record.
    let error = refused(20, &8_u32.to_ne_bytes(), &["at byte 32", "something else"]);
    assert!(matches!(error, InspectError::NotARecord { at: 32 }), "{error:?}");
    let error = refused(24, b"\xff", &["not UTF-8"]);
    assert!(matches!(error, InspectError::Manifest { .. }), "{error:?}");
    let error = refused(24, b"=", &["line 1"]);
    assert!(matches!(error, InspectError::Manifest { .. }), "{error:?}");
}
