//! A library as bytes, to be changed and written somewhere else.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use super::stage::Stage;
use crate::support::library;

/// The bytes of `fixture-liar`, of a later version so that both can be loaded.
#[derive(Clone)]
pub(crate) struct Image {
    bytes: Vec<u8>,
}

impl Image {
    pub(crate) fn new() -> Self {
        static IMAGE: LazyLock<Image> = LazyLock::new(|| {
            let bytes = fs::read(library("fixture-liar")).unwrap();
            Image { bytes }.with("version = \"0.1.0\"", "version = \"0.2.0\"")
        });
        IMAGE.clone()
    }

    /// An image that tells a lie when it is loaded.
    pub(crate) fn that_tells(lie: &str) -> Self {
        let script = |lie| format!("polyplug-test-lie={lie:46}");
        Self::new().with(script("honest"), script(lie))
    }

    /// The image with all of one text replaced by another of the same length.
    pub(crate) fn with(self, text: impl AsRef<[u8]>, other: impl AsRef<[u8]>) -> Self {
        let places = self.find(text.as_ref());
        assert!(!places.is_empty(), "there is no such text in the library");
        assert_eq!(text.as_ref().len(), other.as_ref().len());
        places.into_iter().fold(self, |image, at| image.with_at(at, other.as_ref()))
    }

    /// The image with other bytes at an offset.
    pub(crate) fn with_at(mut self, at: usize, bytes: &[u8]) -> Self {
        self.bytes[at..][..bytes.len()].copy_from_slice(bytes);
        self
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where a text stands.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<usize> {
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(at) = first(&self.bytes[from..], text) {
            places.push(from + at);
            from += at + text.len();
        }
        places
    }

    /// Writes the image where it can be loaded from.
    pub(crate) fn saved(&self, stage: &Stage, name: &str) -> PathBuf {
        let path = stage.place(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &self.bytes).unwrap();
        path
    }
}

fn first(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}
