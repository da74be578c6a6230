//! Providers that lie and providers that panic: failures are values, and the
//! process lives.

mod interpreted;
mod lifecycle;
mod panics;
mod printed;

use polyplug_runtime::{CallError, Failure};

/// That a call failed because of what came back; gives why.
pub(crate) fn invalid_reply<T, E: std::fmt::Debug>(result: Result<T, CallError<E>>) -> Failure {
    match result {
        Err(CallError::InvalidReply(failure)) => *failure,
        Err(error) => panic!("another failure: {error:?}"),
        Ok(_) => panic!("the lie was believed"),
    }
}
