//! Services that take away what they are called by, or from.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use polyplug_guest::{Context, HostHandle, PluginError, contract, plugin};
use polyplug_runtime::{
    Bundle, CallError, Event, ReloadError, Runtime, Service, UnloadError, Unloaded,
};

/// What the host provides.
#[contract(name = "test.entangled.knot", version = "1.0")]
trait Knot {
    /// Does what the test wants.
    fn pull(&self) -> u32;
}

/// What uses it.
#[contract(name = "test.entangled", version = "1.0")]
trait Entangled {
    /// Asks for the service, keeps it, and calls it.
    fn pull(&self) -> Result<u32, PluginError>;

    /// As `pull`, on a thread of the plugin's own that is in no call.
    fn pull_on_thread(&self) -> Result<u32, PluginError>;

    /// Calls what was kept.
    fn pull_again(&self) -> Result<u32, PluginError>;

    /// Lets go of what was kept.
    fn let_go(&self);
}

struct User {
    host: HostHandle,
    kept: Arc<Mutex<Option<KnotProxy>>>,
}

impl User {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        Ok(Self { host: cx.handle(), kept: Arc::default() })
    }
}

fn pull(host: &HostHandle, kept: &Mutex<Option<KnotProxy>>) -> Result<u32, PluginError> {
    let knot = host.service::<dyn Knot>()?;
    *kept.lock().unwrap() = Some(knot.clone());
    Ok(knot.pull()?)
}

#[plugin(create = Self::create)]
impl Entangled for User {
    fn pull(&self) -> Result<u32, PluginError> {
        pull(&self.host, &self.kept)
    }

    fn pull_on_thread(&self) -> Result<u32, PluginError> {
        let (host, kept) = (self.host.clone(), Arc::clone(&self.kept));
        thread::spawn(move || pull(&host, &kept)).join().unwrap()
    }

    fn pull_again(&self) -> Result<u32, PluginError> {
        let knot = self.kept.lock().unwrap().clone();
        Ok(knot.ok_or_else(|| PluginError::msg("nothing was kept"))?.pull()?)
    }

    fn let_go(&self) {
        drop(self.kept.lock().unwrap().take());
    }
}

polyplug_guest::bundle!(User, name = "entangled", version = "1.0.0");

/// Runs a closure, and counts how often one is dropped.
struct Own<F> {
    pull: F,
    dropped: Arc<AtomicU32>,
}

impl<F: Fn() -> u32> Knot for Own<F> {
    fn pull(&self) -> u32 {
        (self.pull)()
    }
}

impl<F> Drop for Own<F> {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

fn own<F: Fn() -> u32 + Send + Sync>(pull: F) -> (Arc<Own<F>>, Arc<AtomicU32>) {
    let dropped = Arc::new(AtomicU32::new(0));
    (Arc::new(Own { pull, dropped: Arc::clone(&dropped) }), dropped)
}

fn runtime() -> Runtime {
    let runtime = Runtime::builder().build().unwrap();
    runtime.load_static(&BUNDLE).unwrap();
    runtime
}

/// Where a service finds what the test gives it later.
type Later<T> = Arc<Mutex<Option<T>>>;

fn take<T>(later: &Later<T>) -> Option<T> {
    later.lock().unwrap().take()
}

#[test]
fn a_service_withdraws_itself_in_its_own_call() {
    let runtime = runtime();
    let later: Later<Service<dyn Knot>> = Later::default();
    let own_later = Arc::clone(&later);
    let (knot, dropped) = own(move || {
        take(&own_later).unwrap().withdraw();
        7
    });
    *later.lock().unwrap() = Some(runtime.provide::<dyn Knot>(knot).unwrap());
    let entangled = runtime.get::<dyn Entangled>().unwrap();
    assert_eq!(entangled.pull().unwrap(), 7);
    assert_eq!(dropped.load(Ordering::SeqCst), 1, "with the end of the call");
    assert!(entangled.pull_again().is_err());
    assert!(entangled.pull().is_err());
}

#[test]
fn the_last_runtime_goes_in_a_call_of_its_service() {
    let later: Later<Runtime> = Later::default();
    let own_later = Arc::clone(&later);
    let (knot, dropped) = own(move || {
        drop(take(&own_later));
        8
    });
    let runtime = runtime();
    runtime.provide::<dyn Knot>(knot).unwrap();
    let entangled = runtime.get::<dyn Entangled>().unwrap();
    *later.lock().unwrap() = Some(runtime);
    assert_eq!(entangled.pull().unwrap(), 8);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert!(matches!(entangled.pull(), Err(CallError::Unloaded(_))));
}

#[test]
fn who_makes_a_service_unloads_the_bundle_that_asks() {
    let runtime = runtime();
    let weak: Later<Runtime> = Arc::new(Mutex::new(Some(runtime.clone())));
    let dropped = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&dropped);
    let make = move |bundle: &Bundle| {
        let runtime = weak.lock().unwrap().clone().unwrap();
        let outcome = runtime.unload(bundle.name()).unwrap();
        assert!(matches!(outcome, Unloaded::Pending { .. }), "{outcome:?}");
        weak.lock().unwrap().take();
        Arc::new(Own { pull: || 9_u32, dropped: Arc::clone(&counted) }) as _
    };
    let _service = runtime.provide_each::<dyn Knot>(make).unwrap();
    let entangled = runtime.get::<dyn Entangled>().unwrap();
    assert_eq!(entangled.pull().unwrap(), 9);
    assert!(matches!(entangled.pull_again(), Err(CallError::Unloaded(_))));
    assert_eq!(dropped.load(Ordering::SeqCst), 1, "nobody keeps it");
    assert!(runtime.bundles().is_empty());
}

#[test]
fn a_proxy_goes_in_its_own_call() {
    let runtime = runtime();
    let entangled = runtime.get::<dyn Entangled>().unwrap();
    let again = entangled.clone();
    let (knot, dropped) = own(move || {
        again.let_go().unwrap();
        10
    });
    let service = runtime.provide::<dyn Knot>(knot).unwrap();
    assert_eq!(entangled.pull().unwrap(), 10);
    assert_eq!(entangled.pull_on_thread().unwrap(), 10);
    service.withdraw();
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

/// What is in the middle waits for a thread of a bundle, which asks for a service, whose
/// maker asks for what would have to wait.
#[test]
fn what_a_thread_of_a_bundle_asks_for_does_not_wait() {
    let runtime = runtime();
    let (told, outcome) = channel();
    let maker = Mutex::new(Some((runtime.clone(), told)));
    let make = move |_: &Bundle| {
        if let Some((runtime, told)) = maker.lock().unwrap().take() {
            let reload = runtime.reload("entangled");
            let unload = runtime.unload("entangled");
            let is_busy = matches!(reload, Err(ReloadError::Busy { .. }))
                && matches!(unload, Err(UnloadError::Busy { .. }));
            told.send(is_busy).unwrap();
        }
        Arc::new(Own { pull: || 11_u32, dropped: Arc::default() }) as _
    };
    let _service = runtime.provide_each::<dyn Knot>(make).unwrap();
    let entangled = runtime.get::<dyn Entangled>().unwrap();
    runtime.on_event(move |event| {
        if let Event::Preparing { .. } = event {
            assert_eq!(entangled.pull_on_thread().unwrap(), 11);
        }
    });
    let reloading = runtime.clone();
    let reload = thread::spawn(move || reloading.reload("entangled").map(drop));
    assert!(outcome.recv_timeout(Duration::from_secs(20)).unwrap());
    reload.join().unwrap().unwrap();
}

#[test]
fn patience_has_no_end() {
    let runtime = Runtime::builder().state_timeout(Duration::MAX).build().unwrap();
    runtime.load_static(&BUNDLE).unwrap();
    runtime.reload("entangled").unwrap();
    let outcome = runtime.unload_within("entangled", Duration::MAX).unwrap();
    assert!(matches!(outcome, Unloaded::StillMapped { .. }), "{outcome:?}");
    runtime.load_static(&BUNDLE).unwrap();
    assert_eq!(runtime.shutdown(Duration::MAX).len(), 1);
}
