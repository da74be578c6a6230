//! What was made, as one client calls it.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use polyplug_guest::abi::{ForwardInstance, Function, ProxyBinding};

use super::Client;
use super::made::{Functions, Made};
use crate::reclaim::Target;

/// What was made, reached through a function table as long as its client's contract.
///
/// # Invariants
///
/// The table has the length of the client's contract, its functions are what that
/// contract's schema says, and take `receiver`; `made` and `client` keep them.
#[derive(Debug)]
pub(crate) struct Binding {
    table: Table,
    receiver: *mut c_void,
    made: Arc<Made>,
    /// How many pins there are, to say so: each is a counted reference to the target.
    pub(super) pins: AtomicUsize,
    /// Keeps its tables, from which functions may have been taken.
    _client: Client,
}

// SAFETY: functions of a contract may be called from any thread with what they take.
unsafe impl Send for Binding {}
// SAFETY: as above.
unsafe impl Sync for Binding {}

#[derive(Debug)]
enum Table {
    /// The provider's, or the client's thunks.
    Whole(*const Function),
    /// The provider is older: what it lacks is filled up.
    Padded(Box<[Function]>),
    /// As `Padded`; methods that are lacking may call the others.
    Forwarding { functions: Box<[Function]>, _instance: Box<ForwardInstance> },
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
    pub(super) unsafe fn of_fitting(made: Arc<Made>, client: &Client) -> Self {
        let mut provided = made.functions(client);
        provided.count = provided.count.min(client.limit());
        let count = client.fingerprints().len();
        let (table, receiver) = if provided.count >= count {
            (Table::Whole(provided.table), provided.receiver)
        } else if let Some(forwards) = client.forwards() {
            // SAFETY: both tables are as long as the client's contract.
            let functions = unsafe { joined(forwards, provided.count, client.absent(), count) };
            forwarding(functions, &provided)
        } else {
            // SAFETY: the provider has the functions below its count, the client's table
            // is as long as its contract.
            let padded = unsafe { joined(provided.table, provided.count, client.absent(), count) };
            (Table::Padded(padded), provided.receiver)
        };
        let pins = AtomicUsize::new(0);
        Self { table, receiver, made, pins, _client: client.clone() }
    }

    /// The binding as a target of calls.
    pub(super) fn into_target(self) -> Arc<Target<Self>> {
        let functions = match &self.table {
            Table::Whole(functions) => *functions,
            Table::Padded(functions) | Table::Forwarding { functions, .. } => functions.as_ptr(),
        };
        let binding = ProxyBinding::new(functions, self.receiver);
        // SAFETY: by the type's invariant; tables and receivers that are this binding's
        // own lie in memory of their own, which does not move with it.
        unsafe { Target::new(binding, self) }
    }

    pub(super) fn made(&self) -> &Arc<Made> {
        &self.made
    }
}

/// `count` functions: those of `first` below `from`, then those of `rest`.
///
/// # Safety
///
/// `first` has `from` functions, `rest` has `count`, and no less than `from`.
unsafe fn joined(
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
    (Table::Forwarding { functions, _instance: instance }, receiver)
}
