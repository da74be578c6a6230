//! Chooses the bundle's file for this platform, and keeps it inside the bundle.

use std::{
    env::consts::{ARCH, OS},
    path::{Component, Path, PathBuf},
};

use super::{ManifestError, fields::Value};

/// The key of this platform in a table of files: `linux-x86_64`.
pub(super) fn platform() -> String {
    format!("{OS}-{ARCH}")
}

/// The file for `platform`: the only one, or its entry in a table.
///
/// Every entry is checked, so that a manifest is good or bad everywhere alike.
pub(super) fn choose(value: &Value<'_>, platform: &str) -> Result<PathBuf, ManifestError> {
    let Some(files) = value.table(&[]) else {
        return match value.string() {
            Ok(_) => inside(value),
            Err(_) => Err(value.not("a string, or a table with one file per platform")),
        };
    };
    let mut chosen = None;
    let mut platforms = Vec::new();
    for (key, value) in files.entries() {
        let file = inside(&value)?;
        if key == platform {
            chosen = Some(file);
        }
        platforms.push(key.to_owned());
    }
    chosen.ok_or_else(|| ManifestError::NoFileForPlatform {
        line: value.line(),
        platform: platform.to_owned(),
        platforms,
    })
}

/// The path in `value`, which must not lead out of the bundle on any platform.
fn inside(value: &Value<'_>) -> Result<PathBuf, ManifestError> {
    let text = value.string()?;
    // These separate or root paths on Windows, or end them in C.
    let portable = !text.contains(['\\', ':', '\0']);
    let mut path = PathBuf::new();
    let mut within = portable;
    for component in Path::new(text).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => within = false,
        }
    }
    if !within || path.as_os_str().is_empty() {
        let (line, field) = (value.line(), value.field());
        return Err(ManifestError::FileOutside { line, field, file: text.to_owned() });
    }
    Ok(path)
}
