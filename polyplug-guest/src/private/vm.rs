//! Thunks: a native call that becomes a uniform one.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use super::Reply;
use super::call::receive;
use crate::abi::{CallArena, ErrorBuffer, ErrorKind, Phase, Returned, Status, VmInstance};
use crate::convert::{Invalid, Register, Value};

/// Makes the uniform call for `method`.
///
/// What the result points at may lie in the call's arena, so the result is
/// received here and passed on as one that owns what it needs. A text that was
/// checked is passed on as such: who calls a thunk shares this copy of the crate.
///
/// # Safety
///
/// `instance` points at a [`VmInstance`] that serves the contract of `method`;
/// `args` point at its arguments in the form in which they are passed; `error`
/// at an error buffer lent for this call.
#[inline]
pub unsafe fn call_vm<R: Value>(
    instance: *mut c_void,
    method: u32,
    args: &[*const c_void],
    error: *mut ErrorBuffer,
) -> Reply<R> {
    let mut arena = CallArena::new();
    let mut result = MaybeUninit::<<R::Abi as Register>::Passed>::uninit();
    // SAFETY: the instance is alive for the call, and its function is given what
    // `VmCall` asks for.
    let status = unsafe {
        let vm = &*instance.cast::<VmInstance>();
        (vm.call)(
            vm.loader_data,
            vm.instance,
            method,
            args.as_ptr(),
            result.as_mut_ptr().cast(),
            &raw mut arena,
            error,
        )
    };
    if status == Status::Failed as u32 {
        return Returned::failed();
    }
    let received = if status == Status::Ok as u32 {
        // SAFETY: the status says that the result was written; the arena that
        // lends its parts is still alive.
        unsafe { receive::<R>(result.assume_init()) }
    } else {
        Err(Invalid::Status)
    };
    match received {
        Ok(value) => Returned::ok(value.into_own_abi().pass()),
        Err(invalid) => {
            let message = invalid.to_string();
            // SAFETY: the buffer is lent for this call.
            unsafe {
                let kind = ErrorKind::InvalidReply;
                ErrorBuffer::write(error, Phase::Validate, kind, 0, &message, String::new());
            }
            Returned::failed()
        }
    }
}
