//! Reading the types of a schema.

use polyplug_guest::abi::{TypeKind, TypeSchema};

use super::{MAX_TYPES, SchemaError, list, read_table, text};
use crate::schema::layout::MAX_SIZE;
use crate::schema::{Details, Type};

/// How deep types may nest.
const MAX_DEPTH: usize = 64;

/// How many types and how many bytes of names one contract may still bring.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Self {
        Self(MAX_TYPES)
    }

    fn spend(&mut self, count: usize) -> Result<(), SchemaError> {
        self.0 = self
            .0
            .checked_sub(count)
            .ok_or(SchemaError::TooMuch { what: "the number of types", limit: MAX_TYPES })?;
        Ok(())
    }
}

/// Copies and checks a type.
///
/// # Safety
///
/// As for [`read_contract`](super::read_contract).
pub(super) unsafe fn read_type(
    ty: *const TypeSchema,
    budget: &mut Budget,
) -> Result<Type, SchemaError> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { read(ty, budget, MAX_DEPTH) }
}

/// # Safety
///
/// As for [`read_type`].
unsafe fn read(
    ty: *const TypeSchema,
    budget: &mut Budget,
    depth: usize,
) -> Result<Type, SchemaError> {
    if depth == 0 {
        return Err(SchemaError::TooMuch { what: "the nesting of a type", limit: MAX_DEPTH });
    }
    budget.spend(1)?;
    // SAFETY: the caller's promise covers all tables and lists below.
    unsafe {
        let raw = read_table(ty, "a type's schema")?;
        let kind = TypeKind::from_u32(raw.kind)
            .ok_or(SchemaError::Unknown { what: "a type", number: raw.kind })?;
        let parameters = list(raw.parameters, "the list of a type's parameters")?;
        if let Some(expected) = kind.parameter_count().filter(|count| *count != parameters.len()) {
            let count = parameters.len();
            return Err(SchemaError::Parameters { kind: kind.rust_name(), count, expected });
        }
        let parameters = parameters
            .iter()
            .map(|parameter| read(*parameter, budget, depth - 1))
            .collect::<Result<Vec<_>, _>>()?;
        let details = if kind.has_details() { details(&raw, budget)? } else { Details::default() };
        check(kind, &parameters, &details)?;
        let ty = Type::new(kind, parameters, details)
            .map_err(|_| SchemaError::TooMuch { what: "the size of a type", limit: MAX_SIZE })?;
        if ty.fingerprint != raw.fingerprint {
            return Err(SchemaError::Fingerprint { what: format!("type `{ty}`") });
        }
        Ok(ty)
    }
}

/// # Safety
///
/// As for [`read_type`].
unsafe fn details(raw: &TypeSchema, budget: &mut Budget) -> Result<Details, SchemaError> {
    // SAFETY: the caller's promise covers both texts.
    let (name, names) =
        unsafe { (text(raw.name, "a type's name")?, text(raw.names, "the names of fields")?) };
    budget.spend(name.len() + names.len())?;
    let names = match names.is_empty() {
        true => Vec::new(),
        false => names.split(',').map(str::to_owned).collect(),
    };
    Ok(Details { count: raw.count, name, names })
}

/// Checks what differs between kinds: how many parts there are, which of them have
/// names, and where types may stand that are lent.
fn check(kind: TypeKind, parameters: &[Type], details: &Details) -> Result<(), SchemaError> {
    use TypeKind::{
        Contract, ContractMut, Enum, Fn, FnMut, Slice, SliceMut, Str, Struct, Tuple, Unit,
    };
    let wrong = |what| Err(SchemaError::Form { what });
    let names = details.names.len();
    let is_whole = match kind {
        Tuple => !parameters.is_empty(),
        Fn | FnMut => names == 0 && !parameters.is_empty(),
        Struct => names == 0 || names == parameters.len(),
        Enum => !parameters.is_empty() && names == parameters.len(),
        _ => names == 0,
    };
    if !is_whole || details.names.iter().any(String::is_empty) {
        return wrong("a type does not have as many parts as names");
    }
    if (matches!(kind, Struct | Enum) || kind.is_of_contract()) && details.name.is_empty() {
        return wrong("a struct, an enum or a contract has no name");
    }
    let is_variant = |ty: &Type| match ty.kind {
        Unit => true,
        Struct | Tuple => !ty.parameters.is_empty(),
        _ => false,
    };
    if kind == Enum && !parameters.iter().all(is_variant) {
        return wrong("a variant of an enum has other parts than fields");
    }
    let may_stand = match kind {
        Slice | SliceMut => parameters.iter().all(Type::is_plain),
        Struct | Enum | Tuple => parameters
            .iter()
            .all(|ty| !matches!(ty.kind, SliceMut | Contract | ContractMut | Fn | FnMut)),
        Fn | FnMut => parameters.split_last().is_some_and(|(result, taken)| {
            let can_be_lent = |ty: &Type| matches!(ty.kind, Str | Slice | SliceMut);
            !result.lends() && taken.iter().all(|ty| can_be_lent(ty) || !ty.lends())
        }),
        _ => !parameters.iter().any(Type::lends),
    };
    if may_stand { Ok(()) } else { wrong("something is lent where nothing can be") }
}
