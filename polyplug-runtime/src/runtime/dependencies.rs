//! Which loaded bundles need which others.

use std::path::Path;

use polyplug_guest::{ContractId, ContractVersion};

use super::Shared;
use super::bundles::{Loaded, list};
use crate::bundle::{Bundle, Dependency, Needs};
use crate::error::LoadError;

impl Dependency {
    /// Whether `bundle` is or provides what is needed.
    pub(crate) fn is_met_by(&self, bundle: &Bundle) -> bool {
        match self {
            Self::Contract { name, at_least } => {
                let provides =
                    |(provided, version)| provided == name && is_new_enough(version, *at_least);
                bundle.provides().any(provides)
            }
            Self::Bundle { name, version } => {
                let is_asked_for = |version: &semver::VersionReq| version.matches(bundle.version());
                bundle.name() == name && version.as_ref().is_none_or(is_asked_for)
            }
        }
    }
}

/// Whether `version` has all that `at_least` has, of the same contract.
pub(super) fn is_new_enough(version: ContractVersion, at_least: ContractVersion) -> bool {
    // While the major is 0 each minor is a contract of its own.
    let world = |version| ContractId::of_version("", version);
    world(version) == world(at_least) && version >= at_least
}

impl Shared {
    /// Checks that others than `own`, the bundle that is replaced, are and provide what
    /// a bundle needs.
    pub(super) fn check_needs(
        &self,
        needs: &Needs,
        bundle: &str,
        path: &Path,
        own: u64,
    ) -> Result<(), LoadError> {
        if needs.dependencies().is_empty() {
            return Ok(());
        }
        let others = self.bundles.all();
        let is_met = |dependency: &&Dependency| {
            let others = others.iter().filter(|other| other.serial != own);
            others.into_iter().any(|other| dependency.is_met_by(&other.bundle))
        };
        let Some(missing) = needs.dependencies().iter().find(|dependency| !is_met(dependency))
        else {
            return Ok(());
        };
        let (bundle, path, dependency) = (bundle.to_owned(), path.to_owned(), missing.to_string());
        let loaded = list(others.iter().map(|other| other.bundle.name().to_owned()));
        Err(LoadError::MissingDependency { bundle, path, dependency, loaded })
    }

    /// The loaded bundles outside of `gone` that could not go on without it: one of them
    /// meets what they declared and nobody else does, or they hold a proxy that they got
    /// from it. In the order of loading.
    ///
    /// Who declared nothing got nothing, so it costs nothing where nobody needs anybody.
    pub(super) fn dependents_of(&self, gone: &[Loaded]) -> Vec<Loaded> {
        let needy = self.bundles.needy();
        if needy.is_empty() {
            return needy;
        }
        let all = self.bundles.all();
        let is_gone = |bundle: &Loaded| gone.iter().any(|gone| gone.serial == bundle.serial);
        let needs_gone = |dependent: &Loaded| {
            let others =
                || all.iter().filter(|one| !is_gone(one) && one.serial != dependent.serial);
            let is_unmet = |dependency: &Dependency| {
                gone.iter().any(|gone| dependency.is_met_by(&gone.bundle))
                    && !others().any(|other| dependency.is_met_by(&other.bundle))
            };
            dependent.needs().dependencies().iter().any(is_unmet)
                || gone.iter().any(|gone| dependent.uses(gone))
        };
        needy.into_iter().filter(|bundle| !is_gone(bundle) && needs_gone(bundle)).collect()
    }

    /// The loaded bundles whose needs would not be met any more if `next` took the place
    /// of `loaded`.
    pub(super) fn dependents_lost(&self, loaded: &Loaded, next: &Bundle) -> Vec<Loaded> {
        let needy = self.bundles.needy();
        if needy.is_empty() {
            return needy;
        }
        let all = self.bundles.all();
        let loses = |dependent: &Loaded| {
            let others = || {
                all.iter().filter(|one| ![loaded.serial, dependent.serial].contains(&one.serial))
            };
            let is_lost = |dependency: &Dependency| {
                dependency.is_met_by(&loaded.bundle)
                    && !dependency.is_met_by(next)
                    && !others().any(|other| dependency.is_met_by(&other.bundle))
            };
            dependent.serial != loaded.serial
                && dependent.needs().dependencies().iter().any(is_lost)
        };
        needy.into_iter().filter(loses).collect()
    }

    /// `first` and all that could not go on without it, in the order in which they can
    /// go: whoever is needed comes behind those that need it. Where they need each
    /// other, the last loaded goes first.
    pub(super) fn in_order_of_leaving(&self, first: Loaded) -> Vec<Loaded> {
        let mut gone = vec![first];
        loop {
            let more = self.dependents_of(&gone);
            if more.is_empty() {
                break;
            }
            gone.extend(more);
        }
        gone.sort_by_key(|bundle| bundle.serial);
        let mut order = Vec::new();
        while !gone.is_empty() {
            let is_needed = |bundle: &Loaded| {
                gone.iter().any(|other| other.serial != bundle.serial && other.depends_on(bundle))
            };
            let free = gone.iter().rposition(|bundle| !is_needed(bundle));
            order.push(gone.remove(free.unwrap_or(gone.len() - 1)));
        }
        order
    }

    /// Those that are to be reloaded after `first` was: they ask for it, and need it or
    /// another one of these. Whoever is needed comes before those that need it.
    pub(super) fn to_reload_after(&self, first: &Loaded) -> Vec<Loaded> {
        let mut waiting = self.bundles.needy();
        waiting.retain(|one| one.serial != first.serial && one.needs().reload_with_dependencies);
        let mut found = vec![first.clone()];
        loop {
            let is_next = |one: &mut Loaded| found.iter().any(|found| one.depends_on(found));
            let more: Vec<_> = waiting.extract_if(.., is_next).collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found.remove(0);
        found.sort_by_key(|bundle| bundle.serial);
        let mut order = Vec::new();
        while !found.is_empty() {
            let waits = |bundle: &Loaded| {
                found.iter().any(|other| other.serial != bundle.serial && bundle.depends_on(other))
            };
            let free = found.iter().position(|bundle| !waits(bundle));
            order.push(found.remove(free.unwrap_or(0)));
        }
        order
    }
}

impl Loaded {
    pub(super) fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Whether it needs what `provider` is or provides, or holds a proxy from there.
    pub(super) fn depends_on(&self, provider: &Self) -> bool {
        let mut dependencies = self.needs().dependencies().iter();
        dependencies.any(|dependency| dependency.is_met_by(&provider.bundle)) || self.uses(provider)
    }

    /// Whether it holds a proxy that it got from `provider`.
    fn uses(&self, provider: &Self) -> bool {
        provider.instances.is_used_by(&self.presence)
    }
}

/// Bundles as messages name them.
pub(super) fn names(bundles: &[Loaded]) -> Vec<String> {
    bundles.iter().map(|bundle| bundle.bundle.name().to_owned()).collect()
}
