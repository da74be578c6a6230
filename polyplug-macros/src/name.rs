//! Names of contracts and bundles.

/// The longest name, in bytes. `polyplug_guest::identity::MAX_NAME_LEN` is the same.
const MAX_LEN: usize = 128;

/// Whether `name` may name a contract or a bundle: the rule of
/// `polyplug_guest::identity::is_valid_name`, which this crate cannot call.
pub(crate) fn is_valid(name: &str) -> bool {
    name.len() <= MAX_LEN && name.split('.').all(is_valid_part)
}

fn is_valid_part(part: &str) -> bool {
    let mut bytes = part.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_and_dotted() {
        for name in ["a", "text.transform", "a-b_c.d1"] {
            assert!(is_valid(name), "{name}");
        }
        for name in ["", ".", "a.", ".a", "a..b", "A", "1a", "a.1", "-a", "ä", "a b"] {
            assert!(!is_valid(name), "{name}");
        }
        assert!(is_valid(&"a".repeat(MAX_LEN)));
        assert!(!is_valid(&"a".repeat(MAX_LEN + 1)));
    }
}
