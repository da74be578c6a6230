//! Lookups beside changes under loom: the registry's own code, on crossbeam-epoch's.
//!
//! Run by `.ci/loom`.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::cell::UnsafeCell;
use loom::thread;

use super::super::published::leave_out_waiting;
use super::super::{ContractHandle, RegistryError, Store};
use super::{entry, id};

/// What a lookup reads, and what is dropped: loom reports a read that does not come
/// before the drop, or not behind the making.
#[derive(Clone)]
struct Payload(Arc<Inner>);

struct Inner {
    number: UnsafeCell<u32>,
    dropped: Arc<AtomicUsize>,
}

// SAFETY: that no read races with making or dropping is what the models show.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

impl Payload {
    fn new(number: u32, dropped: &Arc<AtomicUsize>) -> Self {
        let inner = Inner { number: UnsafeCell::new(0), dropped: Arc::clone(dropped) };
        // SAFETY: nobody else knows it yet.
        inner.number.with_mut(|place| unsafe { *place = number });
        Self(Arc::new(inner))
    }

    fn number(&self) -> u32 {
        // SAFETY: see `Inner`.
        self.0.number.with(|place| unsafe { *place })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: see `Inner`.
        self.number.with_mut(|place| unsafe { *place = u32::MAX });
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

struct World {
    store: Store<Payload>,
    dropped: Arc<AtomicUsize>,
    first: ContractHandle,
}

impl World {
    /// One provider, of `text`, whose number is 1.
    fn new() -> Arc<Self> {
        let (store, dropped) = (Store::new(), Arc::<AtomicUsize>::default());
        let mut change = store.change();
        let first = change.insert(entry(1, "text", Payload::new(1, &dropped))).unwrap();
        change.publish();
        Arc::new(Self { store, dropped, first })
    }

    /// The number of the first provider, read in the view and not copied out of it.
    fn look(&self) -> Result<u32, RegistryError> {
        let view = self.store.view();
        let entry = view.entry(self.first)?;
        Ok(entry.payload.number())
    }

    /// Puts the number 2 in the place of the first provider, and adds `sums`.
    fn reload(&self) {
        let mut change = self.store.change();
        change.replace(self.first, entry(1, "text", Payload::new(2, &self.dropped))).unwrap();
        change.insert(entry(1, "sums", Payload::new(2, &self.dropped))).unwrap();
        change.publish();
    }

    fn unload(&self) {
        let mut change = self.store.change();
        change.retire(self.first).unwrap();
        change.publish();
    }
}

fn check(model: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(model);
}

/// A lookup beside a change, and what it found.
fn beside(change: fn(&World), found: fn(&World)) {
    let world = World::new();
    let other = Arc::clone(&world);
    let reader = thread::spawn(move || found(&other));
    change(&world);
    reader.join().unwrap();
}

fn a_lookup_beside_a_reload() {
    beside(World::reload, |world| assert!(matches!(world.look(), Ok(1 | 2))));
}

#[test]
fn what_a_lookup_reads_is_not_dropped_under_it() {
    check(a_lookup_beside_a_reload);
}

/// In a process of its own: what a model that fails leaves cannot be dropped any more.
#[test]
fn without_waiting_for_readers_it_is_dropped_under_a_lookup() {
    const ALONE: &str = "POLYPLUG_TEST_WITHOUT_WAITING";
    const NAME: &str =
        "registry::tests::interleavings::without_waiting_for_readers_it_is_dropped_under_a_lookup";

    if env::var_os(ALONE).is_some() {
        leave_out_waiting();
        return check(a_lookup_beside_a_reload);
    }
    let mut child = Command::new(env::current_exe().unwrap());
    let output = child.args(["--exact", NAME]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("Causality violation"), "{said}");
}

#[test]
fn a_lookup_sees_all_of_a_change_or_nothing() {
    check(|| {
        beside(World::reload, |world| {
            let view = world.store.view();
            let number = view.entry(world.first).unwrap().payload.number();
            let sums = view.find(id("sums"));
            assert_eq!(sums.is_some(), number == 2);
            assert_eq!(view.totals.revision, u64::from(number));
            if let Some(handle) = sums {
                assert_eq!(view.entry(handle).unwrap().payload.number(), 2);
            }
        });
    });
}

#[test]
fn a_lookup_beside_an_unload_finds_it_or_a_stale_handle() {
    check(|| {
        beside(World::unload, |world| match world.look() {
            Ok(number) => assert_eq!(number, 1),
            Err(error) => {
                assert_eq!(error, RegistryError::StaleHandle { handle: world.first });
                assert_eq!(world.store.find(id("text")), None);
            }
        });
    });
}

#[test]
fn two_changes_take_turns() {
    check(|| {
        let world = World::new();
        let other = Arc::clone(&world);
        let writer = thread::spawn(move || other.reload());
        let mut change = world.store.change();
        let payload = Payload::new(3, &world.dropped);
        let third = change.insert(entry(3, "text", payload)).unwrap();
        change.publish();
        writer.join().unwrap();
        let view = world.store.view();
        assert_eq!(view.totals.revision, 3);
        assert_eq!(view.entry(world.first).unwrap().payload.number(), 2);
        assert_eq!(view.entry(third).unwrap().payload.number(), 3);
        assert_eq!(view.providers(id("text")).count(), 2);
    });
}
