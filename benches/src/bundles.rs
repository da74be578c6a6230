//! Bundles that are made up at run time, with as many contracts as are wanted.

use std::cell::Cell;
use std::ffi::c_void;
use std::slice;

use polyplug_guest::abi::{
    ContractSchema, ErrorBuffer, GuestContractInterface, HostTable, MethodSchema, StaticBundle,
    Status,
};
use polyplug_guest::{BundleId, ContractId, ContractVersion};
use polyplug_runtime::{Bundle, Runtime};

type Interfaces = &'static [&'static GuestContractInterface];

/// A linked-in bundle with contracts of its own: all like one that exists, but
/// for their names. Never freed.
#[derive(Clone, Copy)]
pub struct SyntheticBundle {
    bundle: &'static StaticBundle,
    name: &'static str,
    interfaces: Interfaces,
}

impl SyntheticBundle {
    /// The bundle `name`, with the contracts `name.c0`, `name.c1` and so on.
    pub fn new(name: &str, contracts: usize, like: &'static GuestContractInterface) -> Self {
        let names: Vec<_> = (0..contracts).map(|i| leak_text(format!("{name}.c{i}"))).collect();
        let interfaces: Vec<_> = names.iter().map(|name| renamed(name, like)).collect();
        // SAFETY: `enter` registers copies of a table that keeps the rules, all
        // of them leaked.
        let bundle = unsafe { StaticBundle::new(manifest(name, &names), enter) };
        Self {
            bundle: Box::leak(Box::new(bundle)),
            name: leak_text(name.to_owned()),
            interfaces: interfaces.leak(),
        }
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The ids of its contracts.
    pub fn contracts(&self) -> impl Iterator<Item = ContractId> {
        self.interfaces.iter().map(|interface| ContractId::from_u64(interface.contract_id))
    }

    /// Loads it.
    ///
    /// # Panics
    ///
    /// If the runtime refuses it.
    pub fn load(&self, runtime: &Runtime) -> Bundle {
        ENTERING.set(self.interfaces);
        runtime.load_static(self.bundle).expect("a made-up bundle loads")
    }
}

/// Loads bundles of ten contracts until `contracts` more are registered, and
/// gives their ids.
pub fn fill(
    runtime: &Runtime,
    contracts: usize,
    like: &'static GuestContractInterface,
) -> Vec<ContractId> {
    const EACH: usize = 10;
    let mut ids = Vec::new();
    while ids.len() < contracts {
        let (name, count) = (format!("fill-{}", ids.len()), EACH.min(contracts - ids.len()));
        let bundle = SyntheticBundle::new(&name, count, like);
        bundle.load(runtime);
        ids.extend(bundle.contracts());
    }
    ids
}

/// A runtime with `contracts` contracts, and their ids.
///
/// # Panics
///
/// If the runtime cannot be built.
pub fn runtime_with(
    contracts: usize,
    like: &'static GuestContractInterface,
) -> (Runtime, Vec<ContractId>) {
    let runtime = Runtime::builder().build().expect("nothing is wrong with it");
    let ids = fill(&runtime, contracts, like);
    (runtime, ids)
}

thread_local! {
    /// What the bundle registers that this thread loads: an entry is told nothing
    /// about whose it is.
    static ENTERING: Cell<Interfaces> = const { Cell::new(&[]) };
}

unsafe extern "C" fn enter(
    host: *const HostTable,
    registrar: *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    for interface in ENTERING.get() {
        // SAFETY: host, registrar and buffer are those of this call.
        let status = unsafe { ((*host).register)(registrar, *interface, error) };
        if status != Status::Ok as u32 {
            return status;
        }
    }
    Status::Ok as u32
}

/// A copy of the table `like`, for a contract of another name with the same methods.
fn renamed(
    name: &'static str,
    like: &'static GuestContractInterface,
) -> &'static GuestContractInterface {
    // SAFETY: the table is one that `bundle!` would register, so its schema is a
    // constant, with valid lists.
    let methods: &'static [&'static MethodSchema] = unsafe {
        let methods = (*like.schema).methods;
        slice::from_raw_parts(methods.ptr.cast(), methods.len)
    };
    let version = ContractVersion::new(1, 0);
    let schema: &'static _ = Box::leak(Box::new(ContractSchema::new(name, version, "", methods)));
    Box::leak(Box::new(GuestContractInterface {
        size: size_of::<GuestContractInterface>(),
        contract_id: ContractId::of_version(name, version).to_u64(),
        fingerprint: schema.fingerprint,
        version,
        dispatch_kind: like.dispatch_kind,
        function_count: like.function_count,
        method_fingerprints: like.method_fingerprints,
        schema,
        create_instance: like.create_instance,
        destroy_instance: like.destroy_instance,
        dispatch: like.dispatch,
        flags: like.flags,
        unload_instance: like.unload_instance,
        save_instance: like.save_instance,
        restore_instance: like.restore_instance,
        uniform: like.uniform,
        trusting_functions: like.trusting_functions,
    }))
}

fn manifest(name: &str, contracts: &[&str]) -> &'static str {
    let provides: Vec<_> = contracts.iter().map(|name| format!("\"{name}@1.0\"")).collect();
    let (id, provides) = (BundleId::of(name), provides.join(", "));
    leak_text(format!(
        "abi = 1\nname = \"{name}\"\nversion = \"1.0.0\"\nentry = \"polyplug_entry_{id}\"\n\
         panic = \"unwind\"\nprovides = [{provides}]\n"
    ))
}

fn leak_text(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
