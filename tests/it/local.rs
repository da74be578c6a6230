//! Proxies over implementations of this program's own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use fixture_evolve_old as old;
use polyplug_guest::contract;
use polyplug_runtime::CallError;

/// Counts who is there, and can call back.
#[contract(name = "test.own", version = "1.0")]
pub(crate) trait Own {
    /// `text`, in upper case.
    fn upper(&self, text: &str) -> Result<String, String>;

    /// Calls itself until `depth` is 0.
    fn nest(&self, depth: u32) -> u32;
}

/// Is told when it goes.
struct Upper {
    dropped: Arc<AtomicU32>,
    again: Mutex<Option<OwnProxy>>,
}

impl Drop for Upper {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Own for Upper {
    fn upper(&self, text: &str) -> Result<String, String> {
        match text {
            "" => Err("there is no text".to_owned()),
            "panic" => panic!("as asked"),
            text => Ok(text.to_uppercase()),
        }
    }

    fn nest(&self, depth: u32) -> u32 {
        let again = self.again.lock().unwrap().clone();
        again.filter(|_| depth > 0).map_or(0, |again| again.nest(depth - 1).unwrap() + 1)
    }
}

fn upper() -> (OwnProxy, Arc<Upper>, Arc<AtomicU32>) {
    let dropped = Arc::new(AtomicU32::new(0));
    let upper = Arc::new(Upper { dropped: Arc::clone(&dropped), again: Mutex::new(None) });
    (OwnProxy::local(upper.clone()), upper, dropped)
}

#[test]
fn it_is_called_as_any_plugin() {
    let (own, ..) = upper();
    assert_eq!(own.upper("so").unwrap(), "SO");
    assert!(matches!(own.upper(""), Err(CallError::Method(error)) if error == "there is no text"));
    let error = own.upper("panic").unwrap_err();
    let CallError::Panicked(failure) = &error else { panic!("{error:?}") };
    assert_eq!((failure.bundle(), failure.message()), ("local", "as asked"));
    assert_eq!(own.bundle_name(), "local");
    assert_eq!(format!("{own:?}"), r#"Proxy { contract: "test.own", bundle: "local" }"#);
    // A panic in a `&self` method is that call's alone.
    assert_eq!(own.upper("so").unwrap(), "SO");
}

#[test]
fn it_goes_with_the_last_proxy_and_the_last_clone() {
    let (own, implementation, dropped) = upper();
    let other = own.clone();
    drop(own);
    drop(implementation);
    assert_eq!((other.upper("so").unwrap().as_str(), dropped.load(Ordering::Relaxed)), ("SO", 0));
    thread::spawn(move || drop(other)).join().unwrap();
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn calls_nest_without_end() {
    let (own, implementation, _) = upper();
    *implementation.again.lock().unwrap() = Some(own.clone());
    assert_eq!(own.nest(100).unwrap(), 100);
    *implementation.again.lock().unwrap() = None;
}

#[test]
fn any_thread_may_call() {
    let (own, ..) = upper();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|_| assert_eq!(own.upper("so").unwrap(), "SO")));
        }
    });
}

#[test]
fn it_cannot_be_made_anew() {
    let (own, ..) = upper();
    let error = own.renew().unwrap_err();
    let CallError::Unavailable(failure) = &error else { panic!("{error:?}") };
    assert!(failure.message().contains("make another one with `local`"), "{error}");
    assert_eq!(own.upper("so").unwrap(), "SO");
}

/// Counts, and panics beyond ten.
#[derive(Default)]
pub(crate) struct Counter(u32);

impl old::Counted for Counter {
    fn count(&self) -> u32 {
        self.0
    }

    fn add(&mut self, by: u32) -> u32 {
        self.0 += by;
        assert!(self.0 <= 10, "too far");
        self.0
    }
}

#[test]
fn what_changes_needs_the_value_for_itself() {
    let counter = Arc::new(Counter::default());
    let mut proxy = old::CountedProxy::local(counter.clone());
    assert_eq!(proxy.count().unwrap(), 0);
    let error = proxy.add(1).unwrap_err();
    assert!(matches!(&error, CallError::Reentrant(_)), "{error:?}");
    assert!(error.to_string().contains("needs the only clone of the `Arc`"), "{error}");
    drop(counter);
    assert_eq!(proxy.add(1).unwrap(), 1);
}

#[test]
fn a_panic_in_what_changes_poisons() {
    let mut proxy = old::CountedProxy::local(Arc::new(Counter::default()));
    assert!(matches!(proxy.add(11), Err(CallError::Panicked(_))));
    assert!(matches!(proxy.add(1), Err(CallError::Poisoned(_))));
}
