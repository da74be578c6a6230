//! The stages that a load and a reload have in common: locate, copy and verify,
//! check, open, initialise. Each gives the next one what it needs; what a stage
//! holds is released when a later one fails.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyplug_guest::ContractVersion;
use polyplug_guest::private::contain;

use super::Shared;
use super::bundles::list;
use crate::bundle::{Bundle, Dependency, Description, Manifest, Needs, Origin, Provided, Source};
use crate::error::LoadError;
use crate::host::{Host, Presence};
use crate::implementation::{Implementation, Lease};
use crate::instance::{Instances, Locals, Version};
use crate::interface::Interface;
use crate::loader::{
    BundleLoader, BundleSource, Content, LoaderError, PreparedBundle, Registrar, statics,
};
use crate::registry::{BundleDescription, Descriptor, RegistryError};
use crate::schema::{Schema, both_forms};

/// A bundle that was found, copied and verified. None of its code has run.
pub(super) struct Prepared {
    pub(super) description: Description,
    loader: String,
    path: PathBuf,
    bundle: Box<dyn PreparedBundle>,
}

/// A bundle that was opened and has registered its contracts, which nobody sees
/// yet. Dropping it closes it.
pub(super) struct Opened {
    pub(super) bundle: Bundle,
    pub(super) needs: Needs,
    pub(super) version: Version,
    pub(super) descriptors: Vec<Arc<Descriptor>>,
}

impl Shared {
    /// Locates the bundle, and lets its loader copy and verify it.
    pub(super) fn prepare(&self, origin: &Origin) -> Result<Prepared, LoadError> {
        match origin {
            Origin::Static(bundle) => {
                let prepared = statics::prepare(bundle);
                let prepared = prepared.map_err(loader_error(statics::NAME, Path::new("")))?;
                described(prepared, statics::NAME, Path::new(""), None)
            }
            Origin::Path(path) => self.prepare_path(path),
            Origin::Memory { manifest, source } => self.prepare_memory(manifest, source),
        }
    }

    fn prepare_path(&self, path: &Path) -> Result<Prepared, LoadError> {
        let bundle = || guess_name(path);
        if path.to_str().is_none() {
            return Err(LoadError::NotUtf8 { bundle: bundle(), path: path.to_owned() });
        }
        let metadata = fs::metadata(path).map_err(|source| LoadError::Unreadable {
            bundle: bundle(),
            path: path.to_owned(),
            source,
        })?;
        if metadata.is_dir() {
            let manifest = read_manifest(path)?;
            let loader = self.loader_named(&manifest, path)?;
            let file = path.join(&manifest.file);
            return prepare_with(loader, Content::File(&file), path, Some(manifest.into()));
        }
        let Some(loader) = self.loaders.iter().find(|loader| loader.accepts(path)) else {
            let (bundle, path, known) = (bundle(), path.to_owned(), self.loader_names());
            return Err(LoadError::UnknownFile { bundle, path, known });
        };
        prepare_with(&**loader, Content::File(path), path, None)
    }

    fn prepare_memory(&self, manifest: &str, source: &Source) -> Result<Prepared, LoadError> {
        let path = Path::new("");
        let manifest = Manifest::parse_beside_source(manifest.as_bytes()).map_err(|source| {
            let (bundle, path, source) = (String::new(), path.to_owned(), Box::new(source));
            LoadError::Manifest { bundle, path, source }
        })?;
        let loader = self.loader_named(&manifest, path)?;
        let content = match source {
            Source::Text(text) => Content::Text(text),
            Source::Bytes(bytes) => Content::Bytes(bytes),
        };
        prepare_with(loader, content, path, Some(manifest.into()))
    }

    fn loader_named(
        &self,
        manifest: &Manifest,
        path: &Path,
    ) -> Result<&dyn BundleLoader, LoadError> {
        let named = self.loaders.iter().find(|loader| loader.name() == manifest.loader);
        named.map(|loader| &**loader).ok_or_else(|| LoadError::UnknownLoader {
            bundle: manifest.name.clone(),
            path: path.to_owned(),
            loader: manifest.loader.clone(),
            known: self.loader_names(),
        })
    }

    fn loader_names(&self) -> String {
        list(self.loaders.iter().map(|loader| loader.name()))
    }

    /// Opens the bundle, lets it register its contracts, and checks those.
    /// `replaced` is the bundle whose place it takes, if any.
    pub(super) fn open(
        &self,
        prepared: Prepared,
        presence: &Arc<Presence>,
        replaced: Option<&Arc<Instances>>,
    ) -> Result<Opened, LoadError> {
        let Prepared { mut description, loader, path, bundle } = prepared;
        let (name, own) = (description.name.clone(), presence.serial());
        let failed = |source| loader_error(&name, &path)(source);
        self.check_needs(&description.needs, &name, &path, own)?;
        let host = Host::new(self.this.clone(), Arc::clone(presence), &name, &path);
        let lease = {
            let _inside = crate::inside::guest_section();
            let module = of_loader(|| bundle.open()).map_err(failed)?;
            Arc::new(Lease::new(module, Arc::clone(&host)))
        };
        let locals = Locals::new(&name, Arc::clone(&self.listeners), Arc::clone(&lease));
        host.lend_to(locals.instances());
        let mut registrar = Registrar::new(self, &host);
        let initialised =
            lease.module().map_or(Ok(()), |module| of_loader(|| module.init(&mut registrar)));
        // What was refused is the better reason, also when the bundle passed it on.
        let said = registrar.needs();
        let interfaces = registrar.finish().map_err(|source| LoadError::Interface {
            bundle: name.clone(),
            path: path.clone(),
            source,
        })?;
        initialised.map_err(failed)?;
        description.needs = join_needs(&description, description.needs.clone(), said, &path)?;
        self.check_needs(&description.needs, &name, &path, own)?;
        check_duplicates(&description, &path, &interfaces)?;
        check_provides(&description, &path, &interfaces)?;
        for interface in &interfaces {
            self.check_compatible(&description, &path, interface, replaced)?;
        }
        let opened = self.assemble(description, loader, &path, interfaces, lease, locals);
        host.declare(opened.bundle.clone(), opened.needs.clone());
        Ok(opened)
    }

    /// Compares a contract with the form that is known: the host's own, else
    /// that of a loaded provider other than the bundle that is being replaced.
    fn check_compatible(
        &self,
        description: &Description,
        path: &Path,
        interface: &Interface,
        replaced: Option<&Arc<Instances>>,
    ) -> Result<(), LoadError> {
        if let Some(known) = self.known.get(interface.id) {
            return compare(&known, description, path, interface);
        }
        for (_, payload) in self.registry.all(interface.id) {
            let is_replaced = replaced.is_some_and(|replaced| {
                std::ptr::eq(payload.instances.as_ptr(), Arc::as_ptr(replaced))
            });
            if let Some(other) = payload.implementation.upgrade().filter(|_| !is_replaced) {
                return compare(&other.interface.schema, description, path, interface);
            }
        }
        Ok(())
    }

    fn assemble(
        &self,
        description: Description,
        loader: String,
        path: &Path,
        interfaces: Vec<Interface>,
        lease: Arc<Lease>,
        locals: Locals,
    ) -> Opened {
        let needs = description.needs;
        let shared = Arc::new(BundleDescription {
            name: description.name,
            version: description.version,
            loader,
            // What is not UTF-8 was refused when it was located.
            path: path.to_str().unwrap_or_default().to_owned(),
            dependencies: needs.dependencies().iter().map(Dependency::to_string).collect(),
            capabilities: description.capabilities,
        });
        let provides =
            interfaces.iter().map(|interface| (interface.schema.name.clone(), interface.version()));
        let bundle = Bundle { shared: Arc::clone(&shared), provides: provides.collect() };
        let descriptors = interfaces.iter().map(|interface| Arc::new(describe(interface, &shared)));
        let descriptors = descriptors.collect();
        let implementation = |interface| {
            let listeners = Arc::clone(&self.listeners);
            Arc::new(Implementation::new(
                interface,
                Arc::clone(&shared),
                listeners,
                Arc::clone(&lease),
            ))
        };
        let implementations = interfaces.into_iter().map(implementation).collect();
        let version = Version { implementations, lease, locals: Arc::new(locals) };
        Opened { bundle, needs, version, descriptors }
    }
}

/// Lets the loader copy and verify what was found at `path`.
fn prepare_with(
    loader: &dyn BundleLoader,
    content: Content<'_>,
    path: &Path,
    manifest: Option<Description>,
) -> Result<Prepared, LoadError> {
    let in_directory = manifest.is_some() && !path.as_os_str().is_empty();
    let root = in_directory.then_some(path);
    let bundle = manifest.as_ref().map_or_else(|| guess_name(path), |named| named.name.clone());
    let source = BundleSource { content, root, manifest: manifest.as_ref() };
    let at = if let Content::File(file) = content { file } else { path };
    let prepared = of_loader(|| loader.prepare(&source)).map_err(loader_error(&bundle, at))?;
    described(prepared, loader.name(), path, manifest)
}

/// Joins what the directory's manifest says with what the file says of itself.
fn described(
    bundle: Box<dyn PreparedBundle>,
    loader: &str,
    path: &Path,
    manifest: Option<Description>,
) -> Result<Prepared, LoadError> {
    let description = match (manifest, bundle.description()) {
        (Some(manifest), Some(file)) => {
            check_agreement(&manifest, file, path)?;
            let needs = join_needs(&manifest, manifest.needs.clone(), file.needs.clone(), path)?;
            Description { needs, ..manifest }
        }
        (Some(manifest), None) => manifest,
        (None, Some(file)) => file.clone(),
        (None, None) => {
            return Err(LoadError::Undescribed { bundle: guess_name(path), path: path.to_owned() });
        }
    };
    Ok(Prepared { description, loader: loader.to_owned(), path: path.to_owned(), bundle })
}

fn check_agreement(
    manifest: &Description,
    file: &Description,
    path: &Path,
) -> Result<(), LoadError> {
    let contracts = |description: &Description| {
        contract_list(description.provides.iter().flatten().map(provided))
    };
    let fields = [
        ("name", manifest.name.clone(), file.name.clone()),
        ("version", manifest.version.to_string(), file.version.to_string()),
        ("provides", contracts(manifest), contracts(file)),
    ];
    for (field, manifest_says, file_says) in fields {
        if manifest_says != file_says {
            return Err(LoadError::Mismatch {
                bundle: manifest.name.clone(),
                path: path.to_owned(),
                field,
                manifest: manifest_says,
                file: file_says,
            });
        }
    }
    Ok(())
}

/// Joins what is said in two places of what a bundle needs: where both say it they must
/// agree.
fn join_needs(
    description: &Description,
    manifest: Needs,
    file: Needs,
    path: &Path,
) -> Result<Needs, LoadError> {
    let both_say = manifest.dependencies.is_some() && file.dependencies.is_some();
    if both_say && manifest.sorted() != file.sorted() {
        return Err(LoadError::Mismatch {
            bundle: description.name.clone(),
            path: path.to_owned(),
            field: "dependencies",
            manifest: list(manifest.sorted()),
            file: list(file.sorted()),
        });
    }
    Ok(Needs {
        dependencies: manifest.dependencies.or(file.dependencies),
        reload_with_dependencies: manifest.reload_with_dependencies
            || file.reload_with_dependencies,
    })
}

fn check_duplicates(
    description: &Description,
    path: &Path,
    interfaces: &[Interface],
) -> Result<(), LoadError> {
    let mut seen = HashSet::new();
    let repeated = interfaces.iter().find(|interface| !seen.insert(interface.id));
    let Some(repeated) = repeated else { return Ok(()) };
    let (bundle, path) = (description.name.clone(), path.to_owned());
    let contract = repeated.schema.name.clone();
    let source = RegistryError::DuplicateProvider { bundle: bundle.clone(), contract };
    Err(LoadError::Registry { bundle, path, source })
}

fn check_provides(
    description: &Description,
    path: &Path,
    interfaces: &[Interface],
) -> Result<(), LoadError> {
    let Some(declared) = &description.provides else { return Ok(()) };
    let declared = contract_list(declared.iter().map(provided));
    let schemas = interfaces.iter().map(|interface| &interface.schema);
    let registered = contract_list(schemas.map(|schema| (&*schema.name, schema.version)));
    if declared == registered {
        return Ok(());
    }
    let (bundle, path) = (description.name.clone(), path.to_owned());
    Err(LoadError::Provides { bundle, path, declared, registered })
}

fn compare(
    known: &Schema,
    description: &Description,
    path: &Path,
    interface: &Interface,
) -> Result<(), LoadError> {
    let (bundle, path) = (description.name.clone(), path.to_owned());
    let schema = &interface.schema;
    if known.name != schema.name {
        let (first, second) = (known.name.clone(), schema.name.clone());
        let source = RegistryError::IdCollision { id: interface.id, first, second };
        return Err(LoadError::Registry { bundle, path, source });
    }
    let Some((host, plugin)) = known.first_difference(schema) else { return Ok(()) };
    let (host, plugin) = both_forms(host, plugin);
    Err(LoadError::Incompatible { bundle, path, contract: known.name.clone(), host, plugin })
}

fn provided(provided: &Provided) -> (&str, ContractVersion) {
    (&provided.name, provided.version)
}

/// Contracts as manifests write them, in an order that does not depend on theirs.
fn contract_list<'a>(contracts: impl Iterator<Item = (&'a str, ContractVersion)>) -> String {
    let mut contracts: Vec<_> =
        contracts.map(|(name, version)| format!("{name}@{version}")).collect();
    contracts.sort();
    list(contracts)
}

fn describe(interface: &Interface, bundle: &Arc<BundleDescription>) -> Descriptor {
    Descriptor {
        contract_name: interface.schema.name.clone(),
        contract_id: interface.id,
        contract_version: interface.version(),
        fingerprint: interface.schema.fingerprint,
        method_count: interface.function_count as u32,
        bundle: Arc::clone(bundle),
    }
}

fn read_manifest(directory: &Path) -> Result<Manifest, LoadError> {
    let path = directory.join("manifest.toml");
    let bundle = guess_name(directory);
    let content = match fs::read(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(LoadError::NoManifest { bundle, path: directory.to_owned() });
        }
        Err(source) => return Err(LoadError::Unreadable { bundle, path, source }),
    };
    Manifest::parse(&content).map_err(|source| LoadError::Manifest {
        bundle,
        path,
        source: Box::new(source),
    })
}

/// What a loader does. One of the host's own may panic: that fails the stage like any
/// other error, so that everybody is told how it ended.
fn of_loader<T>(work: impl FnOnce() -> Result<T, LoaderError>) -> Result<T, LoaderError> {
    contain(work).unwrap_or_else(|panic| Err(format!("the loader panicked: {panic}").into()))
}

fn loader_error<'a>(bundle: &'a str, path: &'a Path) -> impl Fn(LoaderError) -> LoadError + 'a {
    move |source| LoadError::Loader { bundle: bundle.to_owned(), path: path.to_owned(), source }
}

/// What to call a bundle that did not get so far as to say its name.
pub(super) fn guess_name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
