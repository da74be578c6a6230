//! A call from Lua through a proxy object.

use std::alloc::Layout;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{CallArena, ErrorBuffer, ErrorKind, Status};

use super::super::integer::Integers;
use super::super::place::Place;
use super::super::pull::{Difference, Reader};
use super::super::push::Pushing;
use super::super::sandbox::{Raised, Stack, run_contained};
use super::super::traceback::Failure;
use super::argument;
use super::contract::{Called, CalledMethod};
use super::failure;
use super::incoming::Incoming;
use super::object::{Behind, Lent, Object};
use super::outgoing::Outgoing;
use super::reply;
use super::uniform::{Callee, Uniform};

/// Room on the stack for reading arguments and for errors.
const SLOTS: c_int = 16;

// Whoever is called has as much, beside its arguments.
const _: () = assert!(SLOTS <= ffi::LUA_MINSTACK);

/// How much memory of a call lies in its frame, in words.
const WORDS: usize = 32;

/// How many arguments have their address there.
const ARGUMENTS: usize = 16;

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
        let missing = count as c_int + 1 - stack.arguments;
        if missing > 0 {
            stack.reserve(missing)?;
            ffi::lua_settop(state, count as c_int + 1);
            stack.reserve(SLOTS)?;
        }
        let lent;
        let callee = if let Some(cell) = object.cell() {
            Callee::Proxy(cell)
        } else {
            lent = lent_by(stack, method, object)?;
            Callee::Lent(&lent)
        };
        let Some(_running) = object.begin(method.is_exclusive) else {
            let why = "a call of this proxy runs, and one of the two takes `&mut self`";
            return Err(fail(&Failure::new(ErrorKind::Reentrant, why)));
        };
        let mut arena = CallArena::new();
        let mut memory = [MaybeUninit::<u64>::uninit(); WORDS];
        let mut addresses = [MaybeUninit::<*const c_void>::uninit(); ARGUMENTS];
        let out_of_memory = || Failure::new(ErrorKind::Limit, "not enough memory");
        let memory = match method.words {
            0..=WORDS => memory.as_mut_ptr().cast::<u8>(),
            words => {
                allocated::<u64>(&mut arena, words).ok_or_else(|| fail(&out_of_memory()))?.cast()
            }
        };
        let addresses: *mut *const c_void = match count {
            0..=ARGUMENTS => addresses.as_mut_ptr().cast(),
            count => allocated(&mut arena, count).ok_or_else(|| fail(&out_of_memory()))?,
        };
        let vm = &*method.vm;
        let outgoing = Outgoing::default();
        let (arena, integers) = (&raw mut arena, vm.integers);
        let reader = Reader { state, arena, integers, outgoing: Some(&outgoing) };
        for (i, (plan, offset)) in plan.arguments.iter().zip(&method.offsets).enumerate() {
            let at = memory.add(*offset);
            let read = argument::read(reader, plan, i as c_int + 2, Place::passed(at));
            if let Err(mismatch) = read {
                let Difference { expected, got } = mismatch.into_difference();
                let why = format!("argument {} must be {expected} but is {got}", i + 1);
                return Err(failure::of_use(stack, method, &why));
            }
            addresses.add(i).write(at.cast_const().cast());
        }
        let result = memory.add(method.result);
        let given = match plan.has_proxies {
            true => Cell::new(outgoing.give()),
            false => Cell::default(),
        };
        let uniform = Uniform { method, addresses, result, arena, given: &given };
        let replied = vm.call_out(state, || {
            let replied = uniform.call(callee, |place| {
                let mut proxies = Incoming::default();
                if plan.views > 0 {
                    write_back(stack, method, memory, integers);
                }
                reply::push(stack, method, place, (integers, &mut proxies))
            });
            // What a provider did not take over.
            drop(given.take());
            replied
        });
        replied.map_err(|failure| fail(&failure))
    }
}

/// What an object stands for that has no cell.
#[inline(never)]
fn lent_by(stack: &Stack<'_>, method: &CalledMethod, object: &Object) -> Result<Lent, Raised> {
    let why = match object.behind() {
        Behind::Lent(lent) => return Ok(lent),
        Behind::Proxy(_) | Behind::Nothing => "this proxy was released or handed on",
        Behind::Over => "this implementation was lent for a call that is over",
    };
    Err(failure::of_use(stack, method, why))
}

/// Writes back what the provider made of arguments that it was lent to write to.
///
/// # Safety
///
/// [`invoke`] read the arguments into `memory`, and the provider has returned.
unsafe fn write_back(
    stack: &Stack<'_>,
    method: &CalledMethod,
    memory: *mut u8,
    integers: Integers,
) {
    let pushing = Pushing { integers, proxies: None };
    for (i, (plan, offset)) in method.plan.arguments.iter().zip(&method.offsets).enumerate() {
        // SAFETY: the caller's promise; each argument lies at its offset.
        unsafe {
            let place = Place::passed(memory.add(*offset));
            argument::write_back(stack, plan, i as c_int + 2, place, pushing);
        }
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
            // A reference of its own: the object may be handed on meanwhile.
            let (Some(cell), Some(held)) = (object.cell(), object.share()) else {
                return Err(stack.raise("renew: this is no proxy any more, or never was one"));
            };
            let mut error = ErrorBuffer::cleared();
            let error = error.as_mut_ptr();
            let vtable = &*cell.as_ref().vtable;
            let status = stack.call_out(|| {
                let status = (vtable.renew)(cell.as_ptr(), error);
                drop(held);
                status
            });
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
            let text = match object.behind() {
                Behind::Proxy(_) => {
                    format!("proxy of {name}@{version} in {}", object.bundle_name())
                }
                Behind::Lent(_) => format!("lent implementation of {name}@{version}"),
                Behind::Nothing => format!("released proxy of {name}@{version}"),
                Behind::Over => format!("implementation of {name}@{version} that was lent"),
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
