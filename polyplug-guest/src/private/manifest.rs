//! The manifest of a native bundle, put together at compile time.

use super::Provided;
use crate::abi::ABI_VERSION;

/// What a native bundle says about itself.
pub struct Manifest {
    /// The name of the bundle.
    pub name: &'static str,
    /// The version of the bundle.
    pub version: &'static str,
    /// The symbol of its entry.
    pub entry: &'static str,
    /// Whether panics unwind.
    pub unwinds: bool,
    /// What it provides.
    pub provided: &'static [Provided],
    /// What it needs, if it says so: the items of a list, as TOML.
    pub dependencies: Option<&'static str>,
    /// Whether it is reloaded after what it needs was.
    pub reloads_with_dependencies: bool,
}

impl Manifest {
    /// The length of the text in bytes.
    #[allow(clippy::len_without_is_empty, reason = "a manifest is never empty")]
    pub const fn len(&self) -> usize {
        self.written(Text::<0>::new()).len
    }

    /// The manifest as TOML, cut or filled with zeros to `LEN` bytes. Names and
    /// versions hold nothing that would have to be escaped.
    pub const fn text<const LEN: usize>(&self) -> [u8; LEN] {
        self.written(Text::new()).bytes
    }

    const fn written<const LEN: usize>(&self, text: Text<LEN>) -> Text<LEN> {
        let text = text.push("abi = ").push_number(ABI_VERSION);
        let text = text.push("\nname = \"").push(self.name);
        let text = text.push("\"\nversion = \"").push(self.version);
        let text = text.push("\"\nentry = \"").push(self.entry);
        let panic = if self.unwinds { "unwind" } else { "abort" };
        let text = text.push("\"\npanic = \"").push(panic);
        let mut text = text.push("\"\nprovides = [");
        let mut i = 0;
        while i < self.provided.len() {
            let separator = if i == 0 { "\"" } else { ", \"" };
            text = text.push(separator).push(self.provided[i].contract()).push("\"");
            i += 1;
        }
        let text = text.push("]\n");
        let text = match self.dependencies {
            Some(list) => text.push("dependencies = [").push(list).push("]\n"),
            None => text,
        };
        match self.reloads_with_dependencies {
            true => text.push("reload_with_dependencies = true\n"),
            false => text,
        }
    }
}

/// `bytes` as text; empty when they are none, which parts of text never are.
pub const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// Text that is written at compile time. What does not fit is only counted.
struct Text<const LEN: usize> {
    bytes: [u8; LEN],
    len: usize,
}

impl<const LEN: usize> Text<LEN> {
    const fn new() -> Self {
        Self { bytes: [0; LEN], len: 0 }
    }

    const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() {
            if self.len < LEN {
                self.bytes[self.len] = text[i];
            }
            self.len += 1;
            i += 1;
        }
        self
    }

    const fn push_number(self, number: u32) -> Self {
        let text = if number >= 10 { self.push_number(number / 10) } else { self };
        text.push(text_of_digit(number % 10))
    }
}

const fn text_of_digit(digit: u32) -> &'static str {
    "0123456789".split_at(digit as usize).1.split_at(1).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_toml() {
        const MANIFEST: Manifest = Manifest {
            name: "upper",
            version: "1.0.0",
            entry: "entry",
            unwinds: false,
            provided: &[],
            dependencies: Some("\"a.b@1\", { bundle = \"lower\" }"),
            reloads_with_dependencies: true,
        };
        const TEXT: [u8; MANIFEST.len()] = MANIFEST.text();
        assert_eq!(
            text(&TEXT),
            "abi = 1\nname = \"upper\"\nversion = \"1.0.0\"\nentry = \"entry\"\n\
             panic = \"abort\"\nprovides = []\n\
             dependencies = [\"a.b@1\", { bundle = \"lower\" }]\n\
             reload_with_dependencies = true\n"
        );
    }

    #[test]
    fn numbers_are_decimal() {
        let text = Text::<3>::new().push_number(120);
        assert_eq!((&text.bytes, text.len), (b"120", 3));
    }
}
