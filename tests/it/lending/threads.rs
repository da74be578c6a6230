//! What is lent for one thread, to who would use it on several.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use polyplug_guest::Contract;
use polyplug_guest::private::{Argument, Invalid, Lent};

/// As a lender knows it, whose implementations may be for one thread.
mod one {
    /// Counts.
    #[polyplug_guest::contract(name = "test.threads", version = "1.0")]
    pub(super) trait Count {
        /// Goes on.
        fn next(&self) -> u32;
    }
}

/// The same, of implementations that another thread may have.
mod sent {
    /// Counts.
    #[polyplug_guest::contract(name = "test.threads", version = "1.0")]
    pub(super) trait Count: Send {
        /// Goes on.
        fn next(&self) -> u32;
    }
}

/// The same, of implementations that threads share.
mod shared {
    /// Counts.
    #[polyplug_guest::contract(name = "test.threads", version = "1.0")]
    pub(super) trait Count: Send + Sync {
        /// Goes on.
        fn next(&self) -> u32;
    }
}

struct Own(Cell<u32>);

impl one::Count for Own {
    fn next(&self) -> u32 {
        self.0.replace(self.0.get() + 1)
    }
}

impl sent::Count for Own {
    fn next(&self) -> u32 {
        self.0.replace(self.0.get() + 1)
    }
}

/// Shared by all who use it.
struct Seven;

impl shared::Count for Seven {
    fn next(&self) -> u32 {
        7
    }
}

/// Whether a borrower that knows the contract as `B` takes what is lent as `L`.
fn takes<L: Contract + ?Sized, B: Contract + ?Sized>(lent: &L) -> Result<(), Invalid> {
    // SAFETY: it is only read, and outlives the call.
    let lent = unsafe { Lent::<L, false>::lend(std::ptr::from_ref(lent).cast_mut()) };
    let mut lent = ManuallyDrop::new(lent);
    // SAFETY: it stays in place, and what is passed is received once, as of the same
    // contract.
    let taken = unsafe { Lent::<B, false>::lift(Lent::<L, false>::lower(&mut lent)) };
    drop(ManuallyDrop::into_inner(lent));
    taken.map(drop)
}

#[test]
fn what_is_for_one_thread_is_refused_where_several_could_use_it() {
    let own = Own(Cell::new(0));
    let (as_one, as_sent): (&dyn one::Count, &dyn sent::Count) = (&own, &own);
    let refused = Err(Invalid::Contract);
    assert_eq!(takes::<dyn one::Count, dyn one::Count>(as_one), Ok(()));
    assert_eq!(takes::<dyn one::Count, dyn sent::Count>(as_one), refused);
    assert_eq!(takes::<dyn one::Count, dyn shared::Count>(as_one), refused);
    assert_eq!(takes::<dyn sent::Count, dyn one::Count>(as_sent), Ok(()));
    assert_eq!(takes::<dyn sent::Count, dyn sent::Count>(as_sent), Ok(()));
    assert_eq!(takes::<dyn sent::Count, dyn shared::Count>(as_sent), refused);
}

#[test]
fn what_threads_share_is_for_everybody() {
    let as_shared: &dyn shared::Count = &Seven;
    assert_eq!(takes::<dyn shared::Count, dyn one::Count>(as_shared), Ok(()));
    assert_eq!(takes::<dyn shared::Count, dyn sent::Count>(as_shared), Ok(()));
    assert_eq!(takes::<dyn shared::Count, dyn shared::Count>(as_shared), Ok(()));
}
