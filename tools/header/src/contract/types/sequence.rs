//! Slices, vectors and arrays.

use super::super::ContractHeaderError;
use super::simple::NUMBERS;
use super::{Forms, Types, owner};
use crate::schema::Type;

impl Types<'_> {
    /// `&[T]` and `&mut [T]`.
    pub(super) fn slice(
        &mut self,
        ty: &Type,
        element: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let is_number = NUMBERS.contains(&&*element.kind);
        let element = self.forms(element, place)?;
        let (kind, constant) =
            if ty.kind == "slice" { ("Slice", "const ") } else { ("SliceMut", "") };
        let (suffix, is_new) = self.suffix(format!("{kind}_{}", element.suffix), ty);
        let name = format!("Polyplug{suffix}");
        if is_new && !is_number {
            let fields = format!("    {constant}{} *ptr;\n    size_t len;\n", element.memory);
            self.define("struct", &name, &fields, "");
        }
        Ok(Forms::same(suffix, name, false))
    }

    /// `Vec<T>`.
    pub(super) fn vector(
        &mut self,
        ty: &Type,
        element: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let is_number = NUMBERS.contains(&&*element.kind);
        let element = self.forms(element, place)?;
        let (suffix, is_new) = self.suffix(format!("Vec_{}", element.suffix), ty);
        let name = format!("Polyplug{suffix}");
        if is_new && !is_number {
            let memory = &element.memory;
            let fields = format!(
                "    {memory} *ptr;\n    size_t len;\n    size_t capacity;\n    \
                 PolyplugReleaseElements release;\n"
            );
            let releases = each("value.len", element.release("value.ptr[i]"));
            let takes = each("value->len", element.take("&value->ptr[i]"));
            let functions = owner(
                &suffix,
                &name,
                &format!("{releases}    POLYPLUG_RELEASE(value);\n"),
                &format!(
                    "    {name} given = *value;\n    \
                     value->ptr = ({memory} *)polyplug_copy(given.ptr, given.len * sizeof({memory}));\n    \
                     value->capacity = given.len;\n    value->release = polyplug_free;\n    \
                     POLYPLUG_RELEASE(given);\n{takes}"
                ),
            );
            self.define("struct", &name, &fields, &functions);
        }
        Ok(Forms::same(suffix, name, true))
    }

    /// `[T; N]`.
    pub(super) fn array(
        &mut self,
        ty: &Type,
        element: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let element = self.forms(element, place)?;
        let count = ty.count;
        let (suffix, is_new) = self.suffix(format!("Array{count}_{}", element.suffix), ty);
        let name = format!("Polyplug{suffix}");
        let owns = element.owns && count > 0;
        if is_new {
            let memory = &element.memory;
            // C has no arrays without elements, but their alignment counts.
            let fields = if count == 0 {
                format!("    POLYPLUG_ALIGN({memory}) uint8_t nothing;\n")
            } else {
                format!("    {memory} elements[{count}];\n    uint8_t nothing;\n")
            };
            let mut functions = String::new();
            if owns {
                let releases = each(&count.to_string(), element.release("value.elements[i]"));
                let takes = each(&count.to_string(), element.take("&value->elements[i]"));
                functions = owner(&suffix, &name, &releases, &takes);
            }
            self.define("union", &name, &fields, &functions);
        }
        Ok(Forms::same(suffix, name, owns))
    }
}

/// The statement for each of `count` elements.
fn each(count: &str, statement: Option<String>) -> String {
    match statement {
        Some(statement) => {
            format!("    for (size_t i = 0; i < {count}; i++) {{\n        {statement}\n    }}\n")
        }
        None => String::new(),
    }
}
