//! Types that cross, in C.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::ContractHeaderError;
use crate::schema::Type;

/// The types that a header needs and `polyplug.h` does not have, in the order in which
/// C wants them.
#[derive(Default)]
pub(super) struct Types {
    seen: HashSet<String>,
    text: String,
}

/// A type: what names are made with, and the C types in memory and in a register.
pub(super) struct Forms {
    pub(super) suffix: String,
    pub(super) memory: String,
    pub(super) passed: String,
    /// Whether a value owns something that is to be released.
    pub(super) owns: bool,
}

impl Types {
    /// How a value of the type is passed.
    pub(super) fn passed(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<String, ContractHeaderError> {
        match (&*ty.kind, &ty.parameters[..]) {
            ("str", []) => Ok("PolyplugStr".to_owned()),
            ("slice", [element]) => {
                Ok(format!("PolyplugSlice_{}", self.forms(element, place)?.suffix))
            }
            ("slice_mut", [element]) => {
                Ok(format!("PolyplugSliceMut_{}", self.forms(element, place)?.suffix))
            }
            _ => Ok(self.forms(ty, place)?.passed),
        }
    }

    /// What a function returns whose method returns the type.
    pub(super) fn returned(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<String, ContractHeaderError> {
        let Forms { suffix, passed, .. } = self.forms(ty, place)?;
        let suffix = match &*passed {
            "uint32_t" => "u32",
            "int32_t" => "i32",
            "uint64_t" => "u64",
            "int64_t" => "i64",
            _ => &suffix,
        };
        let name = format!("PolyplugReturned_{suffix}");
        if !is_returned_in_header(suffix) {
            self.define(&name, &format!("    {passed} value;\n    uint32_t status;\n"), "");
        }
        Ok(name)
    }

    /// All that was needed.
    pub(super) fn definitions(self) -> String {
        if self.text.is_empty() {
            return self.text;
        }
        format!(
            "\n/* Types of the methods. Other contracts may have some of them too. */\n{}",
            self.text
        )
    }

    /// The forms of a type that is no borrowed one.
    pub(super) fn forms(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        if let Some((suffix, memory, passed)) = simple(&ty.kind) {
            let owns = ["String", "PluginError"].contains(&suffix);
            let [suffix, memory, passed] = [suffix, memory, passed].map(str::to_owned);
            return Ok(Forms { suffix, memory, passed, owns });
        }
        match (&*ty.kind, &ty.parameters[..]) {
            ("vec", [element]) => {
                let element_kind = &*element.kind;
                let element = self.forms(element, place)?;
                let suffix = format!("Vec_{}", element.suffix);
                if !NUMBERS.contains(&element_kind) {
                    let text = vector(&suffix, &element);
                    self.define(&format!("Polyplug{suffix}"), &text.0, &text.1);
                }
                Ok(Forms::compound(suffix, true))
            }
            ("result", [ok, err]) => {
                let (ok, err) = (self.forms(ok, place)?, self.forms(err, place)?);
                let suffix = format!("Result_{}_{}", ok.suffix, err.suffix);
                let text = result(&suffix, &ok, &err);
                self.define(&format!("Polyplug{suffix}"), &text.0, &text.1);
                Ok(Forms::compound(suffix, ok.owns || err.owns))
            }
            _ => Err(ContractHeaderError::Type { place: place(), rust: ty.rust.clone() }),
        }
    }

    /// Defines a struct, and functions for it, once for all headers that are included.
    fn define(&mut self, name: &str, fields: &str, functions: &str) {
        if self.seen.insert(name.to_owned()) {
            let guard = format!("POLYPLUG_DEFINED_{name}");
            let _ = write!(
                self.text,
                "\n#ifndef {guard}\n#define {guard}\ntypedef struct {name} {{\n{fields}}} {name};\n\
                 {functions}#endif\n"
            );
        }
    }
}

impl Forms {
    /// A type that is the same in memory and in a register.
    fn compound(suffix: String, owns: bool) -> Self {
        let name = format!("Polyplug{suffix}");
        Self { suffix, memory: name.clone(), passed: name, owns }
    }

    /// A statement that gives back what the value `it` owns.
    pub(super) fn release(&self, it: &str) -> Option<String> {
        self.owns.then(|| format!("polyplug_release_{}({it});", self.suffix))
    }

    /// A statement that makes the value at `it` this library's own.
    pub(super) fn take(&self, it: &str) -> Option<String> {
        self.owns.then(|| format!("polyplug_take_{}({it});", self.suffix))
    }
}

/// The fields of a vector, and the functions that release one and take one over.
fn vector(suffix: &str, element: &Forms) -> (String, String) {
    let fields = format!(
        "    {} *ptr;\n    size_t len;\n    size_t capacity;\n    PolyplugReleaseElements release;\n",
        element.memory
    );
    let each = |statement: Option<String>| match statement {
        Some(statement) => {
            format!("    for (size_t i = 0; i < value.len; i++) {{\n        {statement}\n    }}\n")
        }
        None => String::new(),
    };
    let (releases, takes) =
        (each(element.release("value.ptr[i]")), each(element.take("&value.ptr[i]")));
    let memory = &element.memory;
    let functions = format!(
        "static inline void polyplug_release_{suffix}(Polyplug{suffix} value) {{\n\
         {releases}    POLYPLUG_RELEASE(value);\n}}\n\
         static inline void polyplug_take_{suffix}(Polyplug{suffix} *given) {{\n    \
             Polyplug{suffix} value = *given;\n    \
             value.ptr = ({memory} *)polyplug_copy(given->ptr, given->len * sizeof({memory}));\n    \
             value.capacity = given->len;\n    \
             value.release = polyplug_free;\n    \
             POLYPLUG_RELEASE(*given);\n\
         {takes}    *given = value;\n}}\n"
    );
    (fields, functions)
}

/// The fields of a result, and the functions as for [`vector`].
fn result(suffix: &str, ok: &Forms, err: &Forms) -> (String, String) {
    let fields = format!(
        "    uint32_t is_err;\n    union {{\n        {} ok;\n        {} err;\n    }} side;\n",
        ok.memory, err.memory
    );
    if !ok.owns && !err.owns {
        return (fields, String::new());
    }
    let sides = |on_ok: Option<String>, on_err: Option<String>| {
        let [on_ok, on_err] = [on_ok, on_err].map(|it| match it {
            Some(statement) => format!(" {{\n        {statement}\n    }}"),
            None => " {\n    }".to_owned(),
        });
        format!("    if (value{{}}is_err){on_err} else{on_ok}\n")
    };
    let releases = sides(ok.release("value.side.ok"), err.release("value.side.err"));
    let takes = sides(ok.take("&value->side.ok"), err.take("&value->side.err"));
    let functions = format!(
        "static inline void polyplug_release_{suffix}(Polyplug{suffix} value) {{\n{}}}\n\
         static inline void polyplug_take_{suffix}(Polyplug{suffix} *value) {{\n{}}}\n",
        releases.replace("{}", "."),
        takes.replace("{}", "->"),
    );
    (fields, functions)
}

/// Of which elements `polyplug.h` has slices and vectors.
const NUMBERS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64"];

/// Whether `polyplug.h` has what a function returns for this type.
fn is_returned_in_header(suffix: &str) -> bool {
    let element = suffix.strip_prefix("Vec_").unwrap_or(suffix);
    NUMBERS.contains(&element) || ["String", "PluginError"].contains(&suffix)
}

/// The name that stands in compound ones, the form in memory, and the one in a register.
fn simple(kind: &str) -> Option<(&'static str, &'static str, &'static str)> {
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
        "string" => ("String", "PolyplugString", "PolyplugString"),
        "plugin_error" => ("PluginError", "PolyplugPluginError", "PolyplugPluginError"),
        _ => return None,
    })
}
