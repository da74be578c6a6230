//! Proxies that may be cloned, passed to who knows of a `&mut self` method.

use std::sync::Arc;

use polyplug_runtime::CallError;

use super::received;
use crate::support::runtime;

/// The contract as it became.
mod newer {
    /// Counts.
    #[polyplug_guest::contract(name = "test.tally", version = "1.2")]
    pub(super) trait Tally {
        /// How far it is.
        fn count(&self) -> u32;

        /// Twice that.
        #[since("1.1")]
        fn double(&self) -> u32;

        /// Goes on.
        #[since("1.2")]
        fn add(&mut self, by: u32) -> u32;
    }

    /// Counts.
    #[derive(Default)]
    pub(super) struct Counter(u32);

    #[polyplug_guest::plugin]
    impl Tally for Counter {
        fn count(&self) -> u32 {
            self.0
        }

        fn double(&self) -> u32 {
            2 * self.0
        }

        fn add(&mut self, by: u32) -> u32 {
            self.0 += by;
            self.0
        }
    }

    polyplug_guest::bundle!(Counter, name = "tally", version = "1.0.0");
}

/// The contract as it was: a proxy may be cloned.
mod older {
    /// Counts.
    #[polyplug_guest::contract(name = "test.tally", version = "1.0")]
    pub(super) trait Tally {
        /// How far it is.
        fn count(&self) -> u32;
    }
}

/// Proxies over a plugin, and over a value of this program's own.
fn proxies() -> [newer::TallyProxy; 2] {
    let runtime = Box::leak(Box::new(runtime()));
    runtime.load_static(&newer::BUNDLE).unwrap();
    let own = newer::TallyProxy::local(Arc::new(newer::Counter::default()));
    [runtime.get::<dyn newer::Tally>().unwrap(), own]
}

#[test]
fn the_only_proxy_keeps_its_exclusive_methods() {
    for tally in proxies() {
        let mut tally: newer::TallyProxy = received(tally).unwrap();
        assert_eq!(tally.add(2).unwrap(), 2);
        assert_eq!(tally.double().unwrap(), 4);
    }
}

#[test]
fn who_gets_a_clone_gets_no_exclusive_methods() {
    for mut tally in proxies() {
        assert_eq!(tally.add(3).unwrap(), 3);
        let older: older::TallyProxy = received(tally).unwrap();
        let again: older::TallyProxy = received(older.clone()).unwrap();
        for clone in [older.clone(), again] {
            let mut newer: newer::TallyProxy = received(clone).unwrap();
            assert_eq!((newer.count().unwrap(), newer.double().unwrap()), (3, 6));
            assert!(matches!(newer.add(1), Err(CallError::Unavailable(_))));
            let mut newest: newer::TallyProxy = received(newer).unwrap();
            assert!(matches!(newest.add(1), Err(CallError::Unavailable(_))));
            assert_eq!(newest.double().unwrap(), 6);
        }
        assert_eq!(older.count().unwrap(), 3);
    }
}

#[test]
fn a_host_that_knows_no_exclusive_methods_hands_none_out() {
    let runtime = runtime();
    runtime.load_static(&newer::BUNDLE).unwrap();
    let first = runtime.get::<dyn older::Tally>().unwrap();
    let mut passed: newer::TallyProxy = received(first.clone()).unwrap();
    assert!(matches!(passed.add(1), Err(CallError::Unavailable(_))));
    // What it is after a reload or anew leads no further either.
    passed.renew().unwrap();
    assert!(matches!(passed.add(1), Err(CallError::Unavailable(_))));
    assert_eq!(first.count().unwrap(), 0);
}
