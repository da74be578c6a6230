//! A call: from the uniform form of the ABI to a Lua function and back.

use std::ffi::{c_int, c_void};

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{CallArena, ErrorBuffer, ErrorKind, Phase, Status, TypeKind};

use super::caller::{self, Incoming, Outgoing};
use super::class::{Class, Method};
use super::instance::Instance;
use super::place::Place;
use super::plan::MethodPlan;
use super::pull::{Mismatch, Reader};
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
    let arguments = |proxies| Arguments { plan, values, pushing: Pushing { integers, proxies } };
    // SAFETY: the caller's promise; arguments are bound after they were checked.
    unsafe {
        let unbound = arguments(None);
        unbound.check().map_err(|(i, bad)| bad_argument(plan, i, bad))?;
        if !plan.has_proxies {
            return invoke(entered, method, instance, &unbound, room);
        }
        let mut proxies = Incoming::default();
        for (plan, place) in unbound.places() {
            proxies.bind((entered.vm, entered.state()), plan, place)?;
        }
        invoke(entered, method, instance, &arguments(Some(&proxies)), room)
    }
}

/// # Safety
///
/// `arguments` are those of the method and were checked, `instance` is one of its class,
/// and `room` is where its result goes, with the arena of the call.
#[inline]
unsafe fn invoke(
    entered: &Entered<'_>,
    method: &Method,
    instance: &Instance,
    arguments: &Arguments<'_>,
    (place, arena): (Place, *mut CallArena),
) -> Result<(), Failure> {
    let Some(function) = method.function else {
        return Err(Failure::new(ErrorKind::Unavailable, ""));
    };
    let state = entered.state();
    // SAFETY: the thread is in the interpreter, and what is on the stack from
    // `top` on is this call's own. Outside of the protected call nothing raises:
    // the stack has room, the arguments were checked, and the memory limit does
    // not hold for the host.
    unsafe {
        let plan = &method.plan;
        let slots = arguments.slots() + SLOTS + 2 * plan.views;
        if ffi::lua_checkstack(state, slots) == 0 {
            return Err(Failure::new(ErrorKind::Limit, "the stack is full"));
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
        let base = first_view + plan.views;
        let called = if arguments.raise_nothing() {
            push_callee(entered, method, function, instance);
            arguments.push(state, first_view);
            entered.call(plan.arguments.len() as c_int + 1, ffi::LUA_MULTRET, handler)
        } else {
            push_trampoline(entered);
            ffi::lua_pushlightuserdata(state, std::ptr::from_ref(arguments).cast_mut().cast());
            push_callee(entered, method, function, instance);
            for i in 0..plan.views {
                ffi::lua_pushvalue(state, first_view + i);
            }
            entered.call(3 + plan.views, ffi::LUA_MULTRET, handler)
        };
        let outcome = called.and_then(|()| {
            let count = ffi::lua_gettop(state) + 1 - base;
            let (integers, outgoing) = (arguments.pushing.integers, Outgoing::default());
            let reader = Reader { state, arena, integers, outgoing: &outgoing };
            // Many results may have filled the stack.
            if count > SLOTS / 2 && ffi::lua_checkstack(state, SLOTS) == 0 {
                return Err(Failure::new(ErrorKind::Limit, "the stack is full"));
            }
            let read = reader.results(&plan.result, base, count, place);
            read.map_err(|mismatch| invalid_reply(method, mismatch))?;
            // The caller takes them over.
            outgoing.give().into_iter().for_each(std::mem::forget);
            Ok(())
        });
        if plan.views > 0 {
            end_views(state, arguments, first_view);
        }
        ffi::lua_settop(state, top);
        outcome
    }
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
unsafe fn push_callee(
    entered: &Entered<'_>,
    method: &Method,
    function: c_int,
    instance: &Instance,
) {
    let state = entered.state();
    // SAFETY: the caller's promise; the references are the interpreter's.
    unsafe {
        if method.slot != 0 && entered.sees_slots() {
            ffi::lua_pushvalue(state, method.slot);
        } else {
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, function);
        }
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, instance.object);
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
        arguments.push(state, FIRST_VIEW);
        let count = arguments.plan.arguments.len() as c_int + 1;
        ffi::lua_call(state, count, ffi::LUA_MULTRET);
        ffi::lua_gettop(state) - base
    }
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
fn invalid_reply(method: &Method, Mismatch { expected, got }: Mismatch) -> Failure {
    let message = format!("the method must return {expected} but returned {got}");
    let traceback = method.defined.to_string();
    Failure { traceback, ..Failure::new(ErrorKind::InvalidReply, message) }
}
