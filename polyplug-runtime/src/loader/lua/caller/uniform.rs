//! A call that goes out of an interpreter, in its uniform form.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

use polyplug_guest::abi::{
    CallArena, ErrorBuffer, ErrorKind, Function, ProxyBinding, ProxyCell, Status, VmInstance,
};
use polyplug_guest::private::{Adapted, Frame};

use super::super::place::Place;
use super::super::traceback::Failure;
use super::contract::CalledMethod;
use super::failure;
use super::handle::Handle;
use super::object::Lent;
use super::parts;
use super::reply::Unfit;
use crate::instance::{self, Client};
use crate::schema::Schema;

/// Who calls contracts by their schema, as a client: its tables say where a call has to
/// go, and nobody calls their functions.
pub(super) fn client(schema: &Schema) -> Client {
    Client::of_schema(schema, through_vm, lacking)
}

/// Stands in a table for a method of an interpreter.
unsafe extern "C" fn through_vm() {
    unreachable!("a method of an interpreter is called uniformly");
}

/// Stands in a table for a method that the provider lacks.
unsafe extern "C" fn lacking() {
    unreachable!("a method that is lacking is not called");
}

/// Who is called.
#[derive(Clone, Copy)]
pub(super) enum Callee<'c> {
    Proxy(NonNull<ProxyCell>),
    Lent(&'c Lent),
}

/// A call in its uniform form.
pub(super) struct Uniform<'c> {
    pub(super) method: &'c CalledMethod,
    pub(super) addresses: *const *const c_void,
    pub(super) result: *mut u8,
    pub(super) arena: *mut CallArena,
    /// The references in the arguments, until somebody takes them over.
    pub(super) given: &'c Cell<Vec<Handle>>,
}

impl Uniform<'_> {
    /// Calls, and gives the reply to `receive` while the provider's code is still there.
    ///
    /// # Safety
    ///
    /// The arguments are those of the method, and who is called fits its contract, and
    /// stays; `receive` raises nothing.
    #[inline]
    pub(super) unsafe fn call(
        &self,
        callee: Callee<'_>,
        receive: impl FnOnce(Place) -> Result<c_int, Unfit>,
    ) -> Result<c_int, Failure> {
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        // SAFETY: the caller's promise. The frame stays in this function, and those of
        // nested calls in theirs.
        unsafe {
            let cell = match callee {
                Callee::Proxy(cell) => cell,
                Callee::Lent(lent) => {
                    let status = self.dispatch_lent(lent, error)?;
                    return self.receive(status, error, receive);
                }
            };
            let frame = Frame::enter(cell.as_ptr());
            // Where callers are to wait this one is turned away: it has the interpreter, for
            // which whoever is waited for may wait in turn.
            let binding = frame.binding();
            if binding.functions.is_null() {
                return Err(Failure::new(binding.why_absent(), ""));
            }
            let status = self.dispatch(cell, binding, error)?;
            let received = self.receive(status, error, receive);
            if let Err(failure) = &received
                && status == Status::Failed as u32
                && failure.kind == ErrorKind::Panicked
                && self.method.is_exclusive
            {
                let vtable = &*cell.as_ref().vtable;
                (vtable.poison)(cell.as_ptr(), binding);
            }
            received
        }
    }

    /// Takes what the provider answered.
    ///
    /// # Safety
    ///
    /// As for [`Uniform::call`]; the provider returned `status`, and its code is there.
    #[inline]
    unsafe fn receive(
        &self,
        status: u32,
        error: *mut ErrorBuffer,
        receive: impl FnOnce(Place) -> Result<c_int, Unfit>,
    ) -> Result<c_int, Failure> {
        // SAFETY: the caller's promise.
        unsafe {
            if status == Status::Ok as u32 {
                let place = Place::passed(self.result);
                let received = receive(place);
                if !self.method.returns_number {
                    parts::release(&self.method.plan.result, place);
                }
                return received.map_err(|unfit| match unfit {
                    Unfit::Invalid => {
                        Failure::new(ErrorKind::InvalidReply, "it is none of its type's values")
                    }
                    Unfit::Proxy(why) => why.with_kind(ErrorKind::InvalidReply),
                    Unfit::TooLarge => Failure::new(
                        ErrorKind::Limit,
                        "the reply is larger than the memory limit allows",
                    ),
                });
            }
            if status != Status::Failed as u32 {
                return Err(Failure::new(ErrorKind::InvalidReply, "a status is unknown"));
            }
            Err(described(error))
        }
    }

    /// # Safety
    ///
    /// As for [`Uniform::call`]; the thread is in the binding, which has functions.
    #[inline]
    unsafe fn dispatch(
        &self,
        cell: NonNull<ProxyCell>,
        binding: &ProxyBinding,
        error: *mut ErrorBuffer,
    ) -> Result<u32, Failure> {
        let Self { method, addresses, result, arena, .. } = *self;
        let result = result.cast::<c_void>();
        // SAFETY: the table of a cell of the host's is as long as the contract; each entry
        // says what takes the instance.
        unsafe {
            if !instance::is_own(cell.as_ptr())
                && let Some(local) = Adapted::local(cell.as_ptr())
            {
                return self.typed(&local, error);
            }
            let function = binding.functions.add(method.number as usize).read();
            if std::ptr::fn_addr_eq(function, through_vm as Function) {
                let vm = &*binding.instance.cast::<VmInstance>();
                let number = method.number;
                return Ok((vm.call)(
                    vm.loader_data,
                    vm.instance,
                    number,
                    addresses,
                    result,
                    arena,
                    error,
                ));
            }
            if std::ptr::fn_addr_eq(function, lacking as Function) {
                return Err(Failure::new(ErrorKind::Unavailable, ""));
            }
            let Some(adapter) = instance::uniform(cell.as_ptr(), binding, method.number) else {
                return Err(Failure::new(ErrorKind::Unavailable, NO_ADAPTERS));
            };
            self.hand_over();
            Ok(adapter(function, binding.instance, addresses, result, error))
        }
    }

    /// # Safety
    ///
    /// As for [`Uniform::call`].
    unsafe fn dispatch_lent(&self, lent: &Lent, error: *mut ErrorBuffer) -> Result<u32, Failure> {
        if self.method.is_exclusive && !lent.is_exclusive {
            let why = "it was lent as `&dyn`, and the method takes `&mut self`";
            return Err(Failure::new(ErrorKind::Reentrant, why));
        }
        // SAFETY: the caller's promise.
        unsafe { self.typed(&lent.adapted, error) }
    }

    /// Calls an implementation that is not the host's.
    ///
    /// # Safety
    ///
    /// As for [`Uniform::call`]; the implementation fits the contract.
    unsafe fn typed(&self, adapted: &Adapted, error: *mut ErrorBuffer) -> Result<u32, Failure> {
        let number = self.method.number as usize;
        if number >= adapted.count() {
            return Err(Failure::new(ErrorKind::Unavailable, ""));
        }
        // SAFETY: the caller's promise; it has the method.
        unsafe {
            let Some((function, adapter)) = adapted.method(number) else {
                return Err(Failure::new(ErrorKind::Unavailable, NO_ADAPTERS));
            };
            self.hand_over();
            Ok(adapter(function, adapted.instance, self.addresses, self.result.cast(), error))
        }
    }

    /// A native function takes over what its arguments own.
    #[inline]
    fn hand_over(&self) {
        if !self.method.plan.has_proxies {
            return;
        }
        self.given.take().into_iter().for_each(std::mem::forget);
    }
}

/// What a provider says of its failure.
///
/// # Safety
///
/// As for [`ErrorBuffer::take`].
#[cold]
unsafe fn described(error: *mut ErrorBuffer) -> Failure {
    // SAFETY: the caller's promise is the one that is asked for.
    let failure = unsafe { failure::taken(error) };
    let is_for_host_to_say = matches!(
        failure.kind,
        ErrorKind::Unloaded | ErrorKind::Withdrawn | ErrorKind::StateLost | ErrorKind::Poisoned
    );
    if is_for_host_to_say {
        return Failure::new(ErrorKind::InvalidReply, "a discriminant is unknown");
    }
    failure
}

const NO_ADAPTERS: &str = "the provider cannot be called from Lua, because it brings no adapters; build it with a newer polyplug-guest";
