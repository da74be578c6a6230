//! Implementations that are lent for a call.

mod threads;

use std::cell::Cell;
use std::mem::ManuallyDrop;

use fixture_evolve_new as new;
use fixture_evolve_old as old;
use polyplug_guest::abi::{ErrorBuffer, ErrorKind, ErrorReport, LentObject, Returned, Status};
use polyplug_guest::private::{Argument, Lent, c_void};
use polyplug_runtime::{CallError, Runtime};

use crate::support::{library, runtime};

/// Counts, and panics beyond ten.
#[derive(Default)]
struct Count(u32);

impl old::Counted for Count {
    fn count(&self) -> u32 {
        self.0
    }

    fn add(&mut self, by: u32) -> u32 {
        assert!(self.0 + by <= 10, "too far");
        self.0 += by;
        self.0
    }
}

/// A host of the older contract, with a plugin of either.
fn borrowers() -> [(Runtime, old::LendingProxy); 2] {
    ["old", "new"].map(|time| {
        let runtime = runtime();
        runtime.load(library(&format!("fixture-evolve-{time}"))).unwrap();
        let lending = runtime.get::<dyn old::Lending>().unwrap();
        (runtime, lending)
    })
}

#[test]
fn a_plugin_calls_what_it_is_lent() {
    for (_runtime, mut lending) in borrowers() {
        let mut count = Count(1);
        assert_eq!(lending.drive(&mut count, 3).unwrap(), 104);
        assert_eq!(lending.drive(&mut count, 1).unwrap(), 205);
        let mut other = Count(2);
        assert_eq!(lending.copy(&count, &mut other, "!").unwrap(), "7!");
        assert_eq!((count.0, other.0), (5, 7));
    }
}

#[test]
fn a_newer_borrower_runs_default_bodies_of_its_own() {
    let [(_older, older), (_newer, newer)] = borrowers();
    assert_eq!((older.look(&Count(2)).unwrap(), newer.look(&Count(2)).unwrap()), (2, 8));
}

#[test]
fn what_an_older_lender_lacks_fails_the_call() {
    let [_, (_runtime, newer)] = borrowers();
    let error = newer.rest(&Count(2)).unwrap_err();
    let CallError::Unavailable(failure) = &error else { panic!("{error:?}") };
    assert_eq!((failure.method(), failure.message()), ("rest", "in `test.counted.limit`"));
}

#[test]
fn a_failure_of_what_is_lent_is_that_of_the_call() {
    for (_runtime, mut lending) in borrowers() {
        let mut count = Count(9);
        let error = lending.copy(&Count(2), &mut count, "!").unwrap_err();
        let CallError::Panicked(failure) = &error else { panic!("{error:?}") };
        assert_eq!(failure.method(), "copy");
        assert_eq!(failure.message(), "in `test.counted.add`: too far");
        // Only a method that was in the middle of changing something is not trusted.
        assert_eq!(lending.drive(&mut count, 1).unwrap(), 110);
        assert!(matches!(lending.drive(&mut count, 1), Err(CallError::Panicked(_))));
        assert!(matches!(lending.drive(&mut count, 0), Err(CallError::Poisoned(_))));
        lending.renew().unwrap();
        assert_eq!(lending.drive(&mut count, 0).unwrap(), 110);
    }
}

#[test]
fn a_failure_that_is_swallowed_fails_the_call_all_the_same() {
    for (_runtime, lending) in borrowers() {
        let mut count = Count(9);
        let error = lending.swallow(&mut count, 2).unwrap_err();
        let CallError::Panicked(failure) = &error else { panic!("{error:?}") };
        assert_eq!((failure.method(), failure.message()), ("swallow", "too far"));
        assert_eq!(lending.swallow(&mut Count(0), 1).unwrap(), ["true", "true"]);
    }
}

/// What the function of `count` is.
type CountFunction = unsafe extern "C" fn(*mut c_void, *mut ErrorBuffer) -> Returned<u32>;

/// What the function of `add` is.
type AddFunction = unsafe extern "C" fn(*mut c_void, u32, *mut ErrorBuffer) -> Returned<u32>;

/// Calls a method of what is lent, as a guest in C can at any time.
unsafe fn call(
    object: *const LentObject,
    invoke: impl FnOnce(&LentObject, *mut ErrorBuffer) -> Returned<u32>,
) -> Result<u32, ErrorReport> {
    let mut error = ErrorBuffer::cleared();
    let error = error.as_mut_ptr();
    // SAFETY: the object is lent; the buffer is this function's own.
    unsafe {
        let returned = invoke(&*object, error);
        match returned.status == Status::Ok as u32 {
            true => Ok(returned.value.assume_init()),
            false => Err(ErrorBuffer::take(error).unwrap()),
        }
    }
}

unsafe fn count(object: *const LentObject) -> Result<u32, ErrorReport> {
    // SAFETY: the object is of the contract, whose first method this is.
    unsafe {
        call(object, |object, error| {
            let function = object.functions.cast::<CountFunction>().read();
            function(object.instance, error)
        })
    }
}

unsafe fn add(object: *const LentObject, by: u32) -> Result<u32, ErrorReport> {
    // SAFETY: the object is of the contract, whose second method this is.
    unsafe {
        call(object, |object, error| {
            let function = object.functions.add(1).cast::<AddFunction>().read();
            function(object.instance, by, error)
        })
    }
}

thread_local! {
    static OBJECT: Cell<*const LentObject> = const { Cell::new(std::ptr::null()) };
    static INSIDE: Cell<Option<ErrorKind>> = const { Cell::new(None) };
}

/// As a guest that was called from inside of what it was lent.
struct Reentered;

impl old::Counted for Reentered {
    fn count(&self) -> u32 {
        7
    }

    fn add(&mut self, by: u32) -> u32 {
        // SAFETY: it is lent as long as the call.
        let inside = unsafe { count(OBJECT.get()) };
        INSIDE.set(inside.err().map(|report| report.kind));
        by
    }
}

/// Lends `counted` as an argument of type `&mut dyn Counted`.
fn lent<'a>(
    counted: &'a mut (dyn old::Counted + 'static),
) -> ManuallyDrop<Lent<'a, dyn old::Counted, true>> {
    // SAFETY: the reference lives as long as the result.
    ManuallyDrop::new(unsafe { Lent::lend(counted) })
}

#[test]
fn a_call_into_what_is_in_use_is_refused() {
    let mut reentered = Reentered;
    let mut argument = lent(&mut reentered);
    // SAFETY: the argument stays in place, and the object is used while it does.
    unsafe {
        let object = Lent::lower(&mut argument);
        OBJECT.set(object);
        assert_eq!(count(object).unwrap(), 7);
        assert_eq!(add(object, 3).unwrap(), 3);
        assert_eq!(INSIDE.get(), Some(ErrorKind::Reentrant));
        // Once a call failed, all do.
        let again = count(object).unwrap_err();
        assert_eq!(again.kind, ErrorKind::Reentrant);
        assert!(again.message.contains("in use"), "{}", again.message);
    }
}

#[test]
fn what_is_lent_for_reading_is_not_changed() {
    let mut count = Count(1);
    let pointer: *mut (dyn old::Counted + 'static) = &mut count;
    // SAFETY: the value outlives the argument, which stays in place while it is used.
    unsafe {
        let mut argument = ManuallyDrop::new(Lent::<dyn old::Counted, false>::lend(pointer));
        let object = Lent::lower(&mut argument);
        assert_eq!(self::count(object).unwrap(), 1);
        assert_eq!(add(object, 1).unwrap_err().kind, ErrorKind::Reentrant);
    }
    assert_eq!(count.0, 1);
}

#[test]
fn what_is_of_another_contract_is_refused() {
    let mut count = Count(1);
    let mut argument = lent(&mut count);
    // SAFETY: the argument stays in place, and the object is used while it does; null
    // is not followed.
    unsafe {
        let object = Lent::lower(&mut argument);
        assert!(Lent::<dyn new::Counted, true>::lift(object).is_ok());
        let other = Lent::<dyn old::Young, true>::lift(object).err().unwrap();
        assert!(other.to_string().contains("another contract"), "{other}");
        assert!(Lent::<dyn old::Counted, true>::lift(std::ptr::null()).is_err());
    }
}
