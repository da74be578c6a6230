//! What was made, as one client calls it.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use polyplug_guest::abi::{ForwardInstance, Function, ProxyBinding};

use super::Client;
use super::client::View;
use super::made::{Functions, Made};
use crate::reclaim::Target;

/// What was made, reached through a function table as long as its client's contract.
///
/// # Invariants
///
/// The table has the length of the client's contract, its functions are what that
/// contract's schema says, and take `receiver`; `made` and `_view` keep them.
#[derive(Debug)]
pub(crate) struct Binding {
    table: Table,
    receiver: *mut c_void,
    made: Arc<Made>,
    /// How many pins there are, to say so: each is a counted reference to the target.
    pub(super) pins: AtomicUsize,
    /// Keeps the client's tables, from which functions may have been taken.
    _view: View,
}

// SAFETY: functions of a contract may be called from any thread with what they take.
unsafe impl Send for Binding {}
// SAFETY: as above.
unsafe impl Sync for Binding {}

#[derive(Debug)]
enum Table {
    /// The provider's, or the client's thunks.
    Whole { functions: *const Function, have_utf8_texts: bool },
    /// The provider is older: what it lacks is filled up.
    Joined(Box<Joined>),
}

#[derive(Debug)]
struct Joined {
    functions: Box<[Function]>,
    /// Where methods that are lacking may call the others.
    _instance: Option<Box<ForwardInstance>>,
}

impl Table {
    fn joined(functions: Box<[Function]>, instance: Option<Box<ForwardInstance>>) -> Self {
        Self::Joined(Box::new(Joined { functions, _instance: instance }))
    }
}

impl Binding {
    /// What `client` calls; `None` if its methods are not the provider's.
    pub(super) fn of(made: Arc<Made>, client: &Client) -> Option<Self> {
        if !made.fits(client) {
            return None;
        }
        // SAFETY: it fits.
        Some(unsafe { Self::of_fitting(made, client) })
    }

    /// What `client` calls.
    ///
    /// # Safety
    ///
    /// The client fits what was made.
    #[inline(always)]
    pub(super) unsafe fn of_fitting(made: Arc<Made>, client: &Client) -> Self {
        let mut provided = made.functions(client);
        provided.count = provided.count.min(client.limit());
        let (table, receiver) = if provided.count >= client.fingerprints().len() {
            let Functions { table: functions, have_utf8_texts, receiver, .. } = provided;
            (Table::Whole { functions, have_utf8_texts }, receiver)
        } else {
            // SAFETY: the provider has the functions below its count.
            unsafe { joined(&provided, client) }
        };
        let pins = AtomicUsize::new(0);
        Self { table, receiver, made, pins, _view: client.view().clone() }
    }

    /// The binding as a target of calls.
    #[inline]
    pub(super) fn into_target(self) -> Arc<Target<Self>> {
        let binding = match &self.table {
            Table::Whole { functions, have_utf8_texts } => {
                let binding = ProxyBinding::new(*functions, self.receiver);
                // SAFETY: the provider vouches for all functions of its table.
                if *have_utf8_texts { unsafe { binding.with_utf8_texts() } } else { binding }
            }
            Table::Joined(joined) => ProxyBinding::new(joined.functions.as_ptr(), self.receiver),
        };
        // SAFETY: by the type's invariant; tables and receivers that are this binding's
        // own lie in memory of their own, which does not move with it.
        unsafe { Target::new(binding, self) }
    }

    pub(super) fn made(&self) -> &Arc<Made> {
        &self.made
    }
}

/// A table in which what the provider lacks is filled up, and what its functions take.
///
/// # Safety
///
/// The provider has as many functions as it says, fewer than the client's contract.
#[cold]
unsafe fn joined(provided: &Functions, client: &Client) -> (Table, *mut c_void) {
    let (from, count) = (provided.count, client.fingerprints().len());
    if let Some(forwards) = client.forwards() {
        // SAFETY: both tables are as long as the client's contract.
        let functions = unsafe { join(forwards, from, client.absent(), count) };
        return forwarding(functions, provided);
    }
    // SAFETY: the caller's promise; the client's table is as long as its contract.
    let padded = unsafe { join(provided.table, from, client.absent(), count) };
    (Table::joined(padded, None), provided.receiver)
}

/// `count` functions: those of `first` below `from`, then those of `rest`.
///
/// # Safety
///
/// `first` has `from` functions, `rest` has `count`, and no less than `from`.
unsafe fn join(
    first: *const Function,
    from: usize,
    rest: *const Function,
    count: usize,
) -> Box<[Function]> {
    // SAFETY: the caller's promise.
    let at = |i| unsafe { if i < from { first.add(i).read() } else { rest.add(i).read() } };
    (0..count).map(at).collect()
}

fn forwarding(functions: Box<[Function]>, provided: &Functions) -> (Table, *mut c_void) {
    let instance = Box::new(ForwardInstance {
        functions: functions.as_ptr(),
        inner_functions: provided.table,
        inner: provided.receiver,
    });
    let receiver = std::ptr::from_ref(&*instance).cast_mut().cast();
    (Table::joined(functions, Some(instance)), receiver)
}
