//! `polyplug.h`.

mod order;
mod source;
mod types;
mod write;

pub(crate) use types::{c_field, screaming};
pub(crate) use write::declaration;

use source::Source;

/// The layout of a record, as the compiler made it.
pub(crate) struct Layout {
    name: &'static str,
    size: usize,
    /// Whether the public fields are all there are.
    is_whole: bool,
    fields: &'static [(&'static str, usize)],
}

include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

/// What stands above the tables, and what below them.
const HEAD: &str = include_str!("abi/head.h");
const TAIL: &str = include_str!("abi/tail.h");

/// The header of the binary interface.
pub fn abi_header() -> String {
    let mut source = Source::default();
    for file in SOURCES {
        if let Err(error) = source.read(file) {
            unreachable!("the compiler took the file that syn refuses: {error}");
        }
    }
    format!("{HEAD}{}{TAIL}", write::tables(&source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_is_asserted_and_no_rust_is_left() {
        let header = abi_header();
        for layout in LAYOUTS.iter().filter(|layout| layout.is_whole) {
            let name = layout.name.strip_prefix("Raw").unwrap_or(layout.name);
            assert!(header.contains(&format!("sizeof(Polyplug{name}")), "{name}");
        }
        for rust in ["Option", "AtomicPtr", "MaybeUninit", "extern fn", "](", "::"] {
            let left: Vec<_> = write::tables_of_interface()
                .lines()
                .filter(|line| line.contains(rust))
                .map(str::to_owned)
                .collect();
            assert!(left.is_empty(), "`{rust}` in {left:#?}");
        }
    }
}
