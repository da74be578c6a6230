//! What the macros accept, and what they say about mistakes.
//!
//! A mistake is a file in `contract`, `derive`, `plugin`, `bundle` or `usage`, with the
//! compiler's whole output beside it; `TRYBUILD=overwrite` writes that anew.
//! What must be accepted is in `pass`, which the library of this crate compiles.

mod accepted;
mod explained;
mod output;
mod schema;

#[test]
fn mistakes_are_refused_as_expected() {
    let cases = trybuild::TestCases::new();
    for subject in output::SUBJECTS {
        cases.compile_fail(format!("{subject}/*.rs"));
    }
}
