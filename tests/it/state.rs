//! All that a load or reload that fails must leave as it was.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use polyplug_runtime::{ContractId, Runtime};

/// What a runtime, the directory of its private copies and the process hold.
#[derive(PartialEq, Debug)]
pub(crate) struct State {
    revision: u64,
    count: usize,
    bundles: Vec<String>,
    /// Of each provided contract every provider: its handle, and all that can be asked
    /// about it, declared dependencies as well.
    providers: Vec<String>,
    copies: BTreeSet<PathBuf>,
    /// What the dynamic loader knows of libraries among the copies, by name.
    opened: BTreeSet<PathBuf>,
    /// The same by the ranges that are mapped.
    mapped: BTreeSet<String>,
}

impl State {
    pub(crate) fn of(runtime: &Runtime, copies: &Path) -> Self {
        let registry = runtime.registry();
        let bundles = runtime.bundles();
        let provided = bundles.iter().flat_map(|bundle| bundle.provides());
        let contracts: BTreeSet<u64> = provided
            .map(|(name, version)| ContractId::of_version(name, version).to_u64())
            .collect();
        let handles =
            contracts.into_iter().flat_map(|id| registry.find_all(ContractId::from_u64(id)));
        let providers = handles.map(|handle| format!("{handle:?} {:?}", registry.describe(handle)));
        let here = copies.to_str().unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let mapped = maps.lines().filter_map(|line| Some(line[line.find(here)?..].to_owned()));
        Self {
            revision: registry.revision(),
            count: registry.count(),
            providers: providers.collect(),
            bundles: bundles.iter().map(|bundle| format!("{bundle:?}")).collect(),
            copies: fs::read_dir(copies).unwrap().map(|entry| entry.unwrap().path()).collect(),
            opened: opened(copies),
            mapped: mapped.collect(),
        }
    }
}

/// The open libraries below `directory`: asked of the dynamic loader, which forgets
/// one when it unmaps it, deleted or not.
#[cfg(target_os = "linux")]
pub(crate) fn opened(directory: &Path) -> BTreeSet<PathBuf> {
    use std::ffi::{CStr, OsStr, c_int, c_void};
    use std::os::unix::ffi::OsStrExt;

    unsafe extern "C" fn add(info: *mut libc::dl_phdr_info, _: usize, into: *mut c_void) -> c_int {
        // SAFETY: `into` is the set below; the name is a C string of the loader's.
        unsafe {
            let name = CStr::from_ptr((*info).dlpi_name).to_bytes();
            (*into.cast::<BTreeSet<PathBuf>>()).insert(OsStr::from_bytes(name).into());
        }
        0
    }

    let mut all = BTreeSet::<PathBuf>::new();
    // SAFETY: `add` takes the set for the call alone.
    unsafe { libc::dl_iterate_phdr(Some(add), (&raw mut all).cast()) };
    all.retain(|path| path.starts_with(directory));
    all
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn opened(_: &Path) -> BTreeSet<PathBuf> {
    BTreeSet::new()
}
