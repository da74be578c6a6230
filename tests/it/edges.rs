//! Things that nobody would do on purpose.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use polyplug_guest::{bundle, contract, plugin};
use polyplug_runtime::loader::{BundleLoader, BundleSource, LoaderError, PreparedBundle};
use polyplug_runtime::{CallError, Event, Runtime};

use crate::support::runtime;

/// Takes what it is given.
#[contract(name = "test.eater", version = "1.0")]
trait Eater {
    fn eat(&self, text: String) -> u64;
}

/// Fails when it goes.
#[derive(Default)]
struct Glutton;

#[plugin]
impl Eater for Glutton {
    fn eat(&self, text: String) -> u64 {
        text.len() as u64
    }
}

impl Drop for Glutton {
    fn drop(&mut self) {
        panic!("too much");
    }
}

bundle!(Glutton, name = "glutton", version = "1.0.0");

#[test]
fn what_is_passed_to_an_unloaded_proxy_is_freed() {
    const SIZE: usize = 4 << 20;
    let runtime = runtime();
    runtime.load_static(&BUNDLE).unwrap();
    let proxy = runtime.get::<dyn Eater>().unwrap();
    assert_eq!(proxy.eat("x".repeat(SIZE)).unwrap(), SIZE as u64);
    runtime.unload("glutton").unwrap();
    let before = resident_bytes();
    for _ in 0..200 {
        let refused = proxy.eat("x".repeat(SIZE));
        assert!(matches!(refused, Err(CallError::Unloaded(_))));
    }
    // Leaked, it would be 800 MiB; other tests of this process use memory too.
    assert!(resident_bytes() < before + 400 * (1 << 20));
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kibibytes.unwrap_or_default() * 1024
}

#[test]
fn a_bundle_is_loaded_by_a_destructor_while_a_panic_unwinds() {
    struct LoadsLate(Runtime);
    impl Drop for LoadsLate {
        fn drop(&mut self) {
            self.0.load_static(&BUNDLE).unwrap();
        }
    }
    let runtime = runtime();
    let late = LoadsLate(runtime.clone());
    catch_unwind(AssertUnwindSafe(move || {
        let _late = late;
        panic!("on purpose");
    }))
    .unwrap_err();
    assert_eq!(runtime.bundles().len(), 1);
}

/// Loads a bundle while it is asked to load one.
struct Impatient(Arc<Mutex<Option<Runtime>>>);

impl BundleLoader for Impatient {
    fn name(&self) -> &str {
        "impatient"
    }

    fn accepts(&self, _file: &Path) -> bool {
        true
    }

    fn prepare(&self, _: &BundleSource<'_>) -> Result<Box<dyn PreparedBundle>, LoaderError> {
        let runtime = self.0.lock().unwrap().take().unwrap();
        let refused = runtime.load_static(&BUNDLE).unwrap_err();
        Err(refused.into())
    }
}

#[test]
fn a_loader_that_loads_does_not_wait_for_itself() {
    let shared = Arc::new(Mutex::new(None));
    let runtime = Runtime::builder().loader(Impatient(Arc::clone(&shared))).build().unwrap();
    *shared.lock().unwrap() = Some(runtime.clone());
    let (done, told) = mpsc::channel();
    thread::spawn(move || {
        let file = std::env::current_exe().unwrap();
        let error = runtime.load(file).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        done.send(source.to_string()).unwrap();
    });
    let message = told.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(message.contains("ask again afterwards"), "{message}");
}

#[test]
fn what_a_handler_captured_may_panic_when_it_goes() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("captured");
        }
    }
    let runtime = runtime();
    runtime.load_static(&BUNDLE).unwrap();
    let proxy = runtime.get::<dyn Eater>().unwrap();
    let own = Arc::new(Mutex::new(None));
    let (bomb, same, id) = (Bomb, runtime.clone(), Arc::clone(&own));
    let listener = runtime.on_event(move |event| {
        let _bomb = &bomb;
        if let (Event::InstanceFailed { .. }, Some(id)) = (event, id.lock().unwrap().take()) {
            assert!(same.remove_listener(id));
        }
    });
    *own.lock().unwrap() = Some(listener);
    drop(proxy);
    assert!(!runtime.remove_listener(listener));
}
