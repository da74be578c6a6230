//! Options, results, tuples, structs and enums.

use std::fmt::Write as _;

use super::super::ContractHeaderError;
use super::{Forms, Types, owner};
use crate::abi::{c_field, screaming};
use crate::schema::Type;

impl Types<'_> {
    /// `Option<T>`.
    pub(super) fn option(
        &mut self,
        ty: &Type,
        some: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let some = self.forms(some, place)?;
        let (suffix, is_new) = self.suffix(format!("Option_{}", some.suffix), ty);
        let name = format!("Polyplug{suffix}");
        if is_new {
            let fields = format!("    uint32_t is_some;\n    {} value;\n", some.memory);
            let branch = |value: &str, statement: Option<String>| match statement {
                Some(statement) => {
                    format!("    if ({value}is_some) {{\n        {statement}\n    }}\n")
                }
                None => String::new(),
            };
            let releases = branch("value.", some.release("value.value"));
            let takes = branch("value->", some.take("&value->value"));
            self.define_owner(&suffix, &name, &fields, &releases, &takes);
        }
        Ok(Forms::same(suffix, name, some.owns))
    }

    /// `Result<T, E>`.
    pub(super) fn result(
        &mut self,
        ty: &Type,
        ok: &Type,
        err: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let (ok, err) = (self.forms(ok, place)?, self.forms(err, place)?);
        let (suffix, is_new) = self.suffix(format!("Result_{}_{}", ok.suffix, err.suffix), ty);
        let name = format!("Polyplug{suffix}");
        if is_new {
            let fields = format!(
                "    uint32_t is_err;\n    union {{\n        {} ok;\n        {} err;\n    }} side;\n",
                ok.memory, err.memory
            );
            let sides = |value: &str, on_ok: Option<String>, on_err: Option<String>| {
                let mut text = String::new();
                for (test, statement) in [("", on_err), ("!", on_ok)] {
                    if let Some(statement) = statement {
                        let _ = writeln!(
                            text,
                            "    if ({test}{value}is_err) {{\n        {statement}\n    }}"
                        );
                    }
                }
                text
            };
            let releases =
                sides("value.", ok.release("value.side.ok"), err.release("value.side.err"));
            let takes = sides("value->", ok.take("&value->side.ok"), err.take("&value->side.err"));
            self.define_owner(&suffix, &name, &fields, &releases, &takes);
        }
        Ok(Forms::same(suffix, name, ok.owns || err.owns))
    }

    /// A tuple of one field or more.
    pub(super) fn tuple(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let fields = self.fields(ty, place)?;
        let suffixes: Vec<_> = fields.iter().map(|(_, field)| &*field.suffix).collect();
        let wanted = format!("Tuple{}_{}", fields.len(), suffixes.join("_"));
        let (suffix, is_new) = self.suffix(wanted, ty);
        let name = format!("Polyplug{suffix}");
        if is_new {
            self.define_fields(&suffix, &name, &fields);
        }
        Ok(Forms::same(suffix, name, owns(&fields)))
    }

    /// A struct of the user's.
    pub(super) fn structure(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let fields = self.fields(ty, place)?;
        let (suffix, is_new) = self.suffix(format!("{}_{}", self.contract.ty, ty.name), ty);
        if fields.is_empty() {
            let (memory, passed) = ("uint8_t".to_owned(), "uint32_t".to_owned());
            return Ok(Forms { suffix, memory, passed, owns: false });
        }
        if is_new {
            self.define_fields(&suffix, &suffix, &fields);
        }
        Ok(Forms::same(suffix.clone(), suffix, owns(&fields)))
    }

    /// An enum of the user's.
    pub(super) fn enumeration(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Forms, ContractHeaderError> {
        let mut variants = Vec::new();
        for variant in &ty.parameters {
            variants.push(self.fields(variant, place)?);
        }
        let (suffix, is_new) = self.suffix(format!("{}_{}", self.contract.ty, ty.name), ty);
        let name = suffix.clone();
        let owns = variants.iter().any(|fields| owns(fields));
        let has_fields = variants.iter().any(|fields| !fields.is_empty());
        if is_new {
            self.define_tags(&name, ty);
        }
        if !has_fields {
            return Ok(Forms {
                memory: "uint32_t".into(),
                passed: "uint32_t".into(),
                suffix,
                owns,
            });
        }
        if is_new {
            let (mut union, mut releases, mut takes) =
                (String::new(), String::new(), String::new());
            for (variant, fields) in ty.names.iter().zip(&variants) {
                if fields.is_empty() {
                    continue;
                }
                let part = format!("{name}_{variant}");
                let member = c_field(variant);
                self.define_fields(&part, &part, fields);
                let _ = writeln!(union, "        {part} {member};");
                let part = Forms::same(part.clone(), part, self::owns(fields));
                let case = |statement: Option<String>| match statement {
                    Some(statement) => {
                        let tag = tag(&name, variant);
                        format!("    case {tag}:\n        {statement}\n        break;\n")
                    }
                    None => String::new(),
                };
                releases += &case(part.release(&format!("value.of.{member}")));
                takes += &case(part.take(&format!("&value->of.{member}")));
            }
            let fields = format!("    uint32_t tag;\n    union {{\n{union}    }} of;\n");
            let switch = |value: &str, cases: &str| match cases {
                "" => String::new(),
                cases => format!(
                    "    switch ({value}tag) {{\n{cases}    default:\n        break;\n    }}\n"
                ),
            };
            let (releases, takes) = (switch("value.", &releases), switch("value->", &takes));
            self.define_owner(&suffix, &name, &fields, &releases, &takes);
        }
        Ok(Forms::same(suffix, name, owns))
    }

    /// The names and forms of the fields of a tuple, a struct or a variant.
    fn fields(
        &mut self,
        ty: &Type,
        place: &dyn Fn() -> String,
    ) -> Result<Vec<(String, Forms)>, ContractHeaderError> {
        let mut fields = Vec::new();
        for (number, field) in ty.parameters.iter().enumerate() {
            let name = ty.names.get(number).map_or(format!("_{number}"), |name| c_field(name));
            fields.push((name, self.forms(field, place)?));
        }
        Ok(fields)
    }

    /// Defines a struct of fields in order.
    fn define_fields(&mut self, suffix: &str, name: &str, fields: &[(String, Forms)]) {
        let (mut text, mut releases, mut takes) = (String::new(), String::new(), String::new());
        for (field, forms) in fields {
            let _ = writeln!(text, "    {} {field};", forms.memory);
            if let Some(statement) = forms.release(&format!("value.{field}")) {
                let _ = writeln!(releases, "    {statement}");
            }
            if let Some(statement) = forms.take(&format!("&value->{field}")) {
                let _ = writeln!(takes, "    {statement}");
            }
        }
        self.define_owner(suffix, name, &text, &releases, &takes);
    }

    /// Defines a struct, with functions when there is something that they do.
    fn define_owner(
        &mut self,
        suffix: &str,
        name: &str,
        fields: &str,
        releases: &str,
        takes: &str,
    ) {
        let functions = match takes {
            "" => String::new(),
            takes => owner(suffix, name, releases, takes),
        };
        self.define("struct", name, fields, &functions);
    }

    /// A constant for the tag of each variant.
    fn define_tags(&mut self, name: &str, ty: &Type) {
        self.text.push('\n');
        for (number, variant) in ty.names.iter().enumerate() {
            let _ = writeln!(self.text, "#define {} UINT32_C({number})", tag(name, variant));
        }
    }
}

/// Whether one of the fields owns something.
fn owns(fields: &[(String, Forms)]) -> bool {
    fields.iter().any(|(_, field)| field.owns)
}

/// The constant for the tag of a variant.
fn tag(name: &str, variant: &str) -> String {
    format!("{}_{}", screaming(name), screaming(variant))
}
