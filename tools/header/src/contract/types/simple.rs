//! Types that `polyplug.h` has.

use super::Forms;

/// Of which elements it has slices and vectors.
pub(super) const NUMBERS: &[&str] =
    &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64"];

/// Whether it has what a function returns for this type.
pub(super) fn is_returned_in_header(suffix: &str) -> bool {
    let element = suffix.strip_prefix("Vec_").unwrap_or(suffix);
    NUMBERS.contains(&element) || ["String", "PluginError"].contains(&suffix)
}

/// The forms of a type that is not made of others.
pub(super) fn forms(kind: &str) -> Option<Forms> {
    let (suffix, memory, passed) = names(kind)?;
    let owns = ["String", "PluginError", "Proxy"].contains(&suffix);
    let [suffix, memory, passed] = [suffix, memory, passed].map(str::to_owned);
    Some(Forms { suffix, memory, passed, owns })
}

/// The name that stands in compound ones, the form in memory, and the one in a register.
fn names(kind: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match kind {
        "unit" => ("unit", "uint8_t", "uint32_t"),
        "bool" => ("bool", "uint8_t", "uint32_t"),
        "char" => ("char", "uint32_t", "uint32_t"),
        "u8" => ("u8", "uint8_t", "uint32_t"),
        "u16" => ("u16", "uint16_t", "uint32_t"),
        "u32" => ("u32", "uint32_t", "uint32_t"),
        "u64" => ("u64", "uint64_t", "uint64_t"),
        "usize" => ("usize", "uint64_t", "uint64_t"),
        "i8" => ("i8", "int8_t", "int32_t"),
        "i16" => ("i16", "int16_t", "int32_t"),
        "i32" => ("i32", "int32_t", "int32_t"),
        "i64" => ("i64", "int64_t", "int64_t"),
        "isize" => ("isize", "int64_t", "int64_t"),
        "f32" => ("f32", "float", "float"),
        "f64" => ("f64", "double", "double"),
        "str" => ("Str", "PolyplugStr", "PolyplugStr"),
        "string" => ("String", "PolyplugString", "PolyplugString"),
        "duration" => ("Duration", "PolyplugDuration", "PolyplugDuration"),
        "plugin_error" => ("PluginError", "PolyplugPluginError", "PolyplugPluginError"),
        "proxy" => ("Proxy", "PolyplugProxy", "PolyplugProxy"),
        "contract" | "contract_mut" => {
            ("Lent", "const PolyplugLentObject *", "const PolyplugLentObject *")
        }
        _ => return None,
    })
}
