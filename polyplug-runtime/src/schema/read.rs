//! Reading a schema that another side lent: nothing in it is believed.

mod types;

use polyplug_guest::abi::{
    ArgumentSchema, ContractSchema, MethodSchema, PlainTable, RawSlice, RawStr, Receiver,
    copy_table,
};
use polyplug_guest::identity::is_valid_name;
use polyplug_guest::private::{Fingerprint, Invalid};
use polyplug_guest::{ContractId, ContractVersion};

use self::types::{Budget, read_type};
use super::{Method, Schema, Type};

/// How many types one contract may mention, with all their parts.
const MAX_TYPES: usize = 1 << 20;

/// How many methods, or arguments of one method, a contract may have.
const MAX_ITEMS: usize = 1 << 16;

/// Why a contract's description was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A table is null, misaligned, or smaller than its first version.
    #[error(
        "{what} is null, misaligned or too small; build the plugin with the host's version of polyplug-guest"
    )]
    Table {
        /// Which table.
        what: &'static str,
    },
    /// A text or a list has no valid form.
    #[error("{what}: {invalid}; build the plugin again")]
    Invalid {
        /// What has no valid form.
        what: &'static str,
        /// What is wrong with it.
        invalid: Invalid,
    },
    /// A name does not keep to the rules.
    #[error(
        "the contract name `{name}` is not made of lower-case parts with dots between them; rename it, and build the plugin again"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A number stands for nothing that this host knows.
    #[error(
        "{what} has the unknown number {number}; update the host, or build the plugin with its version of polyplug-guest"
    )]
    Unknown {
        /// What the number should stand for.
        what: &'static str,
        /// The number.
        number: u32,
    },
    /// There is more of something than any contract needs.
    #[error(
        "{what} exceeds the limit of {limit}; make the contract smaller, and build the plugin again"
    )]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
    /// A type has the wrong number of parts.
    #[error("a `{kind}` has {count} parameters instead of {expected}; build the plugin again")]
    Parameters {
        /// The type.
        kind: &'static str,
        /// How many parameters it came with.
        count: usize,
        /// How many it has.
        expected: usize,
    },
    /// A type is made of what it cannot be made of.
    #[error("{what}; build the plugin again")]
    Form {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A hash is not that of what it stands beside.
    #[error("the fingerprint of {what} is not that of its description; build the plugin again")]
    Fingerprint {
        /// What was hashed.
        what: String,
    },
}

/// Copies and checks a contract's description.
///
/// # Safety
///
/// If `schema` is not null and aligned it points at a [`ContractSchema`], and
/// every pointer in it that is not null and has a possible length points at
/// what its type says, unchanged during the call.
pub(crate) unsafe fn read_contract(schema: *const ContractSchema) -> Result<Schema, SchemaError> {
    // SAFETY: the caller's promise covers all tables, lists and texts below.
    unsafe {
        let raw = read_table(schema, "the schema")?;
        let name = text(raw.name, "the contract's name")?;
        if !is_valid_name(&name) {
            return Err(SchemaError::Name { name });
        }
        let mut budget = Budget::new();
        let mut methods = Vec::new();
        for method in list(raw.methods, "the list of methods")? {
            methods.push(read_method(*method, &mut budget)?);
        }
        let fingerprint = contract_fingerprint(&name, raw.version, &methods);
        if fingerprint != raw.fingerprint {
            return Err(SchemaError::Fingerprint { what: format!("contract `{name}`") });
        }
        let docs = text(raw.docs, "the contract's docs")?;
        Ok(Schema { name, version: raw.version, docs, fingerprint, methods })
    }
}

/// # Safety
///
/// As for [`read_contract`].
unsafe fn read_method(
    method: *const MethodSchema,
    budget: &mut Budget,
) -> Result<Method, SchemaError> {
    // SAFETY: the caller's promise covers all tables, lists and texts below.
    unsafe {
        let raw = read_table(method, "a method's schema")?;
        let name = text(raw.name, "a method's name")?;
        let receiver = Receiver::from_u32(raw.receiver)
            .ok_or(SchemaError::Unknown { what: "a receiver", number: raw.receiver })?;
        let mut arguments = Vec::new();
        for argument in list(raw.arguments, "the list of arguments")? {
            let argument = read_table::<ArgumentSchema>(*argument, "an argument's schema")?;
            let ty = read_type(argument.ty, budget)?;
            arguments.push((text(argument.name, "an argument's name")?, ty));
        }
        let result = read_type(raw.result, budget)?;
        if result.lends() {
            return Err(SchemaError::Form { what: "a method returns something that is lent" });
        }
        let fingerprint = method_fingerprint(&name, receiver, &arguments, &result);
        if fingerprint != raw.fingerprint {
            return Err(SchemaError::Fingerprint { what: format!("method `{name}`") });
        }
        let (since, has_default) = (raw.since, raw.has_default != 0);
        let docs = text(raw.docs, "a method's docs")?;
        Ok(Method { name, docs, receiver, arguments, result, fingerprint, since, has_default })
    }
}

pub(super) fn contract_fingerprint(
    name: &str,
    version: ContractVersion,
    methods: &[Method],
) -> u64 {
    let head = Fingerprint::new()
        .number(ContractId::of_version(name, version).to_u64())
        .number(version.major.into())
        .number(version.minor.into());
    methods.iter().fold(head, |chain, method| chain.number(method.fingerprint)).finish()
}

fn method_fingerprint(
    name: &str,
    receiver: Receiver,
    arguments: &[(String, Type)],
    result: &Type,
) -> u64 {
    let head = Fingerprint::new().text(name).number(receiver as u64).number(arguments.len() as u64);
    let all = arguments.iter().fold(head, |chain, (_, ty)| chain.number(ty.fingerprint));
    all.number(result.fingerprint).finish()
}

/// Copies a table that may be older or newer than is known here.
///
/// # Safety
///
/// As for [`copy_table`].
pub(crate) unsafe fn read_table<T: PlainTable>(
    table: *const T,
    what: &'static str,
) -> Result<T, SchemaError> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { copy_table(table) }.map_err(|_| SchemaError::Table { what })
}

/// # Safety
///
/// As for [`RawSlice::as_slice`].
unsafe fn list<'a, T>(raw: RawSlice<T>, what: &'static str) -> Result<&'a [T], SchemaError> {
    if raw.len > MAX_ITEMS {
        return Err(SchemaError::TooMuch { what, limit: MAX_ITEMS });
    }
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { raw.as_slice() }.map_err(|invalid| SchemaError::Invalid { what, invalid })
}

/// # Safety
///
/// As for [`RawStr::as_str`].
unsafe fn text(raw: RawStr, what: &'static str) -> Result<String, SchemaError> {
    // SAFETY: the caller's promise is the one that is asked for.
    let text = unsafe { raw.as_str() };
    text.map(str::to_owned).map_err(|invalid| SchemaError::Invalid { what, invalid })
}
