//! The manifest of a bundle: what it is called, who loads it, what it provides
//! and what it needs.
//!
//! There are two places for it and one grammar. A bundle that is a directory
//! has a `manifest.toml`, written by hand ([`Manifest`]); a native library
//! carries the text that `bundle!` wrote when it was compiled
//! ([`EmbeddedManifest`]), and no loader or file, since it is that file.
//!
//! What people write is read strictly, so that a misspelt field is an error.
//! What the macro wrote may hold fields that only later versions know, which
//! an earlier host passes over.

mod error;
mod fields;
mod file;
mod relation;

use std::{collections::HashMap, path::PathBuf};

use polyplug_guest::{BundleId, identity::is_valid_name};
use semver::Version;

pub use error::ManifestError;

use fields::{Document, Fields, Known, Value};
#[cfg(feature = "lua")]
pub(crate) use relation::contract as parse_contract;
pub(crate) use relation::{Dependency, Needs, Provided};

/// The longest manifest, in bytes.
const MAX_LEN: usize = 1 << 20;

const MANIFEST_FIELDS: &[Known] = &[
    Known { name: "name", example: r#""upper""# },
    Known { name: "version", example: r#""1.0.0""# },
    Known { name: "loader", example: r#""native""# },
    Known { name: "file", example: r#""libupper.so""# },
    Known { name: "provides", example: r#"["text.transform@1.0"]"# },
    Known { name: "dependencies", example: r#"["text.transform@1"]"# },
    Known { name: "reload_with_dependencies", example: "true" },
    Known { name: "capabilities", example: r#"["clock"]"# },
    Known { name: "id", example: r#""0123456789abcdef""# },
];

const EMBEDDED_FIELDS: &[Known] = &[
    Known { name: "abi", example: "1" },
    Known { name: "name", example: r#""upper""# },
    Known { name: "version", example: r#""1.0.0""# },
    Known { name: "entry", example: r#""polyplug_entry_0123456789abcdef""# },
    Known { name: "panic", example: r#""unwind""# },
    Known { name: "provides", example: r#"["text.transform@1.0"]"# },
    Known { name: "dependencies", example: r#"["text.transform@1"]"# },
    Known { name: "reload_with_dependencies", example: "true" },
    Known { name: "id", example: r#""0123456789abcdef""# },
];

/// A bundle's `manifest.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) loader: String,
    /// The file for this platform, relative to the bundle's directory, which it
    /// does not leave by its text. Symbolic links are not followed here.
    pub(crate) file: PathBuf,
    pub(crate) provides: Vec<Provided>,
    pub(crate) needs: Needs,
    pub(crate) capabilities: Vec<String>,
}

impl Manifest {
    /// Reads the content of a `manifest.toml`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        Self::parse_for(bytes, &file::platform())
    }

    /// Reads the manifest of a bundle whose source is in memory: it may say
    /// which file that would be, and need not.
    pub(crate) fn parse_beside_source(bytes: &[u8]) -> Result<Self, ManifestError> {
        let choose = |fields: &Fields<'_>| {
            let file = fields.optional("file");
            file.map_or(Ok(PathBuf::new()), |file| file::choose(&file, &file::platform()))
        };
        Self::parse_with(bytes, choose)
    }

    fn parse_for(bytes: &[u8], platform: &str) -> Result<Self, ManifestError> {
        Self::parse_with(bytes, |fields| file::choose(&fields.required("file")?, platform))
    }

    fn parse_with(
        bytes: &[u8],
        file: impl FnOnce(&Fields<'_>) -> Result<PathBuf, ManifestError>,
    ) -> Result<Self, ManifestError> {
        let document = Document::parse(text_of(bytes)?)?;
        let fields = document.fields(MANIFEST_FIELDS);
        fields.refuse_unknown()?;
        let Identity { name, version, .. } = Identity::read(&fields)?;
        Ok(Self {
            name,
            version,
            loader: fields.required("loader")?.string()?.to_owned(),
            file: file(&fields)?,
            provides: provides(&fields)?,
            needs: needs(&fields)?,
            capabilities: strings(&fields, "capabilities")?,
        })
    }
}

/// The manifest that a native library carries inside itself.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "native"),
    expect(dead_code, reason = "of a bundle that is linked in, some facts are the host's own")
)]
pub(crate) struct EmbeddedManifest {
    /// The version of the ABI that the library was built for.
    pub(crate) abi: u32,
    pub(crate) name: String,
    pub(crate) version: Version,
    /// The symbol of the entry: the one that belongs to `id`.
    pub(crate) entry: String,
    pub(crate) panic: PanicStrategy,
    pub(crate) provides: Vec<Provided>,
    pub(crate) needs: Needs,
}

impl EmbeddedManifest {
    /// Reads the text that `bundle!` wrote.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let document = Document::parse(text_of(bytes)?)?;
        let fields = document.fields(EMBEDDED_FIELDS);
        let Identity { name, version, id } = Identity::read(&fields)?;
        Ok(Self {
            abi: fields.required("abi")?.number()?,
            name,
            version,
            entry: entry(&fields, id)?,
            panic: PanicStrategy::read(&fields.required("panic")?)?,
            provides: provides(&fields)?,
            needs: needs(&fields)?,
        })
    }
}

/// What a panic does in the library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PanicStrategy {
    /// It unwinds, and is caught where the plugin was entered.
    Unwind,
    /// It ends the process, and nothing can contain it.
    Abort,
}

impl PanicStrategy {
    fn read(value: &Value<'_>) -> Result<Self, ManifestError> {
        match value.string()? {
            "unwind" => Ok(Self::Unwind),
            "abort" => Ok(Self::Abort),
            other => {
                Err(ManifestError::UnknownPanic { line: value.line(), strategy: other.to_owned() })
            }
        }
    }
}

/// What a bundle is known by, in either manifest.
struct Identity {
    name: String,
    version: Version,
    id: BundleId,
}

impl Identity {
    fn read(fields: &Fields<'_>) -> Result<Self, ManifestError> {
        let name = bundle_name(&fields.required("name")?)?;
        let version = version(&fields.required("version")?)?;
        let id = BundleId::of(&name);
        if let Some(stated) = fields.optional("id") {
            let text = stated.string()?;
            if !text.eq_ignore_ascii_case(&id.to_string()) {
                let (line, stated) = (stated.line(), text.to_owned());
                return Err(ManifestError::WrongId { line, stated, name, id });
            }
        }
        Ok(Self { name, version, id })
    }
}

/// The name of a bundle, which must follow the grammar of names.
fn bundle_name(value: &Value<'_>) -> Result<String, ManifestError> {
    let name = value.string()?;
    if !is_valid_name(name) {
        let (line, field) = (value.line(), value.field());
        return Err(ManifestError::BadName { line, field, name: name.to_owned() });
    }
    Ok(name.to_owned())
}

fn version(value: &Value<'_>) -> Result<Version, ManifestError> {
    let version = value.string()?;
    Version::parse(version).map_err(|source| ManifestError::BadVersion {
        line: value.line(),
        field: value.field(),
        version: version.to_owned(),
        source,
    })
}

fn entry(fields: &Fields<'_>, id: BundleId) -> Result<String, ManifestError> {
    let value = fields.required("entry")?;
    let stated = value.string()?;
    let expected = format!("polyplug_entry_{id}");
    if stated != expected {
        let (line, stated) = (value.line(), stated.to_owned());
        return Err(ManifestError::WrongEntry { line, stated, expected });
    }
    Ok(expected)
}

fn provides(fields: &Fields<'_>) -> Result<Vec<Provided>, ManifestError> {
    let mut seen = HashMap::new();
    let mut provides = Vec::new();
    for value in fields.required("provides")?.items()? {
        let provided = Provided::read(&value)?;
        if let Some(earlier) = seen.insert(provided.id(), value) {
            // The value that was replaced stands earlier in the list.
            return Err(ManifestError::DuplicateProvides {
                line: earlier.line(),
                field: earlier.field(),
                contract: provided.to_string(),
            });
        }
        provides.push(provided);
    }
    Ok(provides)
}

fn needs(fields: &Fields<'_>) -> Result<Needs, ManifestError> {
    let dependencies = match fields.optional("dependencies") {
        Some(list) => Some(list.items()?.iter().map(Dependency::read).collect::<Result<_, _>>()?),
        None => None,
    };
    let reloads = fields.optional("reload_with_dependencies");
    let reload_with_dependencies = reloads.map_or(Ok(false), |value| value.boolean())?;
    Ok(Needs { dependencies, reload_with_dependencies })
}

fn strings(fields: &Fields<'_>, field: &'static str) -> Result<Vec<String>, ManifestError> {
    let Some(list) = fields.optional(field) else { return Ok(Vec::new()) };
    list.items()?.iter().map(|item| item.string().map(str::to_owned)).collect()
}

fn text_of(bytes: &[u8]) -> Result<&str, ManifestError> {
    if bytes.len() > MAX_LEN {
        return Err(ManifestError::TooLong { len: bytes.len(), limit: MAX_LEN });
    }
    str::from_utf8(bytes).map_err(|source| {
        let valid = bytes.iter().take(source.valid_up_to());
        ManifestError::NotUtf8 { line: 1 + valid.filter(|byte| **byte == b'\n').count(), source }
    })
}

#[cfg(test)]
mod tests;
