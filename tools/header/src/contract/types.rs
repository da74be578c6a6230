//! Types that cross, in C.

mod compound;
mod sequence;
mod simple;

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{ContractHeaderError, Names};
use crate::schema::Type;

/// The types that a header needs and `polyplug.h` does not have, in the order in which
/// C wants them.
pub(super) struct Types<'a> {
    contract: &'a Names,
    /// The fingerprints of what has a name already.
    taken: HashMap<String, String>,
    text: String,
}

/// A type: what names are made with, and the C types in memory and in a register.
pub(super) struct Forms {
    suffix: String,
    memory: String,
    passed: String,
    /// Whether a value owns something that is to be released.
    owns: bool,
}

impl<'a> Types<'a> {
    /// None so far, for the header of `contract`.
    pub(super) fn new(contract: &'a Names) -> Self {
        Self { contract, taken: HashMap::new(), text: String::new() }
    }

    /// How a value of the type is passed.
    pub(super) fn passed(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<String, ContractHeaderError> {
        Ok(self.forms(ty, place)?.passed)
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
        if !simple::is_returned_in_header(suffix) && self.take_name(&name, &ty.fingerprint) {
            let fields = format!("    {passed} value;\n    uint32_t status;\n");
            self.define("struct", &name, &fields, "");
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

    /// The forms of a type.
    pub(super) fn forms(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        if let Some(forms) = simple::forms(&ty.kind) {
            return Ok(forms);
        }
        match (&*ty.kind, &ty.parameters[..]) {
            ("slice" | "slice_mut", [element]) => self.slice(ty, element, place),
            ("vec", [element]) => self.vector(ty, element, place),
            ("array", [element]) => self.array(ty, element, place),
            ("option", [some]) => self.option(ty, some, place),
            ("result", [ok, err]) => self.result(ty, ok, err, place),
            ("tuple", [_, ..]) => self.tuple(ty, place),
            ("struct", _) => self.structure(ty, place),
            ("enum", _) => self.enumeration(ty, place),
            _ => Err(ContractHeaderError::Type { place: place(), rust: ty.rust.clone() }),
        }
    }

    /// Whether `name` is new. It belongs to what has that fingerprint from now on.
    fn take_name(&mut self, name: &str, fingerprint: &str) -> bool {
        self.taken.insert(name.to_owned(), fingerprint.to_owned()).is_none()
    }

    /// The suffix of a type, `wanted` unless another type of the contract has that, and
    /// whether the type is to be defined.
    fn suffix(&mut self, wanted: String, ty: &Type) -> (String, bool) {
        let mut suffix = wanted.clone();
        let mut number = 1;
        loop {
            match self.taken.get(&suffix) {
                Some(fingerprint) if *fingerprint == ty.fingerprint => return (suffix, false),
                Some(_) => {
                    number += 1;
                    suffix = format!("{wanted}_{number}");
                }
                None => {
                    self.take_name(&suffix, &ty.fingerprint);
                    return (suffix, true);
                }
            }
        }
    }

    /// Defines a struct or a union, and functions for it, once for all headers that are
    /// included.
    fn define(&mut self, keyword: &str, name: &str, fields: &str, functions: &str) {
        let guard = format!("POLYPLUG_DEFINED_{name}");
        let _ = write!(
            self.text,
            "\n#ifndef {guard}\n#define {guard}\n\
             typedef {keyword} {name} {{\n{fields}}} {name};\n{functions}#endif\n"
        );
    }
}

impl Forms {
    /// A type that is the same in memory and in a register.
    fn same(suffix: String, name: String, owns: bool) -> Self {
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

/// The functions that release a value and take one over, of statements that call the
/// value `value.` and `value->`.
fn owner(suffix: &str, name: &str, releases: &str, takes: &str) -> String {
    format!(
        "static inline void polyplug_release_{suffix}({name} value) {{\n{releases}}}\n\
         static inline void polyplug_take_{suffix}({name} *value) {{\n{takes}}}\n"
    )
}
