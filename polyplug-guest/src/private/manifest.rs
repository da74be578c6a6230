//! The manifest of a native bundle, put together at compile time.

/// The length of `parts`, one after the other.
pub const fn length(parts: &[&str]) -> usize {
    let mut len = 0;
    let mut i = 0;
    while i < parts.len() {
        len += parts[i].len();
        i += 1;
    }
    len
}

/// `parts`, one after the other, cut or filled with zeros to `LEN` bytes.
pub const fn concat<const LEN: usize>(parts: &[&str]) -> [u8; LEN] {
    let mut text = [0; LEN];
    let mut len = 0;
    let mut i = 0;
    while i < parts.len() {
        let part = parts[i].as_bytes();
        let mut j = 0;
        while j < part.len() && len < LEN {
            text[len] = part[j];
            len += 1;
            j += 1;
        }
        i += 1;
    }
    text
}

/// `bytes` as text; empty when they are none, which parts of text never are.
pub const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_together() {
        const PARTS: &[&str] = &["a", "", "bc"];
        assert_eq!(concat::<{ length(PARTS) }>(PARTS), *b"abc");
    }
}
