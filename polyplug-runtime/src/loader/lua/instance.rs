//! The life of an instance: made by the class, told to go, forgotten.

use std::ffi::{c_int, c_void};
use std::sync::Arc;

use mlua::ffi::{self, lua_State};
use polyplug_guest::abi::{CreateContext, ErrorBuffer, ErrorKind, Phase, RawSlice, Status};

use super::class::Class;
use super::context::{self, Told};
use super::dispatch::WAITS;
use super::traceback::{self, Failure};
use super::vm::Entered;

/// An instance, as the host holds it.
#[derive(Debug)]
pub(super) struct Instance {
    class: Arc<Class>,
    /// The object, as a reference into the registry.
    pub(super) object: c_int,
}

/// What a class is told, inside of a protected call.
struct Making<'c> {
    class: &'c Class,
    told: Told,
    /// What `restore` is to make the object of, instead of `new`.
    state: Option<RawSlice<u8>>,
}

impl Instance {
    pub(super) fn class(&self) -> &Class {
        &self.class
    }
}

const SLOTS: c_int = 16;

/// The function of
/// [`create_instance`](polyplug_guest::abi::GuestContractInterface).
pub(super) unsafe extern "C" fn create(
    context: *const CreateContext,
    instance: *mut *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends all of it for the call.
    unsafe { create_from(context, None, instance, error) }
}

/// Makes an instance by `new`, or by `restore` of a state.
///
/// # Safety
///
/// All is as for [`create`], and the state is lent for the call.
pub(super) unsafe fn create_from(
    context: *const CreateContext,
    state: Option<RawSlice<u8>>,
    instance: *mut *mut c_void,
    error: *mut ErrorBuffer,
) -> u32 {
    // SAFETY: the host lends context, place and buffer for the call, and in the
    // context the data of the contract's loader, which is a `Class` that an `Arc`
    // holds while its module is open.
    unsafe {
        let context = &*context;
        let class = context.loader_data.cast::<Class>().cast_const();
        Arc::increment_strong_count(class);
        let class = Arc::from_raw(class);
        let text = |text: polyplug_guest::abi::RawStr| RawSlice { ptr: text.ptr, len: text.len };
        let making = Making {
            class: &class,
            told: Told {
                config: context.config,
                bundle_name: text(context.bundle_name),
                path: text(context.path),
            },
            state,
        };
        let made = match class.vm().enter() {
            Ok(entered) => make(&entered, &making),
            Err(_) => Err(Failure::new(ErrorKind::Reentrant, WAITS)),
        };
        match made {
            Ok(object) => {
                let made = Box::new(Instance { class, object });
                instance.write(Box::into_raw(made).cast());
                Status::Ok as u32
            }
            Err(failure) => failure.report(error, Phase::Create),
        }
    }
}

/// # Safety
///
/// What `making` lends lives for the call.
unsafe fn make(entered: &Entered<'_>, making: &Making<'_>) -> Result<c_int, Failure> {
    let state = entered.state();
    // SAFETY: the thread is in the interpreter, whose stack has room; what can
    // raise is inside the protected call.
    unsafe {
        if ffi::lua_checkstack(state, SLOTS) == 0 {
            return Err(Failure::new(ErrorKind::Limit, "the stack is full"));
        }
        let top = ffi::lua_gettop(state);
        traceback::push_handler(state);
        let handler = top + 1;
        ffi::lua_pushcclosure(state, construct, 0);
        ffi::lua_pushlightuserdata(state, std::ptr::from_ref(making).cast_mut().cast());
        let made = entered.call(1, 2, handler).and_then(|()| {
            let maker = if making.state.is_some() { "restore" } else { "new" };
            take_object(state, maker)
        });
        ffi::lua_settop(state, top);
        made
    }
}

/// Takes what `new` or `restore` returned: an object, or nil and an error.
///
/// # Safety
///
/// Two values are on top of the stack, which has room for some more.
unsafe fn take_object(state: *mut lua_State, maker: &str) -> Result<c_int, Failure> {
    // SAFETY: the caller's promise.
    unsafe {
        let (first, second) = (ffi::lua_gettop(state) - 1, ffi::lua_gettop(state));
        if ffi::lua_type(state, first) == ffi::LUA_TTABLE {
            ffi::lua_settop(state, first);
            return Ok(ffi::luaL_ref(state, ffi::LUA_REGISTRYINDEX));
        }
        if ffi::lua_type(state, second) == ffi::LUA_TNIL {
            let message =
                format!("`{maker}` must return a table, or nil and why there can be none");
            return Err(Failure::new(ErrorKind::InvalidReply, message));
        }
        let (message, code) = traceback::described(state, second);
        Err(Failure::new(ErrorKind::Plugin, message).with_code(code))
    }
}

/// Makes an object. Gets the [`Making`].
unsafe extern "C-unwind" fn construct(state: *mut lua_State) -> c_int {
    // SAFETY: only `make` pushes this function, with what outlives the call; it
    // runs protected, and no frame has anything to drop.
    unsafe {
        let making = &*ffi::lua_touserdata(state, 1).cast::<Making<'_>>();
        let class = making.class;
        if let (Some(RawSlice { ptr, len }), Some(restore)) = (making.state, class.restore) {
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, restore);
            context::push(state, &making.told);
            let start = if len == 0 { c"".as_ptr() } else { ptr.cast() };
            ffi::lua_pushlstring_(state, start, len);
            ffi::lua_call(state, 2, 2);
        } else if let Some(new) = class.new {
            ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, new);
            context::push(state, &making.told);
            ffi::lua_call(state, 1, 2);
        } else {
            // An object of its own, so that nothing is shared by way of `self`.
            ffi::lua_createtable(state, 0, 0);
            ffi::lua_pushnil(state);
        }
        if ffi::lua_type(state, -2) == ffi::LUA_TTABLE {
            if ffi::lua_getmetatable(state, -2) != 0 {
                ffi::lua_settop(state, -2);
            } else {
                ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, class.metatable);
                ffi::lua_setmetatable(state, -3);
            }
        }
        2
    }
}

/// The function of
/// [`destroy_instance`](polyplug_guest::abi::GuestContractInterface). Never waits.
pub(super) unsafe extern "C" fn destroy(instance: *mut c_void, _error: *mut ErrorBuffer) -> u32 {
    // SAFETY: the host gives back what `create` made, once.
    let Instance { class, object } = *unsafe { Box::from_raw(instance.cast::<Instance>()) };
    let forget = move |entered: &Entered<'_>| {
        // SAFETY: the thread is in the interpreter whose reference it is.
        unsafe { ffi::luaL_unref(entered.state(), ffi::LUA_REGISTRYINDEX, object) }
    };
    class.vm().do_or_leave(Box::new(forget));
    Status::Ok as u32
}

/// The function of
/// [`unload_instance`](polyplug_guest::abi::GuestContractInterface). Never waits:
/// what another thread is left with is reported to the log.
pub(super) unsafe extern "C" fn unload(instance: *mut c_void, error: *mut ErrorBuffer) -> u32 {
    // SAFETY: the host lends what `create` made, when no call uses it any more.
    let Instance { class, object } = unsafe { &*instance.cast::<Instance>() };
    let (class, object) = (Arc::clone(class), *object);
    let told = Arc::new(std::sync::OnceLock::new());
    let (here, teller) = (std::thread::current().id(), Arc::clone(&told));
    let vm = Arc::clone(&class);
    vm.vm().do_or_leave(Box::new(move |entered: &Entered<'_>| {
        // SAFETY: the thread is in the interpreter whose object it is.
        let outcome = unsafe { tell(entered, &class, object) };
        if std::thread::current().id() == here {
            let _ = teller.set(outcome);
        } else if let Err(failure) = outcome {
            tracing::warn!(
                contract = &*class.contract,
                error = failure.message,
                "on_unload failed"
            );
        }
    }));
    match Arc::into_inner(told).and_then(std::sync::OnceLock::into_inner) {
        // SAFETY: the host lends the buffer for this call.
        Some(Err(failure)) => unsafe { failure.report(error, Phase::Unload) },
        _ => Status::Ok as u32,
    }
}

/// Calls `on_unload`.
///
/// # Safety
///
/// `object` is a reference of the interpreter that the thread is in.
unsafe fn tell(entered: &Entered<'_>, class: &Class, object: c_int) -> Result<(), Failure> {
    let Some(on_unload) = class.on_unload else { return Ok(()) };
    let state = entered.state();
    // SAFETY: the thread is in the interpreter, whose stack has room.
    unsafe {
        if ffi::lua_checkstack(state, SLOTS) == 0 {
            return Err(Failure::new(ErrorKind::Limit, "the stack is full"));
        }
        let top = ffi::lua_gettop(state);
        traceback::push_handler(state);
        let handler = top + 1;
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, on_unload);
        ffi::lua_rawgeti_(state, ffi::LUA_REGISTRYINDEX, object);
        let told = entered.call(1, 2, handler).and_then(|()| {
            let refuses = ffi::lua_type(state, -2) == ffi::LUA_TNIL
                && ffi::lua_type(state, -1) != ffi::LUA_TNIL;
            if !refuses {
                return Ok(());
            }
            let (message, code) = traceback::described(state, ffi::lua_gettop(state));
            Err(Failure::new(ErrorKind::Plugin, message).with_code(code))
        });
        ffi::lua_settop(state, top);
        told
    }
}
