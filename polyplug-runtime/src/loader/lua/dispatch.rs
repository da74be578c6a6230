//! A call: from the uniform form of the ABI to a Lua function and back.

use std::ffi::{c_int, c_void};

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{CallArena, ErrorBuffer, ErrorKind, Phase, Status, TypeKind};

use super::caller::{self, Incoming, Outgoing};
use super::class::{Class, Method};
use super::instance::Instance;
use super::place::Place;
use super::plan::MethodPlan;
use super::pull::{Difference, Mismatch, Reader};
use super::push::{Arguments, BadArgument, Pushing};
use super::traceback::{self, Failure};
use super::view;
use super::vm::{Entered, HANDLER, TRAMPOLINE};

/// Room on the stack for handler, trampoline, function, instance, and what
/// describing an error needs.
const SLOTS: c_int = 16;

/// The function of [`VmDispatch`](polyplug_guest::abi::VmDispatch).
pub(super) unsafe extern "C" fn call(
    loader_data: *mut c_void,
    instance: *mut c_void,
    method: u32,
    args: *const *const c_void,
    result: *mut c_void,
    arena: *mut CallArena,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the caller passes the loader's data of the contract, an instance of
    // it that lives for the call, and arguments, room and buffer as the schema
    // says; the module, and with it the class, is open while a call may run.
    unsafe {
        let class = &*loader_data.cast::<Class>();
        let instance = &*instance.cast::<Instance>();
        let Some(method) = class.methods.get(method as usize) else {
            return Failure::new(ErrorKind::Unavailable, "").report(error, Phase::Call);
        };
        let values = args.cast::<*mut u8>();
        let called = match class.vm().enter_to_call() {
            Ok(entered) => {
                let room = (Place::passed(result.cast()), arena);
                bind_and_invoke(&entered, method, instance, values, room)
            }
            Err(_) => Err(Failure::new(ErrorKind::Reentrant, WAITS)),
        };
        match called {
            Ok(()) => Status::Ok as u32,
            Err(failure) => failure.report(error, Phase::Call),
        }
    }
}

pub(super) const WAITS: &str = "this thread waits for the bundle's interpreter, and the thread that is in it waits for this one";

/// # Safety
///
/// As for [`invoke`]; `values` has a pointer for each argument.
#[inline]
unsafe fn bind_and_invoke(
    entered: &Entered<'_>,
    method: &Method,
    instance: &Instance,
    values: *const *mut u8,
    room: (Place, *mut CallArena),
) -> Result<(), Failure> {
    let (plan, integers) = (&method.plan, entered.vm.integers);
    let unbound = Arguments { plan, values, pushing: Pushing { integers, proxies: None } };
    // SAFETY: the caller's promise; arguments are used after they were checked.
    unsafe {
        unbound.check().map_err(|(i, bad)| bad_argument(plan, i, bad))?;
        let Some(function) = method.function else {
            return Err(Failure::new(ErrorKind::Unavailable, ""));
        };
        let callee = Callee { method, function, instance };
        if unbound.raise_nothing() {
            return invoke_directly(entered, callee, &unbound, room);
        }
        invoke(entered, callee, unbound, room)
    }
}

/// What is called.
#[derive(Clone, Copy)]
struct Callee<'c> {
    method: &'c Method,
    /// The function, as a reference into the registry.
    function: c_int,
    instance: &'c Instance,
}

/// Calls with arguments that are pushed outside of the protected call: what most methods
/// take, numbers and text.
///
/// # Safety
///
/// As for [`invoke`], and pushing the arguments raises nothing.
#[inline]
unsafe fn invoke_directly(
    entered: &Entered<'_>,
    callee: Callee<'_>,
    arguments: &Arguments<'_>,
    room: (Place, *mut CallArena),
) -> Result<(), Failure> {
    let state = entered.state();
    // SAFETY: the thread is in the interpreter, and what is on the stack from `top` on is
    // this call's own. Outside of the protected call nothing raises: the stack has room,
    // the arguments were checked, and the memory limit does not hold for the host.
    unsafe {
        if ffi::lua_checkstack(state, arguments.slots() + SLOTS) == 0 {
            return Err(full());
        }
        let top = ffi::lua_gettop(state);
        let (handler, base) =
            if entered.sees_slots() { (HANDLER, top + 1) } else { (push_handler(state), top + 2) };
        push_callee(entered, callee);
        arguments.push(state, base);
        let count = arguments.plan.arguments.len() as c_int + 1;
        let called = entered.call(count, ffi::LUA_MULTRET, handler);
        let outcome = match called {
            Ok(()) => read_results(state, callee.method, arguments, base, room),
            Err(failure) => Err(failure),
        };
        ffi::lua_settop(state, top);
        outcome
    }
}

/// Calls with any arguments, which are pushed inside of the protected call.
///
/// # Safety
///
/// `unbound` are the arguments of the method and were checked, the instance is one of its
/// class, and `room` is where its result goes, with the arena of the call.
#[inline(never)]
unsafe fn invoke(
    entered: &Entered<'_>,
    callee: Callee<'_>,
    unbound: Arguments<'_>,
    room: (Place, *mut CallArena),
) -> Result<(), Failure> {
    let state = entered.state();
    let plan = unbound.plan;
    // SAFETY: as in `invoke_directly`; what may raise stands inside of the protected call.
    unsafe {
        let mut proxies = Incoming::default();
        if plan.has_proxies {
            for (plan, place) in unbound.places() {
                proxies.bind((entered.vm, state), plan, place)?;
            }
        }
        let bound = plan.has_proxies.then_some(&proxies);
        let pushing = Pushing { proxies: bound, ..unbound.pushing };
        let arguments = &Arguments { pushing, ..unbound };
        if ffi::lua_checkstack(state, arguments.slots() + SLOTS + 2 * plan.views) == 0 {
            return Err(full());
        }
        let top = ffi::lua_gettop(state);
        let (handler, first_view) =
            if entered.sees_slots() { (HANDLER, top + 1) } else { (push_handler(state), top + 2) };
        if plan.views > 0 {
            push_views(entered, arguments).inspect_err(|_| {
                end_views(state, arguments, first_view);
                ffi::lua_settop(state, top);
            })?;
        }
        push_trampoline(entered);
        ffi::lua_pushlightuserdata(state, std::ptr::from_ref(arguments).cast_mut().cast());
        push_callee(entered, callee);
        for i in 0..plan.views {
            ffi::lua_pushvalue(state, first_view + i);
        }
        let called = entered.call(3 + plan.views, ffi::LUA_MULTRET, handler);
        let base = first_view + plan.views;
        let outcome =
            called.and_then(|()| read_results(state, callee.method, arguments, base, room));
        if plan.views > 0 {
            end_views(state, arguments, first_view);
        }
        ffi::lua_settop(state, top);
        outcome
    }
}

/// Reads what the method returned, from `base` on.
///
/// # Safety
///
/// As for [`invoke`], after the call.
#[inline(always)]
unsafe fn read_results(
    state: *mut lua_State,
    method: &Method,
    arguments: &Arguments<'_>,
    base: c_int,
    (place, arena): (Place, *mut CallArena),
) -> Result<(), Failure> {
    let integers = arguments.pushing.integers;
    let result = &method.plan.result;
    // SAFETY: the caller's promise.
    unsafe {
        let count = ffi::lua_gettop(state) + 1 - base;
        // Many results may have filled the stack.
        if count > SLOTS / 2 && ffi::lua_checkstack(state, SLOTS) == 0 {
            return Err(full());
        }
        let read = match result.has_proxies {
            true => {
                let outgoing = Outgoing::default();
                let reader = Reader { state, arena, integers, outgoing: Some(&outgoing) };
                // The caller takes them over.
                let give = |()| outgoing.give().into_iter().for_each(std::mem::forget);
                reader.results(result, base, count, place).map(give)
            }
            false => {
                let reader = Reader { state, arena, integers, outgoing: None };
                reader.results(result, base, count, place)
            }
        };
        read.map_err(|mismatch| invalid_reply(method, mismatch))
    }
}

#[cold]
fn full() -> Failure {
    Failure::new(ErrorKind::Limit, "the stack is full")
}

/// Pushes a view for each argument that is seen through one.
///
/// # Safety
///
/// As for [`invoke`]; the stack has room for as many values and two more.
unsafe fn push_views(entered: &Entered<'_>, arguments: &Arguments<'_>) -> Result<(), Failure> {
    let (vm, state) = (entered.vm, entered.state());
    // SAFETY: the caller's promise; the arguments were checked.
    unsafe {
        for (plan, place) in arguments.views() {
            if plan.kind == TypeKind::SliceMut {
                let memory = (plan.element(), place.read());
                view::push(state, vm.views, memory, arguments.pushing.integers);
            } else {
                let (called, lent) = caller::lent(vm, state, plan, place.read())?;
                caller::push_lent(state, called, lent);
            }
        }
        Ok(())
    }
}

/// Ends the views that were pushed, from `first` on.
///
/// # Safety
///
/// [`push_views`] pushed what is on the stack there.
unsafe fn end_views(state: *mut lua_State, arguments: &Arguments<'_>, first: c_int) {
    // SAFETY: the caller's promise.
    unsafe {
        let pushed = first..=ffi::lua_gettop(state);
        for ((plan, _), index) in arguments.views().zip(pushed) {
            match plan.kind {
                TypeKind::SliceMut => view::kill(state, index),
                _ => caller::end(state, index),
            }
        }
    }
}

/// Pushes the function and the instance.
///
/// # Safety
///
/// The thread is in the interpreter, whose stack has room for two values.
#[inline]
unsafe fn push_callee(entered: &Entered<'_>, callee: Callee<'_>) {
    let state = entered.state();
    let slot = callee.method.slot;
    // SAFETY: the caller's promise; the references are the interpreter's.
    unsafe {
        if slot != 0 && entered.sees_slots() {
            ffi::lua_pushvalue(state, slot);
        } else {
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, callee.function);
        }
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, callee.instance.object);
    }
}

/// # Safety
///
/// As for [`push_callee`].
unsafe fn push_trampoline(entered: &Entered<'_>) {
    // SAFETY: the caller's promise.
    unsafe {
        if entered.sees_slots() {
            ffi::lua_pushvalue(entered.state(), TRAMPOLINE);
        } else {
            ffi::lua_pushcclosure(entered.state(), trampoline, 0);
        }
    }
}

/// # Safety
///
/// As for [`push_callee`].
unsafe fn push_handler(state: *mut lua_State) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        traceback::push_handler(state);
        ffi::lua_gettop(state)
    }
}

/// Pushes the arguments and calls, inside of one protected call. Gets the
/// [`Arguments`], the function, the instance, and the views.
pub(super) unsafe extern "C-unwind" fn trampoline(state: *mut lua_State) -> c_int {
    const FUNCTION: c_int = 2;
    const INSTANCE: c_int = 3;
    const FIRST_VIEW: c_int = 4;
    // SAFETY: only `invoke` pushes this function, with the arguments of its own
    // call, which outlive it; no frame has anything to drop.
    unsafe {
        let arguments = &*ffi::lua_touserdata(state, 1).cast::<Arguments<'_>>();
        let base = ffi::lua_gettop(state);
        ffi::luaL_checkstack_(state, arguments.slots(), c"too many arguments".as_ptr());
        ffi::lua_pushvalue(state, FUNCTION);
        ffi::lua_pushvalue(state, INSTANCE);
        push_within(arguments, state, FIRST_VIEW);
        let count = arguments.plan.arguments.len() as c_int + 1;
        ffi::lua_call(state, count, ffi::LUA_MULTRET);
        ffi::lua_gettop(state) - base
    }
}

/// As [`Arguments::push`], apart from the copy of it in the calls that need no trampoline.
///
/// # Safety
///
/// As for [`Arguments::push`]; has nothing to drop.
#[inline(never)]
unsafe fn push_within(arguments: &Arguments<'_>, state: *mut lua_State, first_view: c_int) {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { arguments.push(state, first_view) }
}

#[cold]
fn bad_argument(plan: &MethodPlan, i: usize, bad: BadArgument) -> Failure {
    let name = plan.arguments.get(i).map_or("", |plan| &plan.name);
    let what = match bad {
        BadArgument::Pointer => "has an invalid address or length",
        BadArgument::TooLarge => "is larger than anything that Lua can hold",
        BadArgument::Value => "is none of its type's values",
    };
    Failure::new(ErrorKind::InvalidArgument, format!("argument {} (`{name}`) {what}", i + 1))
}

#[cold]
fn invalid_reply(method: &Method, mismatch: Mismatch) -> Failure {
    let Difference { expected, got } = mismatch.into_difference();
    let message = format!("the method must return {expected} but returned {got}");
    Failure::new(ErrorKind::InvalidReply, message).with_traceback(method.defined.to_string())
}
