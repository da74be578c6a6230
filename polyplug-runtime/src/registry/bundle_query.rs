//! How a bundle is named in a lookup.

use semver::Version;

use super::Descriptor;

/// `name`, or `name@version`.
pub(super) struct BundleQuery<'a> {
    name: &'a str,
    version: Option<Version>,
}

impl<'a> BundleQuery<'a> {
    /// `None` if the version is none, so that no bundle can have it.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        match text.split_once('@') {
            None => Some(Self { name: text, version: None }),
            Some((name, version)) => Some(Self { name, version: Some(version.parse().ok()?) }),
        }
    }

    pub(super) fn matches(&self, descriptor: &Descriptor) -> bool {
        descriptor.bundle_name() == self.name
            && self.version.as_ref().is_none_or(|version| version == descriptor.bundle_version())
    }
}
