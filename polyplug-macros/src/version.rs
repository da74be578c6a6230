//! Versions of contracts, `major.minor`, and of bundles, `major.minor.patch`.

use std::fmt;

/// The version of a contract.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl Version {
    /// The version that `text` writes, if it is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: number(major)?, minor: number(minor)? })
    }

    /// The version that methods without `#[since]` have in a contract of this
    /// version.
    pub(crate) fn base(self) -> Self {
        if self.major == 0 { self } else { Self { minor: 0, ..self } }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Whether `text` is a version of a bundle, as Cargo takes it.
pub(crate) fn is_bundle_version(text: &str) -> bool {
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    let (core, pre_release) = match rest.split_once('-') {
        Some((core, pre_release)) => (core, Some(pre_release)),
        None => (rest, None),
    };
    let numbers = core.split('.').map(number_u64);
    numbers.clone().count() == 3
        && numbers.clone().all(|number| number.is_some())
        && build.is_none_or(|build| build.split('.').all(is_identifier))
        && pre_release
            .is_none_or(|pre| pre.split('.').all(|id| is_identifier(id) && !is_padded(id)))
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether `text` is a number with a zero too many in front.
fn is_padded(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(text: &str) -> Option<u32> {
    number_u64(text)?.try_into().ok()
}

fn number_u64(text: &str) -> Option<u64> {
    // `parse` alone would take `+1`.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && !is_padded(text) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_version_is_two_plain_numbers() {
        assert_eq!(Version::parse("1.20"), Some(Version { major: 1, minor: 20 }));
        assert!(Version::parse("0.4294967295").is_some());
        for text in ["", "1", "1.", ".1", "1.2.3", "01.2", "1.02", "+1.2", "1.-2", "1.4294967296"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_bundle_version_is_semantic() {
        for text in ["0.1.0", "10.2.3-rc.1", "1.0.0-0a.x-y+001.b", "1.0.0+a-b"] {
            assert!(is_bundle_version(text), "{text}");
        }
        for text in
            ["", "1.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+", "1.0.0-a..b", "v1.0.0"]
        {
            assert!(!is_bundle_version(text), "{text}");
        }
    }

    #[test]
    fn below_one_every_method_has_the_contracts_version() {
        let version = |major, minor| Version { major, minor };
        assert_eq!(version(2, 3).base(), version(2, 0));
        assert_eq!(version(0, 3).base(), version(0, 3));
    }
}
