//! What can be wrong with a manifest.

use std::{fmt, str::Utf8Error};

use polyplug_guest::{BundleId, identity::MAX_NAME_LEN};
use thiserror::Error;

/// Why a manifest was refused, and what to do about it.
///
/// The manifest's path is named by the error that this one is the source of.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The text is longer than any manifest may be.
    #[error("the manifest has {len} bytes, more than the {limit} that are read")]
    TooLong {
        /// The length of the text in bytes.
        len: usize,
        /// The most that is read.
        limit: usize,
    },
    /// The text is not UTF-8.
    #[error("line {line}: not UTF-8 text: save the manifest in that encoding")]
    NotUtf8 {
        /// The line of the first wrong byte.
        line: usize,
        /// Which byte is wrong.
        #[source]
        source: Utf8Error,
    },
    /// The text is not TOML.
    #[error("line {line}: malformed TOML: {}: correct that line", Clipped(.reason))]
    Malformed {
        /// The line of the mistake.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A field that manifests do not have.
    #[error(
        "line {line}: unknown field `{}`: {}",
        Clipped(.field), suggestion(.nearest, .known)
    )]
    UnknownField {
        /// The line of the field.
        line: usize,
        /// The field's name.
        field: String,
        /// The known field that was probably meant.
        nearest: Option<&'static str>,
        /// All fields that are known there.
        known: Vec<&'static str>,
    },
    /// A field that must be there is not.
    #[error("line {line}: no field `{field}`: add one such as `{example}`")]
    MissingField {
        /// The line where the table begins that lacks the field.
        line: usize,
        /// The field's name.
        field: String,
        /// How the field may look.
        example: String,
    },
    /// A field's value is of another type than the field's.
    #[error("line {line}: `{}` must be {expected}, and is {found}", Clipped(.field))]
    WrongType {
        /// The line of the value.
        line: usize,
        /// The field's name.
        field: String,
        /// What the value should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A name that no bundle may have.
    #[error(
        "line {line}: `{field}` is {:?}, which is no name: write parts of lower-case letters, \
         digits, `_` and `-` that begin with a letter, with dots between them, at most \
         {MAX_NAME_LEN} bytes in all",
        Clipped(.name)
    )]
    BadName {
        /// The line of the name.
        line: usize,
        /// The field that holds it.
        field: String,
        /// The name.
        name: String,
    },
    /// A bundle's version that is not a semantic version.
    #[error(
        "line {line}: `{field}` is {:?}, which is no semantic version: write one such as `1.0.0`",
        Clipped(.version)
    )]
    BadVersion {
        /// The line of the version.
        line: usize,
        /// The field that holds it.
        field: String,
        /// The version.
        version: String,
        /// What is wrong with it.
        #[source]
        source: semver::Error,
    },
    /// A requirement on a bundle's version that cannot be read.
    #[error(
        "line {line}: `{field}` is {:?}, which is no requirement on a version: write one such as \
         `^1.2`",
        Clipped(.requirement)
    )]
    BadRequirement {
        /// The line of the requirement.
        line: usize,
        /// The field that holds it.
        field: String,
        /// The requirement.
        requirement: String,
        /// What is wrong with it.
        #[source]
        source: semver::Error,
    },
    /// An entry that should name a contract and its version, and does not.
    #[error(
        "line {line}: `{field}` is {:?}, which names no contract and version: write it like \
         `{example}`",
        Clipped(.contract)
    )]
    BadContract {
        /// The line of the entry.
        line: usize,
        /// The field that holds it.
        field: String,
        /// The entry.
        contract: String,
        /// How such an entry looks.
        example: &'static str,
    },
    /// A contract that is provided twice.
    #[error(
        "line {line}: `{field}` and a later entry provide the same contract, {contract}: keep the \
         one with the higher minor version"
    )]
    DuplicateProvides {
        /// The line of the earlier entry.
        line: usize,
        /// The earlier entry.
        field: String,
        /// The later entry.
        contract: String,
    },
    /// An id that is not the one of the bundle's name.
    #[error(
        "line {line}: the manifest was tampered with: `id` is {:?}, and the id of `{name}` is \
         {id}: restore what was changed, or remove `id`",
        Clipped(.stated)
    )]
    WrongId {
        /// The line of the id.
        line: usize,
        /// The id that the manifest states.
        stated: String,
        /// The bundle's name.
        name: String,
        /// The id of that name.
        id: BundleId,
    },
    /// A table of files without one for this platform.
    #[error(
        "line {line}: `file` has nothing for {platform}, and is for {}: build the bundle for this \
         platform and add its file",
        listed(.platforms)
    )]
    NoFileForPlatform {
        /// The line of the table.
        line: usize,
        /// This platform.
        platform: String,
        /// The platforms that there are files for.
        platforms: Vec<String>,
    },
    /// A file that is not inside the bundle.
    #[error(
        "line {line}: `{}` is {:?}, which is no file inside the bundle: write a path relative to \
         the manifest, with `/` and without `..`, `\\` or `:`",
        Clipped(.field), Clipped(.file)
    )]
    FileOutside {
        /// The line of the path.
        line: usize,
        /// The field that holds it.
        field: String,
        /// The path.
        file: String,
    },
    /// An entry symbol that is not the one of the bundle's id.
    #[error(
        "line {line}: the manifest was tampered with: `entry` is {:?}, and the entry of this \
         bundle is `{expected}`: build the library again",
        Clipped(.stated)
    )]
    WrongEntry {
        /// The line of the symbol.
        line: usize,
        /// The symbol that the manifest states.
        stated: String,
        /// The symbol of the bundle's id.
        expected: String,
    },
    /// A panic strategy that does not exist.
    #[error(
        "line {line}: `panic` is {:?}, and must be `unwind` or `abort`: build the library again \
         with a supported panic strategy",
        Clipped(.strategy)
    )]
    UnknownPanic {
        /// The line of the strategy.
        line: usize,
        /// The strategy.
        strategy: String,
    },
}

/// Text from a manifest, cut to what a message has room for.
struct Clipped<'a>(&'a str);

impl Clipped<'_> {
    /// In characters.
    const MAX_LEN: usize = 80;

    fn cut(&self) -> (&str, &str) {
        match self.0.char_indices().nth(Self::MAX_LEN) {
            Some((end, _)) => (self.0.get(..end).unwrap_or_default(), ".."),
            None => (self.0, ""),
        }
    }
}

impl fmt::Display for Clipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, rest) = self.cut();
        write!(f, "{}{rest}", text.escape_debug())
    }
}

impl fmt::Debug for Clipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, rest) = self.cut();
        write!(f, "{text:?}{rest}")
    }
}

/// What to write instead of an unknown field.
fn suggestion(nearest: &Option<&str>, known: &[&str]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the fields are `{}`", known.join("`, `")),
    }
}

/// The platforms that there are files for, in words.
fn listed(platforms: &[String]) -> String {
    if platforms.is_empty() {
        return "none".to_owned();
    }
    Clipped(&platforms.join(", ")).to_string()
}
