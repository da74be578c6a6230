//! The tables and the life of a plugin's instances, and the entry of its bundle.

use std::ffi::c_void;

use crate::abi::{
    CreateContext, Dispatch, DispatchKind, ErrorBuffer, ErrorKind, GuestContractInterface,
    HostTable, InterfaceFlags, NativeDispatch, Phase, RawSlice, RawVec, Status, size_of_table,
};
use crate::contract::Served;
use crate::error::PluginError;
use crate::panic::{contain, install_hook};
use crate::plugin::{Context, Plugin};

/// A contract that a bundle provides.
#[derive(Clone, Copy)]
pub struct Provided {
    contract: &'static str,
    interface: &'static GuestContractInterface,
}

impl Provided {
    /// The contract, as manifests write it.
    pub const fn contract(self) -> &'static str {
        self.contract
    }
}

/// That the compiler knows the contract that a bundle means: the one that is
/// named, or the only one that the type is a plugin for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin for this contract",
    label = "no `#[plugin]` found",
    note = "put `#[plugin]` on the `impl` block of the contract for this type"
)]
pub trait OneContract<C: ?Sized> {
    /// What the bundle provides.
    const PROVIDED: Provided;
}

impl<T: Plugin<C>, C: ?Sized> OneContract<C> for T {
    const PROVIDED: Provided =
        Provided { contract: T::SERVED.provides, interface: interface::<T, C>() };
}

/// Whether no contract is in `provided` twice.
pub const fn are_distinct(provided: &[Provided]) -> bool {
    let mut i = 0;
    while i < provided.len() {
        let mut j = i + 1;
        while j < provided.len() {
            if provided[i].interface.contract_id == provided[j].interface.contract_id {
                return false;
            }
            j += 1;
        }
        i += 1;
    }
    true
}

/// The table of plugin `T` for contract `C`.
pub const fn interface<T: Plugin<C>, C: ?Sized>() -> &'static GuestContractInterface {
    &const {
        let Served {
            id, version, schema, method_fingerprints, client, functions, trusting, ..
        } = T::SERVED;
        let state = if T::STATELESS { InterfaceFlags::STATELESS } else { InterfaceFlags::NONE };
        // What the functions return is made of `String` and the like.
        let flags = state.with(InterfaceFlags::UTF8_TEXTS);
        GuestContractInterface {
            size: size_of::<GuestContractInterface>(),
            contract_id: id.to_u64(),
            fingerprint: schema.fingerprint,
            version,
            dispatch_kind: DispatchKind::Native as u32,
            function_count: method_fingerprints.len() as u32,
            method_fingerprints: method_fingerprints.as_ptr(),
            schema,
            create_instance: Some(create::<T, C>),
            destroy_instance: Some(destroy::<T>),
            dispatch: Dispatch { native: NativeDispatch { functions: functions.as_ptr() } },
            flags: flags.bits(),
            unload_instance: if T::HAS_ON_UNLOAD { Some(unload::<T, C>) } else { None },
            save_instance: if T::SAVES { Some(save::<T, C>) } else { None },
            restore_instance: if T::SAVES { Some(restore::<T, C>) } else { None },
            uniform: client.uniform,
            trusting_functions: trusting.as_ptr(),
        }
    }
}

/// The body of a bundle's entry: registers what is `provided`, in order.
///
/// # Safety
///
/// `host` is a host's table, which lives as long as the process, `registrar`
/// what the host gave with it, and `error` an error buffer lent for this call.
pub unsafe fn enter_bundle(
    host: *const HostTable,
    registrar: *mut c_void,
    error: *mut ErrorBuffer,
    provided: &[Provided],
) -> u32 {
    // SAFETY: the caller's promise. The table may be shorter than is known here, so it
    // is not borrowed whole.
    let register = match unsafe { size_of_table(host) } {
        // SAFETY: the first version of the table has it.
        Ok(_) => unsafe { (*host).register },
        Err(invalid) => {
            let message = format!("the host's table: {invalid}; update the host");
            let (kind, detail) = (ErrorKind::InvalidArgument, String::new());
            // SAFETY: the buffer is lent for this call.
            unsafe { ErrorBuffer::write(error, Phase::Load, kind, 0, &message, detail) };
            return Status::Failed as u32;
        }
    };
    // SAFETY: the caller's promise, and the size was looked at.
    unsafe { install_hook(host) };
    for provided in provided {
        // SAFETY: the registrar is the one of this call, the table a constant.
        let status = unsafe { register(registrar, provided.interface, error) };
        if status != Status::Ok as u32 {
            return status;
        }
    }
    Status::Ok as u32
}

unsafe extern "C" fn create<T: Plugin<C>, C: ?Sized>(
    context: *const CreateContext,
    instance: *mut *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends context and buffer for this call.
    unsafe {
        report(error, Phase::Create, || {
            let context = Context::lift(context)?;
            let made = Box::new(T::create_instance(&context)?);
            instance.write(Box::into_raw(made).cast());
            Ok(())
        })
    }
}

unsafe extern "C" fn destroy<T>(instance: *mut c_void, error: *mut ErrorBuffer) -> u32 {
    // SAFETY: the host gives back what `create` made, once; the buffer is lent.
    unsafe {
        report(error, Phase::Unload, || {
            drop(Box::from_raw(instance.cast::<T>()));
            Ok(())
        })
    }
}

unsafe extern "C" fn unload<T: Plugin<C>, C: ?Sized>(
    instance: *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends what `create` made, when no call uses it any more.
    unsafe { report(error, Phase::Unload, || (*instance.cast::<T>()).unload_instance()) }
}

unsafe extern "C" fn save<T: Plugin<C>, C: ?Sized>(
    instance: *mut c_void,
    state: *mut RawVec<u8>,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends what `create` made, while no call uses it, and the rest for
    // this call.
    unsafe {
        report(error, Phase::Save, || {
            let saved = (*instance.cast::<T>()).save_instance()?;
            state.write(RawVec::new(saved));
            Ok(())
        })
    }
}

unsafe extern "C" fn restore<T: Plugin<C>, C: ?Sized>(
    context: *const CreateContext,
    state: RawSlice<u8>,
    instance: *mut *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends all of it for this call.
    unsafe {
        report(error, Phase::Create, || {
            let context = Context::lift(context)?;
            let made = Box::new(T::restore_instance(&context, state.as_slice()?)?);
            instance.write(Box::into_raw(made).cast());
            Ok(())
        })
    }
}

/// Runs one step of an instance's life and describes its failure. Panics stop
/// here.
///
/// # Safety
///
/// `error` points at an error buffer lent for this call.
pub(super) unsafe fn report(
    error: *mut ErrorBuffer,
    phase: Phase,
    step: impl FnOnce() -> Result<(), PluginError>,
) -> u32 {
    let (kind, code, message, detail) = match contain(step) {
        Ok(Ok(())) => return Status::Ok as u32,
        Ok(Err(error)) => {
            let (code, message) = error.into_parts();
            (ErrorKind::Plugin, code, message, String::new())
        }
        Err(panic) => (ErrorKind::Panicked, 0, panic.message, panic.location),
    };
    // SAFETY: the buffer is lent for this call.
    unsafe { ErrorBuffer::write(error, phase, kind, code, &message, detail) };
    Status::Failed as u32
}
