//! Cells of several clients over one instance, and implementations that are handed over.

use std::ffi::c_void;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use polyplug_guest::abi::{
    ContractClient, ErrorBuffer, Function, LocalInstance, ProxyCell, ProxyVtable, RawProxy,
    Returned, Status,
};
use polyplug_guest::private::{Functions, ProxyCore};
use polyplug_guest::{CallError, Contract, Proxy, contract};

use super::hold::Holding;
use super::{Cell, CellRef, Client, Instances, MakeError, Maker, object};

/// As its users know it now.
#[contract(name = "test.shared.cells", version = "1.1")]
trait Count {
    /// Counts on.
    fn next(&self) -> u32;

    /// A later addition.
    #[since("1.1")]
    fn twice(&self) -> u32;
}

mod before {
    /// As its users knew it first.
    #[polyplug_guest::contract(name = "test.shared.cells", version = "1.0")]
    pub(super) trait Count {
        /// Counts on.
        fn next(&self) -> u32;
    }
}

mod other {
    /// Not the same at all.
    #[polyplug_guest::contract(name = "test.shared.cells", version = "1.0")]
    pub(super) trait Count {
        /// Counts down.
        fn next(&self) -> u64;
    }
}

/// What is handed over: a count, and where it is said that it was destroyed.
struct Counter {
    count: AtomicU32,
    destroyed: Arc<AtomicU32>,
}

unsafe extern "C" fn next(instance: *mut c_void, _: *mut ErrorBuffer) -> Returned<u32> {
    // SAFETY: the instance of the tests below.
    let counter = unsafe { &*instance.cast::<Counter>() };
    Returned::ok(counter.count.fetch_add(1, Ordering::SeqCst) + 1)
}

unsafe extern "C" fn twice(instance: *mut c_void, error: *mut ErrorBuffer) -> Returned<u32> {
    // SAFETY: the caller's promise.
    unsafe {
        next(instance, error);
        next(instance, error)
    }
}

unsafe extern "C" fn destroy(instance: *mut c_void, _: *mut ErrorBuffer) -> u32 {
    // SAFETY: as above, and it is destroyed once.
    let counter = unsafe { Box::from_raw(instance.cast::<Counter>()) };
    counter.destroyed.fetch_add(1, Ordering::SeqCst);
    Status::Ok as u32
}

type Next = unsafe extern "C" fn(*mut c_void, *mut ErrorBuffer) -> Returned<u32>;

#[repr(C)]
struct Table<const COUNT: usize>([Next; COUNT]);

static WHOLE: Table<2> = Table([next, twice]);

/// A client as a bundle lends it.
fn lent<C: Contract + ?Sized>() -> ContractClient {
    // SAFETY: a table is plain data.
    unsafe { std::ptr::read(C::CLIENT) }
}

/// A set of the host's own with one instance, of a maker that knows `C`.
fn handed<C: Contract + ?Sized>() -> (Arc<Instances>, CellRef, Arc<AtomicU32>) {
    let maker = Maker { name: "host".into(), listeners: Arc::default(), lease: None };
    let instances = Instances::of_maker(maker);
    let destroyed = Arc::new(AtomicU32::new(0));
    let counter = Counter { count: AtomicU32::new(0), destroyed: Arc::clone(&destroyed) };
    // SAFETY: a struct of nothing but function pointers.
    let functions = unsafe { Functions::new(&WHOLE) };
    let local = LocalInstance {
        size: size_of::<LocalInstance>(),
        functions: functions.as_ptr(),
        instance: Box::into_raw(Box::new(counter)).cast(),
        destroy,
    };
    // SAFETY: the functions are what the schema of either contract says.
    let cell = unsafe { instances.hand_over(Client::of::<C>(), &local) }.unwrap();
    (instances, cell, destroyed)
}

/// What a bundle that gets a proxy does with it.
fn rebound<C: Contract + ?Sized>(raw: &RawProxy, client: &ContractClient) -> Result<C::Proxy, ()> {
    let mut bound = RawProxy { cell: std::ptr::null() };
    let mut error = ErrorBuffer::cleared();
    // SAFETY: the tests below hold a reference to the cell.
    let status = unsafe { (vtable(raw).rebind)(raw.cell, client, &mut bound, error.as_mut_ptr()) };
    if status != Status::Ok as u32 {
        // SAFETY: the function announced a failure in the buffer it was lent.
        let report = unsafe { ErrorBuffer::take(error.as_mut_ptr()) }.unwrap();
        assert!(!report.message.is_empty());
        return Err(());
    }
    // SAFETY: the cell was bound for this client.
    Ok(C::Proxy::from_core(unsafe { ProxyCore::from_raw(bound) }))
}

fn vtable(raw: &RawProxy) -> &ProxyVtable {
    // SAFETY: as in `rebound`.
    unsafe { &*(*raw.cell.cast::<ProxyCell>()).vtable }
}

/// A reference to `cell` that stays, as the other side has it.
fn raw(cell: &CellRef) -> RawProxy {
    cell.clone().into_raw()
}

fn release(raw: RawProxy) {
    // SAFETY: the reference is given back once.
    unsafe { (vtable(&raw).release)(raw.cell) }
}

#[test]
fn a_cell_that_was_bound_anew_stands_for_the_same_instance() {
    let (instances, cell, destroyed) = handed::<dyn Count>();
    let passed = raw(&cell);
    let bound = rebound::<dyn Count>(&passed, &lent::<dyn Count>()).unwrap();
    release(passed);
    drop(cell);
    assert_eq!((bound.next().unwrap(), bound.twice().unwrap()), (1, 3));
    assert_eq!(destroyed.load(Ordering::SeqCst), 0, "the other cell keeps it");
    assert_eq!(bound.bundle_name(), "host");
    drop(bound);
    assert_eq!(destroyed.load(Ordering::SeqCst), 1);
    drop(instances);
    assert_eq!(destroyed.load(Ordering::SeqCst), 1);
}

#[test]
fn each_client_has_a_table_of_its_own_length() {
    let (_instances, cell, _) = handed::<dyn Count>();
    let passed = raw(&cell);
    let older = rebound::<dyn before::Count>(&passed, &lent::<dyn before::Count>()).unwrap();
    assert_eq!(older.next().unwrap(), 1);
    release(passed);

    let (_instances, cell, _) = handed::<dyn before::Count>();
    let passed = raw(&cell);
    let newer = rebound::<dyn Count>(&passed, &lent::<dyn Count>()).unwrap();
    assert_eq!(newer.next().unwrap(), 1);
    assert!(matches!(newer.twice(), Err(CallError::Unavailable(_))));
    release(passed);
}

/// A default body of the client's: calls `next` through the table that it is given.
unsafe extern "C" fn forward_next(instance: *mut c_void, error: *mut ErrorBuffer) -> Returned<u32> {
    // SAFETY: the host passes what `forwards` take.
    let forward = unsafe { &*instance.cast::<polyplug_guest::abi::ForwardInstance>() };
    // SAFETY: the first function of the provider's table is its `next`.
    unsafe {
        let next = mem::transmute::<Function, Next>(forward.inner_functions.read());
        next(forward.inner, error)
    }
}

unsafe extern "C" fn default_twice(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
) -> Returned<u32> {
    // SAFETY: the host passes what `forwards` take.
    let forward = unsafe { &*instance.cast::<polyplug_guest::abi::ForwardInstance>() };
    // SAFETY: the first function of the client's table is its `next`, and takes this.
    unsafe {
        let next = mem::transmute::<Function, Next>(forward.functions.read());
        next(instance, error);
        next(instance, error)
    }
}

#[test]
fn a_lacking_method_forwards_to_the_others() {
    static FORWARDS: Table<2> = Table([forward_next, forward_next]);
    static DEFAULTS: Table<2> = Table([default_twice, default_twice]);
    let (_instances, cell, _) = handed::<dyn before::Count>();
    // SAFETY: structs of nothing but function pointers.
    let (forwards, absent) = unsafe { (Functions::new(&FORWARDS), Functions::new(&DEFAULTS)) };
    let client = ContractClient {
        forwards: forwards.as_ptr(),
        absent: absent.as_ptr(),
        ..lent::<dyn Count>()
    };
    let passed = raw(&cell);
    let newer = rebound::<dyn Count>(&passed, &client).unwrap();
    assert_eq!((newer.next().unwrap(), newer.twice().unwrap()), (1, 3));
    release(passed);
}

#[test]
fn another_contract_is_refused() {
    let (_instances, cell, _) = handed::<dyn Count>();
    let passed = raw(&cell);
    assert!(rebound::<dyn other::Count>(&passed, &lent::<dyn other::Count>()).is_err());
    release(passed);
}

#[test]
fn a_client_that_is_not_whole_is_refused() {
    let (_instances, cell, _) = handed::<dyn Count>();
    let passed = raw(&cell);
    let (null, no_functions) = (std::ptr::null(), std::ptr::null());
    let broken = [
        ContractClient { size: 8, ..lent::<dyn Count>() },
        ContractClient { schema: std::ptr::null(), ..lent::<dyn Count>() },
        ContractClient { method_fingerprints: null, ..lent::<dyn Count>() },
        ContractClient { vm_thunks: no_functions, ..lent::<dyn Count>() },
        ContractClient { absent: no_functions, ..lent::<dyn Count>() },
        ContractClient {
            method_fingerprints: <dyn other::Count>::METHOD_FINGERPRINTS.as_ptr(),
            ..lent::<dyn before::Count>()
        },
    ];
    for client in &broken {
        assert!(rebound::<dyn Count>(&passed, client).is_err(), "{client:?}");
    }
    release(passed);
}

#[test]
fn a_cell_that_goes_while_its_set_is_looked_at_is_left_alone() {
    let (instances, cell, destroyed) = handed::<dyn Count>();
    // Watched without a reference, as its set does.
    let watched = AtomicPtr::new(std::ptr::from_ref::<Cell>(&cell).cast_mut());
    let owned = instances.lock();
    thread::scope(|scope| {
        scope.spawn(move || drop(cell));
        // SAFETY: it is in the list, from which it goes first, under the lock held here.
        while !unsafe { &*watched.load(Ordering::Relaxed) }.standing.is_going() {
            thread::yield_now();
        }
        assert!(owned.live_cells().is_empty());
        assert!(owned.live_cells().is_empty(), "looking changes nothing");
        drop(owned);
    });
    assert_eq!(destroyed.load(Ordering::SeqCst), 1);
    assert!(instances.cells().is_empty());
}

#[test]
fn the_end_of_a_set_ends_all_cells_and_destroys_once() {
    let (instances, cell, destroyed) = handed::<dyn Count>();
    let passed = raw(&cell);
    let bound = rebound::<dyn Count>(&passed, &lent::<dyn Count>()).unwrap();
    assert!(instances.end().reclaim().is_empty());
    assert_eq!(destroyed.load(Ordering::SeqCst), 1);
    assert!(matches!(bound.next(), Err(CallError::Unloaded(_))));
    assert!(matches!(bound.renew(), Err(CallError::Unavailable(_))));
    let late = rebound::<dyn Count>(&passed, &lent::<dyn Count>()).unwrap();
    assert!(matches!(late.next(), Err(CallError::Unloaded(_))));
    release(passed);
    drop((bound, late, cell));
    assert_eq!(destroyed.load(Ordering::SeqCst), 1);
}

#[test]
fn what_cannot_be_taken_over_stays_the_callers() {
    let (instances, cell, _) = handed::<dyn Count>();
    drop(instances.end().reclaim());
    let destroyed = Arc::new(AtomicU32::new(0));
    let counter = Counter { count: AtomicU32::new(0), destroyed: Arc::clone(&destroyed) };
    let instance = Box::into_raw(Box::new(counter)).cast();
    // SAFETY: a struct of nothing but function pointers.
    let functions = unsafe { Functions::new(&WHOLE) }.as_ptr();
    let local = LocalInstance { size: size_of::<LocalInstance>(), functions, instance, destroy };
    // SAFETY: the functions are what the schema says.
    let refused = unsafe { instances.hand_over(Client::of::<dyn Count>(), &local) };
    assert!(matches!(refused, Err(MakeError::Unloaded)));
    assert_eq!(destroyed.load(Ordering::SeqCst), 0);
    let mut error = ErrorBuffer::cleared();
    // SAFETY: it was not taken over.
    unsafe { destroy(local.instance, error.as_mut_ptr()) };
    drop(cell);
}

#[test]
fn a_cell_that_takes_the_place_of_one_that_was_held_has_functions_of_its_own() {
    let (instances, cell, _) = handed::<dyn before::Count>();
    let sibling = cell.bind(Client::of::<dyn before::Count>()).unwrap();
    let holding = Holding::new(&instances, Instant::now());
    holding.hold(&cell);
    drop(sibling);
    // One of them is likely to lie where that did.
    let client = Client::of::<dyn Count>;
    let newer: Vec<_> = (0..100).map(|_| cell.bind(client()).unwrap()).collect();
    // SAFETY: the cells were made for this client.
    let proxy = |cell| unsafe { object::into_proxy::<dyn Count>(cell) };
    let newer: Vec<_> = newer.into_iter().map(proxy).collect();
    drop(holding);
    for newer in newer {
        assert!(matches!(newer.twice(), Err(CallError::Unavailable(_))));
    }
}
