//! What a bundle gives to others and what it needs of them.

use std::fmt;

use polyplug_guest::{ContractId, ContractVersion, identity::is_valid_name};
use semver::VersionReq;

use super::{
    ManifestError, bundle_name,
    fields::{Known, Value},
};

/// A contract that a bundle implements, and up to which version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Provided {
    pub(crate) name: String,
    pub(crate) version: ContractVersion,
}

impl Provided {
    /// The id of the contract.
    pub(crate) fn id(&self) -> ContractId {
        ContractId::of_version(&self.name, self.version)
    }

    pub(super) fn read(value: &Value<'_>) -> Result<Self, ManifestError> {
        let text = value.string()?;
        match contract(text) {
            Some((name, major, Some(minor))) => {
                Ok(Self { name: name.to_owned(), version: ContractVersion::new(major, minor) })
            }
            _ => Err(bad_contract(value, text, "text.transform@1.0")),
        }
    }
}

impl fmt::Display for Provided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// What a bundle says of what it needs.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Needs {
    /// None where nothing is said.
    pub(crate) dependencies: Option<Vec<Dependency>>,
    /// Whether the bundle is reloaded after something that it needs was.
    pub(crate) reload_with_dependencies: bool,
}

impl Needs {
    pub(crate) fn dependencies(&self) -> &[Dependency] {
        self.dependencies.as_deref().unwrap_or_default()
    }

    /// The dependencies in an order that does not depend on how they are written.
    pub(crate) fn sorted(&self) -> Vec<String> {
        let mut dependencies: Vec<_> =
            self.dependencies().iter().map(Dependency::to_string).collect();
        dependencies.sort();
        dependencies
    }
}

/// What a bundle needs before it can be loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Dependency {
    /// A provider of the contract, of this major and at least this minor.
    Contract { name: String, at_least: ContractVersion },
    /// The bundle of this name, in any version if none is required.
    Bundle { name: String, version: Option<VersionReq> },
}

const BUNDLE_FIELDS: &[Known] = &[
    Known { name: "bundle", example: r#""upper""# },
    Known { name: "version", example: r#""^1.2""# },
];

impl Dependency {
    pub(super) fn read(value: &Value<'_>) -> Result<Self, ManifestError> {
        let Some(fields) = value.table(BUNDLE_FIELDS) else { return Self::contract(value) };
        fields.refuse_unknown()?;
        let name = bundle_name(&fields.required("bundle")?)?;
        let Some(version) = fields.optional("version") else {
            return Ok(Self::Bundle { name, version: None });
        };
        let requirement = version.string()?;
        match VersionReq::parse(requirement) {
            Ok(version) => Ok(Self::Bundle { name, version: Some(version) }),
            Err(source) => Err(ManifestError::BadRequirement {
                line: version.line(),
                field: version.field(),
                requirement: requirement.to_owned(),
                source,
            }),
        }
    }

    /// The contract that `text` names, as `name@major` or `name@major.minor`.
    #[cfg(feature = "lua")]
    pub(crate) fn of_contract(text: &str) -> Option<Self> {
        let (name, major, minor) = contract(text)?;
        // Below 1 each minor is a contract of its own, so one must be named.
        let minor = if major == 0 { minor? } else { minor.unwrap_or(0) };
        let at_least = ContractVersion::new(major, minor);
        Some(Self::Contract { name: name.to_owned(), at_least })
    }

    fn contract(value: &Value<'_>) -> Result<Self, ManifestError> {
        let Ok(text) = value.string() else {
            return Err(value.not("a contract as a string, or a bundle as a table"));
        };
        let (name, major, minor) = match contract(text) {
            Some((name, major, Some(minor))) => (name, major, minor),
            // Below 1 each minor is a contract of its own, so one must be named.
            Some((name, major @ 1.., None)) => (name, major, 0),
            Some((_, 0, None)) => return Err(bad_contract(value, text, "text.transform@0.1")),
            None => return Err(bad_contract(value, text, "text.transform@1")),
        };
        let at_least = ContractVersion::new(major, minor);
        Ok(Self::Contract { name: name.to_owned(), at_least })
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contract { name, at_least } => write!(f, "contract {name}@{at_least}"),
            Self::Bundle { name, version: None } => write!(f, "bundle {name}"),
            Self::Bundle { name, version: Some(version) } => write!(f, "bundle {name} {version}"),
        }
    }
}

/// The parts of `name@major` or `name@major.minor`.
pub(crate) fn contract(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let (name, version) = text.split_once('@')?;
    if !is_valid_name(name) {
        return None;
    }
    match version.split_once('.') {
        Some((major, minor)) => Some((name, number(major)?, Some(number(minor)?))),
        None => Some((name, number(version)?, None)),
    }
}

/// A number that is written in the one way there is: digits without a leading zero.
fn number(text: &str) -> Option<u32> {
    let number = text.parse::<u32>().ok()?;
    (number.to_string() == text).then_some(number)
}

fn bad_contract(value: &Value<'_>, text: &str, example: &'static str) -> ManifestError {
    ManifestError::BadContract {
        line: value.line(),
        field: value.field(),
        contract: text.to_owned(),
        example,
    }
}
