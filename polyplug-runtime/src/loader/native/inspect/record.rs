//! The records in the section for manifests.
//!
//! A record is the magic, the version of this form, the length of the text, and
//! the text, with zeros up to the next multiple of 8: what the guest calls a
//! `ManifestRecord`. Linkers put the records of several crates one after the
//! other, with zeros between them.

use object::{Endian as _, Endianness};
use polyplug_guest::abi::{MANIFEST_MAGIC, MANIFEST_RECORD_VERSION};

use super::InspectError;

/// The texts of all records in `section`, whose numbers are in the order `endian`.
pub(super) fn texts(section: &[u8], endian: Endianness) -> Result<Vec<&[u8]>, InspectError> {
    let mut texts = Vec::new();
    let mut rest = section;
    while let Some(zeros) = rest.iter().position(|byte| *byte != 0) {
        rest = rest.get(zeros..).unwrap_or_default();
        let at = section.len() - rest.len();
        let body = rest.strip_prefix(&MANIFEST_MAGIC).ok_or(InspectError::NotARecord { at })?;
        let truncated = InspectError::RecordTruncated { at };
        let Some((version, body)) = number(body, endian) else { return Err(truncated) };
        if version != MANIFEST_RECORD_VERSION {
            let (found, known) = (version, MANIFEST_RECORD_VERSION);
            return Err(InspectError::RecordVersion { found, known });
        }
        let Some((len, body)) = number(body, endian) else { return Err(truncated) };
        let text = usize::try_from(len).ok().and_then(|len| body.split_at_checked(len));
        let Some((text, after)) = text else { return Err(truncated) };
        texts.push(text);
        rest = after;
    }
    Ok(texts)
}

/// The number that `bytes` begin with, and what comes after it.
fn number(bytes: &[u8], endian: Endianness) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((endian.read_u32_bytes(*number), rest))
}
