//! Readers that call flat out while other threads load, reload and unload the same
//! bundles and others, native and Lua.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use fixture_contracts::{Greeter, GreeterProxy};
use fixture_life_contract::{Label, LabelProxy};
use fixture_lua_contracts::{Types, TypesProxy};
use polyplug_runtime::{CallError, LookupError, LuaLoader, Runtime, Unloaded};

use super::{run_for, run_time, until};
use crate::place::Place;
use crate::support::library;

/// What happened in a run.
#[derive(Default, Debug)]
struct Counts {
    answers: AtomicU64,
    /// Calls that said that the bundle is gone.
    unloaded: AtomicU64,
    /// How often a bundle went that somebody calls.
    unloads: AtomicU64,
    reloads: AtomicU64,
}

/// Whoever calls flat out: a proxy, how to get it, and what it must answer.
struct Reader<P> {
    get: fn(&Runtime) -> Result<P, LookupError>,
    call: fn(&P) -> Result<(), CallError>,
}

impl<P> Reader<P> {
    /// Calls until `done`. Each unload may end one proxy, which is then got anew.
    fn run(&self, runtime: &Runtime, done: &AtomicBool, counts: &Counts) {
        let mut proxy = None;
        until(done, || {
            let Some(present) = &proxy else {
                proxy = match (self.get)(runtime) {
                    Ok(proxy) => Some(proxy),
                    Err(LookupError::NotInBundle { .. } | LookupError::Unloaded { .. }) => None,
                    Err(other) => panic!("{other}"),
                };
                return;
            };
            match (self.call)(present) {
                Ok(()) => drop(counts.answers.fetch_add(1, Relaxed)),
                Err(CallError::Unloaded(_)) => {
                    counts.unloaded.fetch_add(1, Relaxed);
                    let again = (self.call)(present);
                    assert!(matches!(again, Err(CallError::Unloaded(_))), "it revived: {again:?}");
                    proxy = None;
                }
                Err(other) => panic!("{other}"),
            }
        });
    }
}

/// Bundles that are only reloaded: who calls them is never told that they are gone.
const STEADY_NATIVE: Reader<TypesProxy> = Reader {
    get: |runtime| runtime.get_from::<dyn Types>("fixture-lua-types"),
    call: |types| {
        assert_eq!(types.add(40, 2)?, 42);
        assert_eq!(types.texts(vec!["kept".to_owned()])?, ["kept"]);
        Ok(())
    },
};
const STEADY_LUA: Reader<GreeterProxy> =
    Reader { get: |runtime| runtime.get_from::<dyn Greeter>("steady"), call: check_greeter };

/// Bundles that come and go.
const NATIVE: Reader<LabelProxy> = Reader {
    get: |runtime| runtime.request::<dyn Label>().bundle("life").config("label = 'kept'").get(),
    call: |label| {
        assert_eq!(label.label()?, "kept");
        assert!(matches!(label.generation()?, 1 | 2));
        Ok(())
    },
};
const LUA: Reader<GreeterProxy> =
    Reader { get: |runtime| runtime.get_from::<dyn Greeter>("passing"), call: check_greeter };

fn check_greeter(greeter: &GreeterProxy) -> Result<(), CallError> {
    let said = greeter.greet("Ada")?;
    assert!(matches!(&*said, "hello Ada" | "servus Ada"), "{said}");
    Ok(())
}

/// How many threads call each bundle.
const READERS: u64 = 2;

#[test]
fn readers_call_flat_out_while_bundles_are_loaded_reloaded_and_unloaded() {
    let place = Place::new();
    let builder = place.builder().loader(LuaLoader::new()).contract::<dyn Greeter>();
    let runtime = builder.build().unwrap();
    runtime.load(library("fixture-lua-types")).unwrap();
    runtime.load(lua(&place, "steady", 0)).unwrap();
    let time = run_time(Duration::from_secs(2));
    let (done, steady, passing) = (AtomicBool::new(false), Counts::default(), Counts::default());
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| STEADY_NATIVE.run(&runtime, &done, &steady));
            scope.spawn(|| STEADY_LUA.run(&runtime, &done, &steady));
            scope.spawn(|| NATIVE.run(&runtime, &done, &passing));
            scope.spawn(|| LUA.run(&runtime, &done, &passing));
        }
        let native = |version: u64| match version % 2 {
            0 => place.install_by_rename("fixture-life"),
            _ => place.install_by_rename("fixture-life-next"),
        };
        let (runtime, done, passing, place) = (&runtime, &done, &passing, &place);
        scope.spawn(move || pass_through(time, runtime, done, passing, "life", native));
        scope.spawn(move || {
            let lua = |version| lua(place, "passing", version);
            pass_through(time, runtime, done, passing, "passing", lua);
        });
        let mut version = 0;
        run_for(time, done, || {
            version += 1;
            runtime.reload("fixture-lua-types").unwrap();
            lua(place, "steady", version);
            runtime.reload("steady").unwrap();
            steady.reloads.fetch_add(2, Relaxed);
        });
    });
    println!("steady: {steady:?}\npassing: {passing:?}");
    assert!(steady.answers.into_inner() > 0 && passing.answers.into_inner() > 0);
    assert_eq!(steady.unloaded.into_inner(), 0, "what is reloaded never goes");
    // One proxy for each reader and unload, and one that was got meanwhile.
    let most = READERS * passing.unloads.into_inner();
    assert!(passing.unloaded.into_inner() <= most);
    drop(runtime);
    assert!(place.copies().is_empty());
}

/// Loads the bundle `name`, reloads it some times, and unloads it, over and over.
fn pass_through(
    time: Duration,
    runtime: &Runtime,
    done: &AtomicBool,
    counts: &Counts,
    name: &str,
    install: impl Fn(u64) -> PathBuf,
) {
    const RELOADS: u64 = 3;

    let mut version = 0;
    run_for(time, done, || {
        runtime.load(install(version)).unwrap();
        for _ in 0..RELOADS {
            version += 1;
            install(version);
            runtime.reload(name).unwrap();
            counts.reloads.fetch_add(1, Relaxed);
        }
        // Counted before: who is told sees that it was.
        counts.unloads.fetch_add(1, Relaxed);
        let outcome = runtime.unload(name).unwrap();
        assert!(!matches!(outcome, Unloaded::StillMapped { .. }), "{outcome:?}");
        version += 1;
    });
}

/// Writes the Lua bundle `name`, whose word depends on the version.
fn lua(place: &Place, name: &str, version: u64) -> PathBuf {
    let word = if version.is_multiple_of(2) { "hello" } else { "servus" };
    let text = format!(
        "local Class = {{}}\nfunction Class:greet(who) return '{word} ' .. who end\n\
         return require('polyplug').bundle {{\n\
         name = '{name}', version = '1.0.0', ['test.greeter@1'] = Class }}\n"
    );
    let (path, other) = (place.path(&format!("{name}.lua")), place.path(&format!("{name}.new")));
    fs::write(&other, text).unwrap();
    fs::rename(other, &path).unwrap();
    path
}
