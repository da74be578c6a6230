//! An implementation that threads share, as an instance.

use std::ffi::c_void;
use std::sync::Arc;

use super::interface::report;
use crate::abi::{DestroyInstance, ErrorBuffer, Function, Phase, Status};
use crate::contract::Contract;

/// An instance, the functions that take it, and what destroys it.
#[derive(Clone, Copy, Debug)]
pub struct SharedInstance {
    /// A function table as long as the contract, which takes `instance`. Lives as
    /// long as the code of the contract.
    pub functions: *const Function,
    /// The instance: it may be called from any thread, and holds one count of what
    /// it was made from.
    pub instance: *mut c_void,
    /// Gives the count back, once.
    pub destroy: DestroyInstance,
}

// SAFETY: the functions may be called from any thread with the instance.
unsafe impl Send for SharedInstance {}
// SAFETY: as above.
unsafe impl Sync for SharedInstance {}

impl SharedInstance {
    /// Destroys the instance. What its destructor panics with is dropped.
    ///
    /// # Safety
    ///
    /// Called once, when no call uses the instance any more.
    pub(crate) unsafe fn destroy(&self) {
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        // SAFETY: the caller's promise; the buffer is this function's own.
        unsafe {
            if (self.destroy)(self.instance, error) != Status::Ok as u32 {
                drop(ErrorBuffer::take(error));
            }
        }
    }
}

/// Makes an instance that calls `implementation`. Of a contract with methods that
/// take `&mut self` it may have one caller at a time.
pub fn shared_instance<C: Contract + ?Sized>(implementation: Arc<C::Shared>) -> SharedInstance {
    SharedInstance {
        functions: C::SHARED_FUNCTIONS.as_ptr(),
        instance: Box::into_raw(Box::new(implementation)).cast(),
        destroy: destroy::<C>,
    }
}

unsafe extern "C" fn destroy<C: Contract + ?Sized>(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: whoever got the instance gives it back once, when no call uses it;
    // the buffer is lent.
    unsafe {
        report(error, Phase::Unload, || {
            drop(Box::from_raw(instance.cast::<Arc<C::Shared>>()));
            Ok(())
        })
    }
}
