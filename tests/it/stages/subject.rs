//! A runtime with a bundle that is loaded and reloaded, whether or not that fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fixture_contracts::{Greeter, GreeterProxy};
use fixture_life_contract::{Extra, Label, LabelProxy, Worker, WorkerProxy};
use fixture_lua_contracts::{Counter, CounterProxy};
use polyplug_runtime::{
    Contract, ContractHandle, ContractId, Event, LuaLoader, NativeLoader, RegistryError, Runtime,
    Source, Unloaded,
};

use super::injected::{Fault, How, Injected, Orders};
use crate::place::Place;
use crate::refused::stage::text;
use crate::state::State;
use crate::support::library;

/// Which bundle it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Native,
    Lua,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Native, Self::Lua];

    fn name(self) -> &'static str {
        match self {
            Self::Native => "life",
            Self::Lua => "counters",
        }
    }
}

/// A proxy of the bundle, whose answers say whether its instance is the one before.
enum Probe {
    Native(LabelProxy, WorkerProxy, u64),
    Lua(CounterProxy, u64),
}

impl Probe {
    /// The version before goes on with its state.
    fn goes_on(&mut self) {
        match self {
            Self::Native(label, worker, count) => {
                assert_eq!(
                    (label.label().unwrap().as_str(), label.generation().unwrap()),
                    ("kept", 1)
                );
                *count += 1;
                assert_eq!(worker.count().unwrap(), *count);
            }
            Self::Lua(counter, count) => {
                *count += 1;
                assert_eq!(counter.next().unwrap(), *count);
            }
        }
    }

    /// The next version answers; state that was lost was said to be.
    fn is_replaced(&mut self) {
        match self {
            Self::Native(label, worker, _) => {
                assert_eq!(label.generation().unwrap(), 2);
                assert!(worker.count().is_err());
                worker.renew().unwrap();
                assert_eq!(worker.count().unwrap(), 1);
            }
            Self::Lua(counter, _) => {
                assert!(counter.next().is_err());
                counter.renew().unwrap();
                assert_eq!(counter.next().unwrap(), 101);
            }
        }
    }
}

pub(super) struct Subject {
    kind: Kind,
    pub(super) place: Place,
    pub(super) runtime: Runtime,
    orders: Orders,
    events: Arc<Mutex<Vec<Event>>>,
    probe: Mutex<Probe>,
    greeter: GreeterProxy,
    /// Of a bundle that is gone: its slot is free.
    stale: ContractHandle,
    seen: Arc<Mutex<Vec<(usize, bool)>>>,
}

impl Subject {
    pub(super) fn new(kind: Kind) -> Self {
        let place = Place::new();
        let orders = Orders::default();
        // SAFETY: the tests load fixtures of this repository alone.
        let native = unsafe { NativeLoader::new() }.copy_dir(place.path("copies"));
        let builder = Runtime::builder().contract::<dyn Greeter>().contract::<dyn Counter>();
        let builder = builder.loader(Injected { inner: native, orders: orders.clone() });
        let builder = builder.loader(Injected { inner: LuaLoader::new(), orders: orders.clone() });
        let runtime = builder.build().unwrap();

        load_greeter(&runtime, "gap");
        load_greeter(&runtime, "neighbour");
        let stale = runtime.registry().find_in_bundle("gap", <dyn Greeter>::ID).unwrap();
        let path = match kind {
            Kind::Native => place.install("fixture-life"),
            Kind::Lua => lua_bundle(&place, 1),
        };
        runtime.load(path).unwrap();
        // Leaves a place that the next contract takes.
        runtime.unload("gap").unwrap();
        let greeter = runtime.get::<dyn Greeter>().unwrap();
        let probe = match kind {
            Kind::Native => {
                let label = runtime.get_with::<dyn Label>(place.config("kept")).unwrap();
                let worker = runtime.get_with::<dyn Worker>(place.config("kept")).unwrap();
                Probe::Native(label, worker, 0)
            }
            Kind::Lua => Probe::Lua(runtime.get::<dyn Counter>().unwrap(), 0),
        };
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let told = Arc::clone(&events);
        runtime.on_event(move |event| told.lock().unwrap().push(event.clone()));
        let (probe, seen) = (Mutex::new(probe), Arc::default());
        Self { kind, place, runtime, orders, events, probe, greeter, stale, seen }
    }

    /// The next version as a directory, with a dependency and a contract that the
    /// present one has not.
    pub(super) fn next(&self) -> PathBuf {
        match self.kind {
            Kind::Native => native_next(&self.place),
            Kind::Lua => lua_bundle(&self.place, 2),
        }
    }

    /// Lets `fault` happen once; gives what to load.
    pub(super) fn arm(&self, fault: Fault, how: How) -> PathBuf {
        self.orders.fail(fault, how);
        self.next()
    }

    /// A load of what `make` gives fails, and says `part`.
    pub(super) fn refuse_load(&self, make: impl FnOnce() -> PathBuf, part: &str) {
        let path = make();
        let before = self.look();
        let error = self.runtime.load(&path).expect_err(part);
        self.is_refused(before, &text(&error), part);
        match &self.told()[..] {
            [Event::LoadFailed { bundle, error: why, .. }] => {
                assert_eq!((&**bundle, why), (error.bundle(), &text(&error)));
            }
            [
                Event::Loading { bundle: first, .. },
                Event::LoadFailed { bundle, error: why, .. },
            ] => {
                assert_eq!((&**bundle, why), (error.bundle(), &text(&error)));
                assert_eq!(first, bundle);
            }
            told => panic!("{told:?}"),
        }
    }

    /// A reload from what `make` gives fails, and says `part`.
    pub(super) fn refuse_reload(&self, make: impl FnOnce() -> PathBuf, part: &str) {
        self.refuse_reload_of(self.kind.name(), make, part);
    }

    /// As [`Self::refuse_reload`], of one version of several.
    pub(super) fn refuse_reload_of(&self, key: &str, make: impl FnOnce() -> PathBuf, part: &str) {
        let path = make();
        let before = self.look();
        let error = self.runtime.reload_from(key, &path).expect_err(part);
        assert_eq!(error.bundle(), self.kind.name());
        self.is_refused(before, &text(&error), part);
        match &self.told()[..] {
            [Event::Preparing { bundle, .. }, Event::Failed { bundle: failed, error: why }] => {
                assert_eq!((&**bundle, &**failed), (self.kind.name(), self.kind.name()));
                assert_eq!(*why, text(&error));
            }
            told => panic!("{told:?}"),
        }
    }

    fn is_refused(&self, before: (State, [isize; 4]), said: &str, part: &str) {
        assert!(said.contains(part), "`{said}` does not say `{part}`");
        assert!(self.orders.are_done(), "{part}: the stage was not reached");
        assert_eq!(self.look(), before, "{part}");
        self.probe.lock().unwrap().goes_on();
        assert_eq!(self.greeter.greet("Ada").unwrap(), "neighbour Ada");
        let stale = self.runtime.registry().resolve(self.stale).map(drop);
        assert_eq!(stale, Err(RegistryError::StaleHandle { handle: self.stale }));
    }

    /// Everything that must be as before, with the instances that live and those that
    /// were told to go, of both versions.
    fn look(&self) -> (State, [isize; 4]) {
        let count = |event: &str| self.place.journal_count(event) as isize;
        let living = [1, 2].map(|g| count(&format!("create {g}")) - count(&format!("drop {g}")));
        let told = [1, 2].map(|g| count(&format!("unload {g}")) - count(&format!("drop {g}")));
        let state = State::of(&self.runtime, &self.place.path("copies"));
        (state, [living[0], living[1], told[0], told[1]])
    }

    /// What the registry and the bundles look like, and the instances.
    pub(super) fn look_without_copies(&self) -> String {
        let registry = self.runtime.registry();
        let bundles = self.runtime.bundles();
        let (count, revision) = (registry.count(), registry.revision());
        format!("{count} {revision} {bundles:?} {:?}", self.place.journal())
    }

    pub(super) fn forget_events(&self) {
        self.told();
    }

    fn told(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap())
    }

    /// Notes, before and after each entry, how many providers of a present contract
    /// are seen, and whether the one of a new contract is.
    pub(super) fn watch_registration(&self) {
        let (seen, kind, runtime) = (Arc::clone(&self.seen), self.kind, self.runtime.clone());
        self.orders.watch(move || {
            let registry = runtime.registry();
            let old = registry.find_all(kind.present()).len();
            let is_new = registry.find_in_bundle(kind.name(), kind.new_contract()).is_some();
            seen.lock().unwrap().push((old, is_new));
        });
    }

    /// Ends [`Self::watch_registration`], which keeps the runtime.
    pub(super) fn stop_watching(&self) {
        self.orders.stop_watching();
    }

    /// A load of the next version beside the present one, which works.
    pub(super) fn accept_load(&self) -> Vec<(usize, bool)> {
        let next = self.next();
        // By now the place of the present version may be the next one's.
        let old = match self.kind {
            Kind::Native => self.place.install("fixture-life"),
            Kind::Lua => lua_bundle(&self.place, 1),
        };
        let name = self.kind.name();
        let path = if self.runtime.bundles().iter().any(|b| b.path() == next) { old } else { next };
        let bundle = self.runtime.load(path).unwrap();
        assert_eq!(self.runtime.registry().find_all(self.kind.present()).len(), 2);
        let key = format!("{name}@{}", bundle.version());
        assert!(matches!(self.runtime.unload(&key).unwrap(), Unloaded::Reclaimed));
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// A reload from the next version, which works.
    pub(super) fn accept_reload(&self) -> Vec<(usize, bool)> {
        let name = self.kind.name();
        let handle = self.runtime.registry().find(self.kind.present()).unwrap();
        self.runtime.reload_from(name, self.next()).unwrap();
        self.probe.lock().unwrap().is_replaced();
        let registry = self.runtime.registry();
        assert_eq!(registry.find(self.kind.present()), Some(handle), "handles stay good");
        assert!(registry.find_in_bundle(name, self.kind.new_contract()).is_some());
        assert!(!registry.resolve(handle).unwrap().dependencies().is_empty());
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// Behind failures everything works, and leaves nothing.
    pub(super) fn accept(self) {
        self.accept_load();
        self.accept_reload();
        assert_eq!(self.runtime.unload(self.kind.name()).unwrap(), Unloaded::Reclaimed);
        assert!(self.place.copies().is_empty());
        assert!(crate::state::opened(&self.place.path("copies")).is_empty());
        for event in ["create 1", "create 2"] {
            let dropped = event.replace("create", "drop");
            assert_eq!(self.place.journal_count(event), self.place.journal_count(&dropped));
        }
    }
}

impl Kind {
    /// A contract that both versions have.
    fn present(self) -> ContractId {
        match self {
            Self::Native => <dyn Label>::ID,
            Self::Lua => <dyn Counter>::ID,
        }
    }

    /// One that only the next version has.
    fn new_contract(self) -> ContractId {
        match self {
            Self::Native => <dyn Extra>::ID,
            Self::Lua => <dyn Greeter>::ID,
        }
    }
}

fn load_greeter(runtime: &Runtime, name: &str) {
    let manifest = format!(
        "name = '{name}'\nversion = '1.0.0'\nloader = 'lua'\nprovides = ['test.greeter@1.0']\n"
    );
    let text = format!(
        "local Class = {{}}\nfunction Class:greet(who) return '{name} ' .. who end\n\
         return require('polyplug').bundle {{ ['test.greeter@1'] = Class }}\n"
    );
    runtime.load_source(&manifest, Source::Text(text)).unwrap();
}

/// The next native version, with a manifest of its own.
fn native_next(place: &Place) -> PathBuf {
    let file = library("fixture-life-next");
    let directory = place.path("next");
    fs::create_dir_all(&directory).unwrap();
    fs::copy(&file, directory.join("life.so")).unwrap();
    let provides = "'test.label@1.0', 'test.worker@1.0', 'test.extra@1.0'";
    write_manifest(&directory, "life", "0.2.0", "native", "life.so", provides);
    directory
}

/// A Lua bundle of counters: the second version counts from 100, and greets.
fn lua_bundle(place: &Place, version: u32) -> PathBuf {
    let directory = place.path(&format!("counters-{version}"));
    fs::create_dir_all(&directory).unwrap();
    let (provides, more) = match version {
        1 => ("'test.counter@1.2'", ""),
        _ => ("'test.counter@1.2', 'test.greeter@1.0'", "['test.greeter@1'] = Greeter,"),
    };
    let from = (version - 1) * 100;
    let text = format!(
        "local Class, Greeter = {{}}, {{}}
        function Class.new() return {{ n = {from} }} end
        function Class:next() self.n = self.n + 1 return self.n end
        function Class:count() return self.n end
        function Class:skip(by) self.n = self.n + by return self.n end
        function Greeter:greet(who) return who end
        return require('polyplug').bundle {{ {more} ['test.counter@1'] = Class }}"
    );
    fs::write(directory.join("init.lua"), text).unwrap();
    let number = format!("{version}.0.0");
    write_manifest(&directory, "counters", &number, "lua", "init.lua", provides);
    directory
}

fn write_manifest(
    directory: &Path,
    name: &str,
    version: &str,
    loader: &str,
    file: &str,
    provides: &str,
) {
    let dependencies = "dependencies = ['test.greeter@1']";
    let manifest = format!(
        "name = '{name}'\nversion = '{version}'\nloader = '{loader}'\nfile = '{file}'\n\
         provides = [{provides}]\n{dependencies}\n"
    );
    fs::write(directory.join("manifest.toml"), manifest).unwrap();
}
