//! What bundles get of each other.

use std::sync::Arc;

use polyplug_guest::abi::ErrorKind;

use super::Shared;
use super::dependencies::is_new_enough;
use super::lookup::hint;
use crate::bundle::{Dependency, Needs};
use crate::error::{LookupError, chain};
use crate::host::{Asked, Host, Refusal};
use crate::instance::{CellRef, MakeError};
use crate::registry::{Descriptor, Payload};

impl Shared {
    /// A cell over a new instance of the first loaded plugin that will do, of another
    /// bundle than asks.
    pub(crate) fn plugin_for(&self, host: &Host, asked: &Asked<'_>) -> Result<CellRef, Refusal> {
        loop {
            let payload = self.candidate(host, asked)?;
            let upgraded = (payload.implementation.upgrade(), payload.instances.upgrade());
            // A provider that went or was replaced meanwhile is looked up again.
            let (Some(implementation), Some(instances)) = upgraded else { continue };
            let user = Some(Arc::clone(host.presence()));
            let client = asked.client.clone();
            match instances.make_for(implementation, client, asked.config(), user) {
                Ok(cell) => return Ok(cell),
                Err(
                    MakeError::Stale
                    | MakeError::Unloaded
                    | MakeError::Incompatible
                    | MakeError::Held
                    | MakeError::Poisoned
                    | MakeError::HandedOver,
                ) => {}
                Err(MakeError::Create { bundle, source }) => {
                    let kind =
                        if source.is_panic() { ErrorKind::Panicked } else { ErrorKind::Plugin };
                    let contract = asked.schema.name.clone();
                    let error = LookupError::Create { bundle, contract, source };
                    return Err(Refusal::new(kind, chain(&error)));
                }
                Err(MakeError::Unfit(theirs)) => {
                    let (bundle, schema) = (&theirs.bundle.name, &theirs.interface.schema);
                    return Err(incompatible(host.name(), asked, bundle, schema));
                }
            }
        }
    }

    /// The first provider that will do.
    fn candidate(&self, host: &Host, asked: &Asked<'_>) -> Result<Payload, Refusal> {
        let Some(needs) = host.needs() else {
            let message =
                format!("bundle `{}` asks before it is initialised; ask later", host.name());
            return Err(Refusal::new(ErrorKind::Undeclared, message));
        };
        let mut is_there = false;
        for (handle, payload) in self.registry.all(asked.client.id()) {
            // One that was unloaded meanwhile is left out.
            let Ok(found) = self.registry.describe(handle) else { continue };
            let is_other = payload.serial != host.presence().serial();
            if !is_other || !is_asked_for(asked, &found) {
                continue;
            }
            if needs.dependencies().iter().any(|dependency| allows(dependency, &found)) {
                return Ok(payload);
            }
            is_there = true;
        }
        if is_there || !may_ask(needs, asked) {
            return Err(undeclared(host.name(), asked));
        }
        let (from, hint) = (of_bundle(asked), hint(self, &asked.schema.name));
        let message = format!(
            "no other loaded bundle{from} provides `{}` to `{}`; {hint}",
            asked.contract(),
            host.name()
        );
        Err(Refusal::new(ErrorKind::NotFound, message))
    }
}

/// Whether the provider is of the bundle and the version that was asked for.
fn is_asked_for(asked: &Asked<'_>, found: &Descriptor) -> bool {
    let (name, version) = asked.bundle.split_once('@').unwrap_or((asked.bundle, ""));
    let is_bundle = name.is_empty() || name == found.bundle_name();
    let is_version = version.is_empty() || version == found.bundle_version().to_string();
    let is_new = |at_least| is_new_enough(found.contract_version(), at_least);
    is_bundle && is_version && asked.at_least.is_none_or(is_new)
}

/// Whether a bundle that declared `dependency` may ask for the provider.
fn allows(dependency: &Dependency, found: &Descriptor) -> bool {
    match dependency {
        Dependency::Contract { name, at_least } => {
            *name == found.contract_name() && is_new_enough(found.contract_version(), *at_least)
        }
        Dependency::Bundle { name, version } => {
            let is_version = |version: &semver::VersionReq| version.matches(found.bundle_version());
            *name == found.bundle_name() && version.as_ref().is_none_or(is_version)
        }
    }
}

/// Whether a bundle may ask, if there was somebody to ask.
fn may_ask(needs: &Needs, asked: &Asked<'_>) -> bool {
    let bundle = asked.bundle.split('@').next().unwrap_or_default();
    needs.dependencies().iter().any(|dependency| match dependency {
        Dependency::Contract { name, at_least } => {
            let (ours, theirs) = (asked.schema.version, *at_least);
            *name == asked.schema.name
                && ours.major == theirs.major
                && (ours.major > 0 || ours.minor == theirs.minor)
        }
        Dependency::Bundle { name, .. } => bundle.is_empty() || name == bundle,
    })
}

fn undeclared(asker: &str, asked: &Asked<'_>) -> Refusal {
    let contract = asked.contract();
    let message = format!(
        "bundle `{asker}` did not declare that it needs `{contract}`{}; add it: `depends = [\"{contract}\"]` in `bundle!`, `depends = {{ \"{contract}\" }}` in the table of a Lua bundle, or `dependencies = [\"{contract}\"]` in manifest.toml",
        of_bundle(asked)
    );
    Refusal::new(ErrorKind::Undeclared, message)
}

/// The bundle that was asked for, if one was.
fn of_bundle(asked: &Asked<'_>) -> String {
    match asked.bundle {
        "" => String::new(),
        bundle => format!(" of bundle `{bundle}`"),
    }
}

/// Both forms of a method on which the two sides disagree.
pub(super) fn incompatible(
    asker: &str,
    asked: &Asked<'_>,
    provider: &str,
    theirs: &crate::schema::Schema,
) -> Refusal {
    let contract = &asked.schema.name;
    let differ = match asked.schema.first_difference(theirs) {
        Some((ours, theirs)) => {
            format!("`{asker}` has `{ours}`, `{provider}` has `{theirs}`")
        }
        None => format!("`{asker}` and `{provider}` differ"),
    };
    let message = format!(
        "`{provider}` implements another form of contract `{contract}`: {differ}; build both against one version of the contract"
    );
    Refusal::new(ErrorKind::Incompatible, message)
}
