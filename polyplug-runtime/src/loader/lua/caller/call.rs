//! A call from Lua through a proxy object.

use std::alloc::Layout;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{
    CallArena, ErrorBuffer, ErrorKind, Function, ProxyBinding, ProxyCell, Status, VmInstance,
};
use polyplug_guest::private::Frame;

use super::super::place::Place;
use super::super::pull::Reader;
use super::super::sandbox::{Raised, Stack, run_contained};
use super::super::traceback::Failure;
use super::argument;
use super::contract::{Called, CalledMethod};
use super::failure;
use super::object::Object;
use super::parts;
use super::reply::{self, Unfit};
use crate::instance::{self, Client};
use crate::schema::Schema;

/// Room on the stack for reading arguments and for errors.
const SLOTS: c_int = 16;

/// How much memory of a call lies in its frame, in words.
const WORDS: usize = 32;

/// How many arguments have their address there.
const ARGUMENTS: usize = 16;

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

/// A method of an object. Its upvalues are the [`CalledMethod`] and the metatable.
pub(super) unsafe extern "C-unwind" fn call(state: *mut lua_State) -> c_int {
    // SAFETY: only `object::metatable` makes this function, with a method that the
    // interpreter keeps. Nothing that needs dropping is alive when this raises.
    unsafe {
        let method = &*ffi::lua_touserdata(state, ffi::lua_upvalueindex(1)).cast::<CalledMethod>();
        match run_contained(state, (*method.vm).shared(), |stack| invoke(stack, method)) {
            Ok(results) => results,
            Err(Raised) => ffi::lua_error(state),
        }
    }
}

/// # Safety
///
/// `call` runs.
unsafe fn invoke(stack: &Stack<'_>, method: &CalledMethod) -> Result<c_int, Raised> {
    let (state, plan) = (stack.state(), &method.plan);
    let count = plan.arguments.len();
    // SAFETY: the caller's promise. The object and the arguments stay on the stack until
    // the call is over; what is read lies in this frame, or in the arena.
    unsafe {
        let Some(object) = Object::at(state, 1) else {
            return Err(failure::of_use(
                stack,
                method,
                "call methods with a colon: proxy:method(..)",
            ));
        };
        let called = &*object.called;
        let fail =
            |failure: &Failure| failure::of_call(stack, object, called, &method.name, failure);
        if let Some(ty) = &method.unknown {
            let why = format!("has a `{ty}`, which Lua does not know; call it from Rust");
            return Err(failure::of_use(stack, method, &why));
        }
        if stack.arguments > count as c_int + 1 {
            let why = format!("takes {count} arguments but got {}", stack.arguments - 1);
            return Err(failure::of_use(stack, method, &why));
        }
        stack.reserve(count as c_int + SLOTS)?;
        ffi::lua_settop(state, count as c_int + 1);
        let Some(cell) = object.cell() else {
            return Err(failure::of_use(stack, method, "this proxy was released or handed on"));
        };
        let Some(_running) = object.begin(method.is_exclusive) else {
            let why = "a call of this proxy runs, and one of the two takes `&mut self`";
            return Err(fail(&Failure::new(ErrorKind::Reentrant, why)));
        };
        let mut arena = CallArena::new();
        let mut memory = [MaybeUninit::<u64>::uninit(); WORDS];
        let mut addresses = [std::ptr::null::<c_void>(); ARGUMENTS];
        let out_of_memory = || Failure::new(ErrorKind::Limit, "not enough memory");
        let memory = match method.words {
            0..=WORDS => memory.as_mut_ptr().cast::<u8>(),
            words => {
                allocated::<u64>(&mut arena, words).ok_or_else(|| fail(&out_of_memory()))?.cast()
            }
        };
        let addresses = match count {
            0..=ARGUMENTS => addresses.as_mut_ptr(),
            count => allocated(&mut arena, count).ok_or_else(|| fail(&out_of_memory()))?,
        };
        let vm = &*method.vm;
        let reader = Reader { state, arena: &raw mut arena, integers: vm.integers };
        for (i, (plan, offset)) in plan.arguments.iter().zip(&method.offsets).enumerate() {
            let at = memory.add(*offset);
            let read = argument::read(reader, plan, i as c_int + 2, Place::passed(at));
            if let Err(mismatch) = read {
                let (expected, got) = (mismatch.expected, mismatch.got);
                let why = format!("argument {} must be {expected} but is {got}", i + 1);
                return Err(failure::of_use(stack, method, &why));
            }
            addresses.add(i).write(at.cast_const().cast());
        }
        let result = memory.add(method.result);
        let uniform = Uniform { method, addresses, result, arena: &raw mut arena };
        let replied = vm.call_out(state, || {
            uniform.call(cell, |place| {
                for (i, (plan, offset)) in plan.arguments.iter().zip(&method.offsets).enumerate() {
                    let place = Place::passed(memory.add(*offset));
                    argument::write_back(stack, plan, i as c_int + 2, place, vm.integers);
                }
                reply::push(stack, method, place, vm.integers)
            })
        });
        replied.map_err(|failure| fail(&failure))
    }
}

/// Memory in the arena.
///
/// # Safety
///
/// The arena is that of the running call.
unsafe fn allocated<T>(arena: *mut CallArena, count: usize) -> Option<*mut T> {
    let layout = Layout::array::<T>(count).ok()?;
    // SAFETY: the caller's promise.
    NonNull::new(unsafe { CallArena::allocate(arena, layout) }).map(|memory| memory.as_ptr().cast())
}

/// A call in its uniform form.
struct Uniform<'c> {
    method: &'c CalledMethod,
    addresses: *const *const c_void,
    result: *mut u8,
    arena: *mut CallArena,
}

impl Uniform<'_> {
    /// Calls, and gives the reply to `receive` while the provider's code is still there.
    ///
    /// # Safety
    ///
    /// The arguments are those of the method; the cell was made for its contract's
    /// client, and stays; `receive` raises nothing.
    unsafe fn call(
        &self,
        cell: NonNull<ProxyCell>,
        receive: impl FnOnce(Place) -> Result<c_int, Unfit>,
    ) -> Result<c_int, Failure> {
        // SAFETY: the caller's promise. The frame stays in this function, and those of
        // nested calls in theirs.
        unsafe {
            let frame = Frame::enter(cell.as_ptr());
            let binding = frame.binding();
            if binding.functions.is_null() {
                return Err(Failure::new(binding.why_absent(), ""));
            }
            let mut error = ErrorBuffer::cleared();
            let error = error.as_mut_ptr();
            let status = self.dispatch(cell, binding, error)?;
            if status == Status::Ok as u32 {
                let place = Place::passed(self.result);
                let received = receive(place);
                parts::release(&self.method.plan.result, place);
                return received.map_err(|unfit| match unfit {
                    Unfit::Invalid => {
                        Failure::new(ErrorKind::InvalidReply, "it is none of its type's values")
                    }
                    Unfit::TooLarge => Failure::new(
                        ErrorKind::Limit,
                        "the reply is larger than the memory limit allows",
                    ),
                });
            }
            if status != Status::Failed as u32 {
                return Err(Failure::new(ErrorKind::InvalidReply, "a status is unknown"));
            }
            let failure = failure::taken(error);
            if matches!(
                failure.kind,
                ErrorKind::Unloaded
                    | ErrorKind::Withdrawn
                    | ErrorKind::StateLost
                    | ErrorKind::Poisoned
            ) {
                // That is for the host to say.
                return Err(Failure::new(ErrorKind::InvalidReply, "a discriminant is unknown"));
            }
            if failure.kind == ErrorKind::Panicked && self.method.is_exclusive {
                let vtable = &*cell.as_ref().vtable;
                (vtable.poison)(cell.as_ptr(), binding);
            }
            Err(failure)
        }
    }

    /// # Safety
    ///
    /// As for [`Uniform::call`]; the thread is in the binding, which has functions.
    unsafe fn dispatch(
        &self,
        cell: NonNull<ProxyCell>,
        binding: &ProxyBinding,
        error: *mut ErrorBuffer,
    ) -> Result<u32, Failure> {
        let Self { method, addresses, result, arena } = *self;
        let result = result.cast::<c_void>();
        // SAFETY: the table is as long as the contract; each entry says what takes the
        // instance.
        unsafe {
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
                let why = "the provider cannot be called from Lua, because it brings no adapters; build it with a newer polyplug-guest";
                return Err(Failure::new(ErrorKind::Unavailable, why));
            };
            Ok(adapter(function, binding.instance, addresses, result, error))
        }
    }
}

/// `proxy:bundle_name()`.
pub(super) unsafe extern "C-unwind" fn bundle_name(state: *mut lua_State) -> c_int {
    // SAFETY: as for `call`; the first upvalue is the contract.
    unsafe {
        own(state, |stack, object| {
            stack.push_own_text(object.bundle_name().as_bytes());
            Ok(1)
        })
    }
}

/// `proxy:renew()`: makes a new instance.
pub(super) unsafe extern "C-unwind" fn renew(state: *mut lua_State) -> c_int {
    // SAFETY: as for `call`; the first upvalue is the contract.
    unsafe {
        own(state, |stack, object| {
            let Some(cell) = object.cell() else {
                return Err(stack.raise("renew: this proxy was released or handed on"));
            };
            let mut error = ErrorBuffer::cleared();
            let error = error.as_mut_ptr();
            let vtable = &*cell.as_ref().vtable;
            let status = stack.call_out(|| (vtable.renew)(cell.as_ptr(), error));
            if status == Status::Ok as u32 {
                return Ok(0);
            }
            Err(failure::of_call(stack, object, &*object.called, "renew", &failure::taken(error)))
        })
    }
}

/// `tostring(proxy)`.
pub(super) unsafe extern "C-unwind" fn describe(state: *mut lua_State) -> c_int {
    // SAFETY: as for `call`; the first upvalue is the contract.
    unsafe {
        own(state, |stack, object| {
            let Called { name, version, .. } = &*object.called;
            let text = match object.cell() {
                Some(_) => format!("proxy of {name}@{version} in {}", object.bundle_name()),
                None => format!("released proxy of {name}@{version}"),
            };
            stack.push_own_text(text.as_bytes());
            Ok(1)
        })
    }
}

/// # Safety
///
/// A function of an object's metatable runs, whose upvalues are the [`Called`] and the
/// metatable.
unsafe fn own(
    state: *mut lua_State,
    code: impl FnOnce(&Stack<'_>, &Object) -> Result<c_int, Raised>,
) -> c_int {
    // SAFETY: the caller's promise; nothing that needs dropping is alive when this raises.
    unsafe {
        let called = &*ffi::lua_touserdata(state, ffi::lua_upvalueindex(1)).cast::<Called>();
        let ran =
            run_contained(state, called.vm().shared(), |stack| {
                stack.reserve(SLOTS)?;
                match Object::at(state, 1) {
                    Some(object) => code(stack, object),
                    None => Err(stack
                        .raise("this is no proxy; call methods with a colon: proxy:method(..)")),
                }
            });
        match ran {
            Ok(results) => results,
            Err(Raised) => ffi::lua_error(state),
        }
    }
}

/// What is asked for in place of a method that there is not. Its upvalue is the [`Called`].
pub(super) unsafe extern "C-unwind" fn missing(state: *mut lua_State) -> c_int {
    // SAFETY: as for `call`.
    unsafe {
        let called = &*ffi::lua_touserdata(state, ffi::lua_upvalueindex(1)).cast::<Called>();
        let ran = run_contained(state, called.vm().shared(), |stack| -> Result<c_int, Raised> {
            let methods: Vec<_> = called.methods.iter().map(|method| &*method.name).collect();
            let name = String::from_utf8_lossy(stack.text(2).unwrap_or(b"?")).into_owned();
            let Called { name: contract, version, .. } = called;
            Err(stack.raise(format_args!(
                "contract {contract}@{version} has no method '{name}'; it has: {}",
                methods.join(", ")
            )))
        });
        match ran {
            Ok(results) => results,
            Err(Raised) => ffi::lua_error(state),
        }
    }
}
