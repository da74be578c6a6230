use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::super::{ContractHandle, Entry, Store};
use super::{bundle, descriptor, entry, id};

thread_local! {
    static LOOKS_UP_ONLY: Cell<bool> = const { Cell::new(false) };
}

#[derive(Default)]
struct Count {
    alive: AtomicUsize,
    dropped_by_reader: AtomicUsize,
}

/// Tells how many of it are left, and whether a reader dropped one.
struct Probe(Arc<Count>);

impl Probe {
    fn new(count: &Arc<Count>) -> Self {
        count.alive.fetch_add(1, SeqCst);
        Self(Arc::clone(count))
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, SeqCst);
        if LOOKS_UP_ONLY.get() {
            self.0.dropped_by_reader.fetch_add(1, SeqCst);
        }
    }
}

fn tagged(serial: u64, contract: &str, tag: u64, count: &Arc<Count>) -> Entry<Probe> {
    let descriptor = descriptor(&bundle(&format!("b{serial}"), 1), contract);
    let descriptor = super::Descriptor { fingerprint: tag, ..descriptor };
    Entry { serial, descriptor: Arc::new(descriptor), payload: Probe::new(count) }
}

/// Publishes until `done`. Pins of other tests hold the epoch up now and then.
fn publish_until(store: &Store<Probe>, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "replaced views are not freed");
        store.change().publish();
    }
}

#[test]
fn readers_see_whole_states_and_drop_nothing() {
    const CONTRACTS: [&str; 2] = ["text", "sums"];
    let count = Arc::new(Count::default());
    let store = Store::new();
    let mut change = store.change();
    let mut handles = [0, 1, 2].map(|serial| {
        CONTRACTS.map(|contract| change.insert(tagged(serial, contract, 0, &count)).unwrap())
    });
    change.publish();
    let stop = AtomicBool::new(false);

    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                LOOKS_UP_ONLY.set(true);
                let mut newest = 0;
                while !stop.load(SeqCst) {
                    let view = store.view();
                    let tags = CONTRACTS.map(|contract| {
                        let found: Vec<_> = view.providers(id(contract)).collect();
                        assert_eq!(found.len(), 3);
                        let tags = found.iter().map(|(_, entry)| entry.descriptor.fingerprint());
                        tags.collect::<Vec<_>>()
                    });
                    let tag = tags[0][0];
                    assert!(tags.iter().flatten().all(|other| *other == tag), "{tags:?}");
                    assert!(newest <= tag);
                    newest = tag;
                    drop(view);

                    let Some(handle) = store.find(id("sums")) else { panic!("nothing is found") };
                    if let Ok(resolved) = store.resolve(handle) {
                        assert_eq!(resolved.contract_name(), "sums");
                        assert!(resolved.fingerprint() >= newest);
                    }
                }
            });
        }
        for tag in 1..3_000 {
            let mut change = store.change();
            for (serial, handles) in (0..).zip(&mut handles) {
                for (handle, contract) in handles.iter_mut().zip(CONTRACTS) {
                    let entry = tagged(serial, contract, tag, &count);
                    if tag % 3 == serial {
                        change.retire(*handle).unwrap();
                        *handle = change.insert(entry).unwrap();
                    } else {
                        change.replace(*handle, entry).unwrap();
                    }
                }
            }
            change.publish();
        }
        stop.store(true, SeqCst);
    });

    assert_eq!(count.dropped_by_reader.load(SeqCst), 0);
    publish_until(&store, || count.alive.load(SeqCst) == 6);
    drop(store);
    assert_eq!(count.alive.load(SeqCst), 0);
}

#[test]
fn writers_free_what_they_replaced_without_help_of_readers() {
    let count = Arc::new(Count::default());
    let store = Store::new();
    let mut change = store.change();
    let handle = change.insert(tagged(1, "text", 0, &count)).unwrap();
    change.publish();
    for tag in 1..10_000 {
        let mut change = store.change();
        change.replace(handle, tagged(1, "text", tag, &count)).unwrap();
        change.publish();
    }
    publish_until(&store, || count.alive.load(SeqCst) == 1);
}

#[test]
fn what_was_resolved_stays_while_it_is_held() {
    let count = Arc::new(Count::default());
    let store = Store::new();
    let mut change = store.change();
    let handle = change.insert(tagged(1, "text", 4, &count)).unwrap();
    change.publish();

    let held = store.resolve(handle).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut change = store.change();
            change.retire(handle).unwrap();
            change.publish();
            (0..1_000).for_each(|_| store.change().publish());
        });
    });
    assert_eq!(count.alive.load(SeqCst), 1);
    assert_eq!((held.bundle_name(), held.fingerprint()), ("b1", 4));
    drop(held);
    publish_until(&store, || count.alive.load(SeqCst) == 0);
}

#[test]
fn a_resolved_descriptor_stays_on_its_thread() {
    trait MaybeSend<Which> {
        fn check() {}
    }
    struct IsSend;
    impl<T> MaybeSend<()> for T {}
    impl<T: Send> MaybeSend<IsSend> for T {}
    // Ambiguous, and so no longer compiled, once it can be sent.
    <super::Resolved<'_> as MaybeSend<_>>::check();
}

/// Begins a change of the store that drops it, which waits for ever under the lock.
#[derive(Clone)]
struct Reenters(Weak<OnceLock<Store<Reenters>>>, Arc<AtomicUsize>);

impl Drop for Reenters {
    fn drop(&mut self) {
        if let Some(store) = self.0.upgrade()
            && let Some(store) = store.get()
        {
            drop(store.change());
            self.1.fetch_add(1, SeqCst);
        }
    }
}

#[test]
fn payloads_are_dropped_outside_the_lock() {
    let owner = Arc::new(OnceLock::new());
    let drops = Arc::new(AtomicUsize::new(0));
    let store = owner.get_or_init(Store::new);
    let new = || entry(1, "text", Reenters(Arc::downgrade(&owner), Arc::clone(&drops)));

    let mut change = store.change();
    change.insert(new()).unwrap();
    drop(change);
    assert_eq!(drops.load(SeqCst), 1);

    let mut change = store.change();
    let handle: ContractHandle = change.insert(new()).unwrap();
    change.publish();
    let mut change = store.change();
    change.retire(handle).unwrap();
    change.publish();
    let deadline = Instant::now() + Duration::from_secs(30);
    while drops.load(SeqCst) < 2 {
        assert!(Instant::now() < deadline, "replaced views are not freed");
        store.change().publish();
    }
}
