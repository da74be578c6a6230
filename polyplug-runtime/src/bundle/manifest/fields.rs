//! Reads TOML field by field, so that every error can name its field and line.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::ManifestError;

/// A field that a table may have, and how its value may look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) example: &'static str,
}

/// The text of a manifest and the table that it holds.
pub(super) struct Document<'t> {
    text: &'t str,
    table: DeTable<'t>,
}

impl<'t> Document<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Self, ManifestError> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { text, table: table.into_inner() }),
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                let (line, reason) = (line_of(text, start), error.message().to_owned());
                Err(ManifestError::Malformed { line, reason })
            }
        }
    }

    /// The top table, whose fields are to be `known`.
    pub(super) fn fields<'d>(&'d self, known: &'static [Known]) -> Fields<'d> {
        Fields { text: self.text, path: None, start: 0, table: &self.table, known }
    }
}

/// A table and the fields that are known in it.
pub(super) struct Fields<'d> {
    text: &'d str,
    /// Where the table stands in the document, if it is not the top one.
    path: Option<String>,
    start: usize,
    table: &'d DeTable<'d>,
    known: &'static [Known],
}

impl<'d> Fields<'d> {
    /// Refuses the first field that is not known.
    pub(super) fn refuse_unknown(&self) -> Result<(), ManifestError> {
        let known = |key: &str| self.known.iter().any(|known| known.name == key);
        let unknown = self.table.keys().filter(|key| !known(key.get_ref()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else { return Ok(()) };
        Err(ManifestError::UnknownField {
            line: line_of(self.text, key.span().start),
            field: key.get_ref().to_string(),
            nearest: nearest(key.get_ref(), self.known),
            known: self.known.iter().map(|known| known.name).collect(),
        })
    }

    pub(super) fn required(&self, field: &'static str) -> Result<Value<'d>, ManifestError> {
        self.optional(field).ok_or_else(|| {
            let example = self.known.iter().find(|known| known.name == field);
            ManifestError::MissingField {
                line: line_of(self.text, self.start),
                field: self.path_of(field),
                example: format!("{field} = {}", example.map_or("..", |known| known.example)),
            }
        })
    }

    pub(super) fn optional(&self, field: &'static str) -> Option<Value<'d>> {
        let value = self.table.get(field)?;
        Some(Value { text: self.text, path: self.path_of(field), value })
    }

    /// Every field with its name, in alphabetical order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Value<'d>)> {
        self.table.iter().map(|(key, value)| {
            let key = key.get_ref().as_ref();
            (key, Value { text: self.text, path: self.path_of(key), value })
        })
    }

    fn path_of(&self, field: &str) -> String {
        match &self.path {
            Some(path) => format!("{path}.{field}"),
            None => field.to_owned(),
        }
    }
}

/// A value and where it stands.
pub(super) struct Value<'d> {
    text: &'d str,
    path: String,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Value<'d> {
    /// The field as errors name it: `dependencies[1].version`.
    pub(super) fn field(&self) -> String {
        self.path.clone()
    }

    /// The line that the value begins in.
    ///
    /// Counted anew each time, so asked only for an error.
    pub(super) fn line(&self) -> usize {
        line_of(self.text, self.value.span().start)
    }

    pub(super) fn string(&self) -> Result<&'d str, ManifestError> {
        self.value.get_ref().as_str().ok_or_else(|| self.not("a string"))
    }

    /// A whole number from 0 to `u32::MAX`.
    pub(super) fn number(&self) -> Result<u32, ManifestError> {
        let integer = self.value.get_ref().as_integer();
        let number = integer.and_then(|i| u32::from_str_radix(i.as_str(), i.radix()).ok());
        number.ok_or_else(|| self.not("a whole number of 32 bits"))
    }

    pub(super) fn boolean(&self) -> Result<bool, ManifestError> {
        self.value.get_ref().as_bool().ok_or_else(|| self.not("`true` or `false`"))
    }

    pub(super) fn items(&self) -> Result<Vec<Value<'d>>, ManifestError> {
        let items = self.value.get_ref().as_array().ok_or_else(|| self.not("a list"))?;
        let item =
            |(i, value)| Value { text: self.text, path: format!("{}[{i}]", self.path), value };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The value as a table whose fields are to be `known`, if it is one.
    pub(super) fn table(&self, known: &'static [Known]) -> Option<Fields<'d>> {
        let table = self.value.get_ref().as_table()?;
        let (path, start) = (Some(self.path.clone()), self.value.span().start);
        Some(Fields { text: self.text, path, start, table, known })
    }

    /// The error that this value is not what it should be.
    pub(super) fn not(&self, expected: &'static str) -> ManifestError {
        ManifestError::WrongType {
            line: self.line(),
            field: self.field(),
            expected,
            found: described(self.value.get_ref()),
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// The known field that `field` was probably meant to be.
fn nearest(field: &str, known: &'static [Known]) -> Option<&'static str> {
    let distances = known.iter().map(|k| (strsim::damerau_levenshtein(field, k.name), k.name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= name.len().div_ceil(3)).then_some(name)
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
