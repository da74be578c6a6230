//! Whose word is taken that texts are UTF-8: that of callers and providers whose types
//! make it so, and of nobody else.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

use fixture_contracts::Greeter;
use polyplug_guest::abi::{
    BundleEntry, ContractClient, ErrorBuffer, ErrorKind, GuestContractInterface, HostTable,
    InterfaceFlags, ProxyVtable, RawPin, RawProxy, RawStr, RawVec, Returned, StaticBundle, Status,
    Table,
};
use polyplug_guest::private::{Texts, Value, interface};
use polyplug_guest::{BundleId, Contract, plugin};
use polyplug_runtime::Runtime;

use crate::lying::invalid_reply;
use crate::support::{library, runtime};

const GARBLED: RawStr = RawStr { ptr: b"a\xff".as_ptr(), len: 2 };

type Greet = unsafe extern "C" fn(*mut c_void, RawStr, *mut ErrorBuffer) -> Returned<RawVec<u8>>;

/// What a caller is bound to.
struct Bound {
    cell: RawProxy,
    pin: RawPin,
}

impl Bound {
    /// For whoever brings `client` along.
    fn new(runtime: &Runtime, client: &ContractClient) -> Self {
        let own = runtime.get::<dyn Greeter>().unwrap().into_abi();
        let (mut cell, mut pin) = (RawProxy { cell: ptr::null() }, MaybeUninit::uninit());
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        // SAFETY: references are held until they are released, the rest is lent.
        unsafe {
            let vtable = (*own.cell).vtable;
            let rebind = ProxyVtable::rebind(vtable).unwrap();
            assert_eq!(rebind(own.cell, client, &mut cell, error), Status::Ok as u32);
            ((*vtable).release)(own.cell);
            let status = ((*vtable).pin)(cell.cell, pin.as_mut_ptr(), error);
            assert_eq!(status, Status::Ok as u32);
            Self { cell, pin: pin.assume_init() }
        }
    }

    /// Whether the caller may take the provider's word.
    fn texts(&self) -> Texts {
        // SAFETY: the pin keeps it.
        unsafe { &*self.pin.binding }.texts()
    }

    fn function(&self) -> Greet {
        // SAFETY: the pin keeps the table, whose only function is of this type.
        unsafe { (*self.pin.binding).functions.cast::<Greet>().read() }
    }

    /// Passes a text that is none, as no caller may who vouches for its texts.
    fn pass_garbled(&self) -> (ErrorKind, String) {
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        // SAFETY: the pin keeps function and instance, which are of this type; a failure
        // is in the buffer.
        unsafe {
            let returned = self.function()((*self.pin.binding).instance, GARBLED, error);
            assert_eq!(returned.status, Status::Failed as u32);
            let report = ErrorBuffer::take(error).unwrap();
            (report.kind, report.message)
        }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // SAFETY: both are given back once.
        unsafe {
            (self.pin.release)(self.pin.lease);
            ((*(*self.cell.cell).vtable).release)(self.cell.cell);
        }
    }
}

/// A client of a program in Rust.
fn rust() -> ContractClient {
    // SAFETY: plain data that the macro made.
    unsafe { ptr::read(<dyn Greeter>::CLIENT) }
}

/// A client that says nothing of its texts.
fn c() -> ContractClient {
    ContractClient { flags: 0, ..rust() }
}

/// A client that ends before it could say so.
fn old() -> ContractClient {
    ContractClient { size: ContractClient::FIRST_SIZE, ..rust() }
}

fn refused() -> (ErrorKind, String) {
    (ErrorKind::InvalidArgument, "argument `name`: a text is not UTF-8".to_owned())
}

#[test]
fn a_caller_that_does_not_vouch_for_its_texts_is_checked() {
    let runtime = runtime();
    runtime.load(library("fixture-sample")).unwrap();
    for client in [c(), old()] {
        assert_eq!(Bound::new(&runtime, &client).pass_garbled(), refused());
    }
}

#[test]
fn callers_and_providers_in_rust_take_each_others_word() {
    let runtime = runtime();
    runtime.load(library("fixture-sample")).unwrap();
    let [rust, c] = [rust(), c()].map(|client| Bound::new(&runtime, &client));
    assert_eq!(rust.texts(), Texts::Vouched);
    assert!(!ptr::fn_addr_eq(rust.function(), c.function()), "texts are checked needlessly");
}

#[derive(Default)]
struct Polite;

#[plugin]
impl Greeter for Polite {
    fn greet(&self, name: &str) -> String {
        format!("Good day, {name}")
    }
}

/// Registers the table of `Polite` with changes, as `change` makes them.
///
/// # Safety
///
/// Host, registrar and buffer are those of a bundle's entry.
unsafe fn register(
    host: *const HostTable,
    registrar: *mut c_void,
    error: *mut ErrorBuffer,
    change: impl FnOnce(&mut GuestContractInterface),
) -> u32 {
    // SAFETY: plain data that the macro made; the rest is the caller's promise.
    unsafe {
        let mut table = ptr::read(interface::<Polite, dyn Greeter>());
        change(&mut table);
        ((*host).register)(registrar, &table, error)
    }
}

/// A table that ends before it could have functions for such callers.
unsafe extern "C" fn older(
    host: *const HostTable,
    registrar: *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: they are those of this entry.
    unsafe {
        register(host, registrar, error, |table| {
            table.size = std::mem::offset_of!(GuestContractInterface, trusting_functions);
            table.flags = InterfaceFlags::NONE.bits();
        })
    }
}

/// A provider whose functions return no text, and which does not say that they do.
unsafe extern "C" fn silent(
    host: *const HostTable,
    registrar: *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    unsafe extern "C" fn greet(
        _: *mut c_void,
        _: RawStr,
        _: *mut ErrorBuffer,
    ) -> Returned<RawVec<u8>> {
        let RawStr { ptr, len } = GARBLED;
        Returned::ok(RawVec { ptr: ptr.cast_mut(), len, capacity: len, release: None })
    }
    static FUNCTIONS: [Greet; 1] = [greet];
    // SAFETY: they are those of this entry.
    unsafe {
        register(host, registrar, error, |table| {
            table.dispatch.native.functions = FUNCTIONS.as_ptr().cast();
            table.trusting_functions = FUNCTIONS.as_ptr().cast();
            table.flags = InterfaceFlags::STATELESS.bits();
        })
    }
}

/// A bundle that is linked in.
///
/// # Safety
///
/// As for [`StaticBundle::new`].
unsafe fn bundle(entry: BundleEntry) -> &'static StaticBundle {
    let manifest = format!(
        "abi = 1\nname = \"polite\"\nversion = \"1.0.0\"\nentry = \"polyplug_entry_{}\"\n\
         panic = \"unwind\"\nprovides = [\"test.greeter@1.0\"]\n",
        BundleId::of("polite"),
    );
    // SAFETY: the caller's promise.
    Box::leak(Box::new(unsafe { StaticBundle::new(manifest.leak(), entry) }))
}

#[test]
fn a_provider_that_is_older_checks_every_caller_and_is_checked() {
    let runtime = runtime();
    // SAFETY: it registers what the macro made, as an older one would have.
    runtime.load_static(unsafe { bundle(older) }).unwrap();
    let bound = Bound::new(&runtime, &rust());
    assert_eq!(bound.texts(), Texts::Checked);
    assert_eq!(bound.pass_garbled(), refused());
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    assert_eq!(proxy.greet("you").unwrap(), "Good day, you");
}

#[test]
fn the_word_of_a_provider_that_does_not_give_it_is_not_taken() {
    let runtime = runtime();
    // SAFETY: what its function returns can be read, and is not UTF-8, for which it does
    // not vouch.
    runtime.load_static(unsafe { bundle(silent) }).unwrap();
    let proxy = runtime.get::<dyn Greeter>().unwrap();
    assert_eq!(invalid_reply(proxy.greet("you")).message(), "a text is not UTF-8");
}
