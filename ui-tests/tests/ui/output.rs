//! The expected outputs.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of mistakes.
pub(crate) const SUBJECTS: [&str; 5] = ["contract", "derive", "plugin", "bundle", "usage"];

/// What the compiler says about one case.
pub(crate) struct Output {
    /// `subject/case`.
    pub(crate) case: String,
    pub(crate) text: String,
}

/// Every expected output.
pub(crate) fn all() -> Vec<Output> {
    let mut outputs = Vec::new();
    for subject in SUBJECTS {
        for entry in fs::read_dir(root().join(subject)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "stderr") {
                let case = format!("{subject}/{}", path.file_stem().unwrap().to_str().unwrap());
                outputs.push(Output { case, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(!outputs.is_empty());
    outputs
}

/// The folder of this crate.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[test]
fn one_mistake_is_one_error() {
    // Where the compiler has something of its own to say as well, and where one
    // mistake cannot be written without another.
    let known = [("contract/method_variadic", 3), ("plugin/negative", 2)];
    for Output { case, text } in all() {
        if case.contains("several_mistakes") {
            continue;
        }
        let expected = known.iter().find(|(known, _)| *known == case).map_or(1, |known| known.1);
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, expected, "{case}");
    }
}

#[test]
fn no_output_names_what_the_user_did_not_write() {
    const GENERATED: [&str; 7] = [
        "argument_0",
        "variant_0",
        "PROVIDED",
        "MANIFEST",
        "RECORD",
        "create_instance",
        "unload_instance",
    ];
    for Output { case, text } in all() {
        let mut after_underscores = text.split("__").skip(1);
        let hidden = after_underscores.any(|rest| rest.starts_with(|c: char| c.is_alphabetic()));
        assert!(!hidden, "{case} names something that is hidden");
        for name in GENERATED {
            assert!(!text.contains(name), "{case} names `{name}`");
        }
    }
}
