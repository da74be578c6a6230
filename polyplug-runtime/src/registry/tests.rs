use std::sync::Arc;
use std::thread;

use polyplug_guest::{ContractId, ContractVersion};
use semver::Version;

use super::view::{Slot, slot_key};
use super::*;
use crate::instance::Maker;

mod concurrent;
#[cfg(loom)]
mod interleavings;
mod model;

/// The bundle `name` at `version`, with a serial of its own.
fn bundle(name: &str, version: u64) -> Arc<BundleDescription> {
    Arc::new(BundleDescription {
        name: name.to_owned(),
        version: Version::new(version, 0, 0),
        loader: "native".to_owned(),
        path: "plugins/upper".to_owned(),
        dependencies: vec!["text.log".to_owned()],
        capabilities: Vec::new(),
    })
}

fn descriptor(bundle: &Arc<BundleDescription>, contract: &str) -> Descriptor {
    Descriptor {
        contract_name: contract.to_owned(),
        contract_id: id(contract),
        contract_version: ContractVersion::new(1, 2),
        fingerprint: 5,
        method_count: 3,
        bundle: Arc::clone(bundle),
    }
}

fn id(contract: &str) -> ContractId {
    ContractId::of(contract, 1)
}

/// An entry of the bundle with `serial`, which is called `b<serial>`.
fn entry<P>(serial: u64, contract: &str, payload: P) -> Entry<P> {
    let bundle = bundle(&format!("b{serial}"), 1);
    Entry { serial, descriptor: Arc::new(descriptor(&bundle, contract)), payload }
}

fn insert(store: &Store<u32>, serial: u64, contract: &str) -> ContractHandle {
    let mut change = store.change();
    let handle = change.insert(entry(serial, contract, 0)).unwrap();
    change.publish();
    handle
}

fn retire(store: &Store<u32>, handle: ContractHandle) {
    let mut change = store.change();
    change.retire(handle).unwrap();
    change.publish();
}

fn find_all(store: &Store<u32>, contract: &str) -> Vec<ContractHandle> {
    store.view().providers(id(contract)).map(|(handle, _)| handle).collect()
}

#[test]
fn the_facade_answers_from_what_was_published() {
    let registry = Registry::new();
    let maker = Maker { name: "test".into(), listeners: Arc::default(), lease: None };
    let instances = Instances::of_maker(maker);
    let implementation = Weak::new();
    let payload = Payload { serial: 0, implementation, instances: Arc::downgrade(&instances) };
    let new = bundle("upper", 2);
    let mut change = registry.change();
    let mut add = |serial, bundle: &Arc<BundleDescription>, contract| {
        let descriptor = Arc::new(descriptor(bundle, contract));
        change.insert(Entry { serial, descriptor, payload: payload.clone() }).unwrap()
    };
    let first = add(1, &bundle("upper", 1), "text");
    let second = add(2, &new, "text");
    let other = add(2, &new, "sums");
    change.publish();

    assert_eq!((registry.count(), registry.revision()), (3, 1));
    assert_eq!(registry.find(id("text")), Some(first));
    assert_eq!(registry.find(id("none")), None);
    assert_eq!(registry.find_all(id("text")), [first, second]);
    assert_eq!(registry.find_all(id("none")), []);
    assert_eq!(registry.find_in_bundle("upper", id("text")), Some(first));
    assert_eq!(registry.find_in_bundle("upper", id("sums")), Some(other));
    assert_eq!(registry.find_in_bundle("upper@2.0.0", id("text")), Some(second));
    for unknown in ["upper@3.0.0", "upper@", "upper@2", "lower", ""] {
        assert_eq!(registry.find_in_bundle(unknown, id("text")), None, "{unknown}");
    }

    let resolved = registry.resolve(other).unwrap();
    assert_eq!(resolved.contract_name(), "sums");
    assert_eq!(resolved.contract_version(), ContractVersion::new(1, 2));
    assert_eq!((resolved.fingerprint(), resolved.method_count()), (5, 3));
    assert_eq!(resolved.bundle_version(), &Version::new(2, 0, 0));
    assert_eq!(resolved.bundle_id(), polyplug_guest::BundleId::of("upper"));
    assert_eq!(resolved.loader(), "native");
    assert_eq!(resolved.path(), Some("plugins/upper".as_ref()));
    assert_eq!(resolved.dependencies(), ["text.log"]);
    assert_eq!(registry.describe(first).unwrap().bundle_version(), &Version::new(1, 0, 0));

    let is_ours = |found: Payload| found.instances.ptr_eq(&payload.instances);
    let are_ours = |found: Present| {
        found.implementation.is_none()
            && found.instances.is_some_and(|found| Arc::ptr_eq(&found, &instances))
    };
    assert!(are_ours(registry.present(first).unwrap()));
    assert!(registry.first(id("text")).is_some_and(are_ours));
    assert!(registry.in_bundle("upper@2.0.0", id("text")).is_some_and(are_ours));
    assert!(registry.in_bundle("upper@3.0.0", id("text")).is_none());
    assert!(registry.all(id("text")).into_iter().all(|(_, payload)| is_ours(payload)));
    assert_eq!(format!("{registry:?}"), "Registry { count: 3, revision: 1 }");
}

#[test]
fn a_handle_stays_good_when_its_provider_is_replaced() {
    let store = Store::new();
    let [a, b, c] = [1, 2, 3].map(|serial| insert(&store, serial, "text"));
    let neighbour = store.describe(a).unwrap();
    let mut change = store.change();
    change.replace(b, entry(2, "text", 9)).unwrap();
    change.publish();
    assert_eq!(store.payload(b), Ok(9));
    assert_eq!(find_all(&store, "text"), [a, b, c]);
    assert!(Arc::ptr_eq(&store.describe(a).unwrap(), &neighbour));
}

#[test]
fn a_retired_handle_is_stale_and_its_place_gets_another_generation() {
    let store = Store::new();
    let [a, b, c] = [1, 2, 3].map(|serial| insert(&store, serial, "text"));
    retire(&store, a);
    assert_eq!(store.payload(a), Err(RegistryError::StaleHandle { handle: a }));
    assert_eq!(find_all(&store, "text"), [b, c]);
    assert_eq!(store.find(id("text")), Some(b));

    let again = insert(&store, 1, "text");
    assert_eq!((again.index(), again.generation()), (a.index(), a.generation() + 1));
    assert_eq!(store.payload(a), Err(RegistryError::StaleHandle { handle: a }));
    assert_eq!(find_all(&store, "text"), [b, c, again]);

    let mut change = store.change();
    assert_eq!(change.retire(a), Err(RegistryError::StaleHandle { handle: a }));
    let refused = change.replace(a, entry(1, "text", 0));
    assert_eq!(refused, Err(RegistryError::StaleHandle { handle: a }));
}

#[test]
fn a_place_whose_generations_are_used_up_is_not_used_again() {
    let store = Store::new();
    let first = insert(&store, 1, "text");
    retire(&store, first);
    let mut change = store.change();
    let last = Slot::Vacant { generation: u32::MAX, next: None };
    change.set_slot(first.index(), last);
    change.publish();

    let last = insert(&store, 1, "text");
    assert_eq!((last.index(), last.generation()), (first.index(), u32::MAX));
    retire(&store, last);
    assert_eq!(store.payload(last), Err(RegistryError::StaleHandle { handle: last }));
    assert_ne!(insert(&store, 1, "text").index(), first.index());
    assert_ne!(insert(&store, 2, "text").index(), first.index());
}

#[test]
fn a_handle_of_a_place_that_never_was_is_invalid() {
    let store = Store::new();
    let handle = insert(&store, 1, "text");
    let beyond = ContractHandle::new(handle.index() + 1, 1);
    assert_eq!(store.payload(beyond), Err(RegistryError::InvalidHandle { handle: beyond }));
    assert_eq!(store.change().retire(beyond), Err(RegistryError::InvalidHandle { handle: beyond }));
    let zero = ContractHandle::from_u64(0);
    assert_eq!(store.payload(zero), Err(RegistryError::StaleHandle { handle: zero }));
}

#[test]
fn places_of_all_indices_have_keys_of_their_own() {
    for index in [0, 1, 0x8000, 0xffff, 0x1_0000, 0x1_0001, u32::MAX] {
        let key = slot_key(index);
        assert_eq!(key >> 16, u64::from(index >> 16));
        assert_eq!((key as u16).reverse_bits(), index as u16);
    }
}

#[test]
fn a_bundle_registers_a_contract_once() {
    let store = Store::new();
    let handle = insert(&store, 1, "text");
    let duplicate =
        RegistryError::DuplicateProvider { bundle: "b1".into(), contract: "text".into() };
    let mut change = store.change();
    assert_eq!(change.insert(entry(1, "text", 0)), Err(duplicate.clone()));
    change.insert(entry(2, "text", 0)).unwrap();
    assert!(change.insert(entry(2, "text", 0)).is_err());
    change.retire(handle).unwrap();
    let again = change.insert(entry(1, "text", 0)).unwrap();
    assert_eq!(change.insert(entry(1, "text", 0)), Err(duplicate));
    change.publish();
    assert_eq!(find_all(&store, "text")[1..], [again]);
    assert_eq!(store.view().count(), 2);
}

#[test]
fn two_names_with_one_id_collide() {
    let colliding = |serial, name| {
        let descriptor =
            Descriptor { contract_id: id("text"), ..descriptor(&bundle("x", 1), name) };
        Entry { serial, descriptor: Arc::new(descriptor), payload: 0 }
    };
    let store = Store::new();
    let only = insert(&store, 1, "text");
    let mut change = store.change();
    let refused = change.insert(colliding(2, "other")).unwrap_err();
    let (first, second) = ("text".to_owned(), "other".to_owned());
    assert_eq!(refused, RegistryError::IdCollision { id: id("text"), first, second });
    // Once the name is gone, so is the collision.
    change.replace(only, colliding(1, "other")).unwrap();
    assert!(change.insert(entry(2, "text", 0)).is_err());
}

#[test]
fn a_provider_is_not_replaced_by_one_of_another_contract() {
    let store = Store::new();
    let handle = insert(&store, 1, "text");
    let refused = store.change().replace(handle, entry(1, "sums", 0));
    let contract = "sums".to_owned();
    assert_eq!(refused, Err(RegistryError::OtherContract { handle, id: id("text"), contract }));
}

#[test]
fn a_dropped_change_leaves_nothing() {
    let store = Store::new();
    let [a, b] = [1, 2].map(|serial| insert(&store, serial, "text"));
    let mut change = store.change();
    change.retire(a).unwrap();
    change.replace(b, entry(2, "text", 9)).unwrap();
    let pending = change.insert(entry(3, "sums", 0)).unwrap();
    assert_eq!(change.entry(pending).unwrap().serial, 3);
    assert_eq!(store.payload(a), Ok(0));
    drop(change);
    assert_eq!(find_all(&store, "text"), [a, b]);
    assert_eq!(store.payload(b), Ok(0));
    assert_eq!(store.find(id("sums")), None);
    assert_eq!((store.view().count(), store.view().revision()), (2, 2));
    assert_eq!(insert(&store, 3, "sums").index(), b.index() + 1);
}

#[test]
fn a_change_shows_as_a_whole() {
    let store = Store::new();
    let a = insert(&store, 1, "text");
    let before = store.view();
    let mut change = store.change();
    change.retire(a).unwrap();
    let b = change.insert(entry(2, "text", 0)).unwrap();
    let c = change.insert(entry(2, "sums", 0)).unwrap();
    assert_eq!(find_all(&store, "text"), [a]);
    change.publish();
    assert_eq!((find_all(&store, "text"), find_all(&store, "sums")), (vec![b], vec![c]));
    assert_eq!(before.find(id("text")), Some(a));
    assert_eq!(before.find(id("sums")), None);
    assert!(before.entry(a).is_ok());
}

#[test]
fn a_writer_that_panics_harms_nobody() {
    let store = Store::new();
    let a = insert(&store, 1, "text");
    let panicked = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut change = store.change();
            change.retire(a).unwrap();
            change.insert(entry(2, "text", 0)).unwrap();
            panic!("in the middle of a change");
        });
        writer.join()
    });
    assert!(panicked.is_err());
    assert_eq!(find_all(&store, "text"), [a]);
    let b = insert(&store, 2, "text");
    assert_eq!(find_all(&store, "text"), [a, b]);
}
