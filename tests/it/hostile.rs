//! Bundles that lie, one field at a time: each lie has the error that it must give, and
//! the host goes on.
//!
//! | table | what is lied about |
//! | --- | --- |
//! | [`registered`] | interfaces: sizes, nulls, alignment, counts, ids, fingerprints |
//! | [`described`] | schemas: the same, names, kinds, nesting, cycles |
//! | [`replies`] | what functions return, and how they fail |
//! | [`interpreted`] | the same, of one function for all methods |
//! | [`asks`] | what a bundle asks of its host, and what it hands over |
//! | [`records`] | the manifest inside of a library |
//!
//! What no host can find out stands in `docs/safety.md`.

mod asks;
mod described;
mod interpreted;
mod records;
mod registered;
mod replies;

use polyplug_runtime::InterfaceError;

use crate::refused::{Image, Stage, text};

/// Loads a library that tells each lie of `table` when it is loaded, and reloads with
/// it: both is refused, with this very error, and leaves everything as it was.
fn refuses(table: impl IntoIterator<Item = (&'static str, InterfaceError)>) {
    let mut wrong = Vec::new();
    for (lie, expected) in table {
        let stage = Stage::new();
        let path = Image::that_tells(lie).saved(&stage, "liar.so");
        let error = stage.refuse(path, &["registered something", "build the plugin"]);
        let polyplug_runtime::LoadError::Interface { source, .. } = &error else {
            panic!("{lie}: {}", text(&error))
        };
        if *source != expected {
            wrong.push(format!("{lie}: {source:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
