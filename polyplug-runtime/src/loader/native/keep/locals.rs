//! Destructors of thread-locals, which keep the library in which they are.

use std::ffi::{c_int, c_void};

use super::{Keeper, Reason};

pub(super) type Destructor = unsafe extern "C" fn(*mut c_void);

unsafe extern "C" {
    fn __cxa_thread_atexit_impl(
        destructor: Option<Destructor>,
        object: *mut c_void,
        library: *mut c_void,
    ) -> c_int;
}

struct AtExit {
    destructor: Destructor,
    object: *mut c_void,
    keeper: Keeper,
}

/// As `__cxa_thread_atexit_impl`, but that the library which `destructor` lies in stays by
/// a reference of ours until it was called, and goes with it if that is the last one.
///
/// With glibc's own count it would only go when any other library is closed, and a thread
/// that the destructor starts could not keep it.
///
/// # Safety
///
/// As for `__cxa_thread_atexit_impl`.
pub(super) unsafe extern "C" fn at_thread_exit(
    destructor: Option<Destructor>,
    object: *mut c_void,
    library: *mut c_void,
) -> c_int {
    let keeper = destructor.and_then(|it| Keeper::of(it as usize, Reason::Destructor));
    let (Some(destructor), Some(keeper)) = (destructor, keeper) else {
        // SAFETY: it is passed on as it came.
        return unsafe { __cxa_thread_atexit_impl(destructor, object, library) };
    };
    let at_exit = Box::into_raw(Box::new(AtExit { destructor, object, keeper }));
    // Any address in the library that is to stay until then: the one with `run` in it.
    let here = run as *mut c_void;
    // SAFETY: `run` is called once with what it takes.
    let status = unsafe { __cxa_thread_atexit_impl(Some(run), at_exit.cast(), here) };
    if status != 0 {
        // SAFETY: it was not registered, so it still is ours.
        drop(unsafe { Box::from_raw(at_exit) });
    }
    status
}

/// # Safety
///
/// `at_exit` is one that nobody else has.
unsafe extern "C" fn run(at_exit: *mut c_void) {
    // SAFETY: the caller's promise.
    let AtExit { destructor, object, keeper } = *unsafe { Box::from_raw(at_exit.cast::<AtExit>()) };
    // SAFETY: who registered it says that it may be called with this at the thread's end,
    // and its library is kept.
    unsafe { destructor(object) };
    drop(keeper);
}
