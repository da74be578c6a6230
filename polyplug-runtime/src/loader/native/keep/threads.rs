//! Threads that keep the library in which they begin.

use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;

use super::{Keeper, Reason};

/// What a thread begins with. `pthread_exit` unwinds it.
type Start = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

unsafe extern "C" {
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const libc::pthread_attr_t,
        start: Option<Start>,
        argument: *mut c_void,
    ) -> c_int;
}

struct Task {
    start: Start,
    argument: *mut c_void,
    keeper: Keeper,
}

/// As `pthread_create`, but that the library which `start` lies in stays until it returns.
///
/// # Safety
///
/// As for `pthread_create`.
pub(super) unsafe extern "C" fn create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    start: Option<Start>,
    argument: *mut c_void,
) -> c_int {
    let keeper = start.and_then(|start| Keeper::of(start as usize, Reason::Thread));
    let (Some(start), Some(keeper)) = (start, keeper) else {
        // SAFETY: it is passed on as it came.
        return unsafe { pthread_create(thread, attributes, start, argument) };
    };
    let task = Box::into_raw(Box::new(Task { start, argument, keeper }));
    // SAFETY: the caller's, but for what begins, which gets what it takes.
    let status = unsafe { pthread_create(thread, attributes, Some(run), task.cast()) };
    if status != 0 {
        // SAFETY: no thread was started, so the task still is ours.
        drop(unsafe { Box::from_raw(task) });
    }
    status
}

/// Runs a task and gives the library up.
///
/// Destructors of the thread's thread-locals run after this, also the library's: each has
/// a reference of its own (`locals`, `keys`), and glibc counts those that were registered
/// by way of another library.
///
/// # Safety
///
/// `task` is one that nobody else has.
unsafe extern "C-unwind" fn run(task: *mut c_void) -> *mut c_void {
    // SAFETY: the caller's promise.
    let Task { start, argument, keeper } = *unsafe { Box::from_raw(task.cast::<Task>()) };
    // While the function runs this frame has nothing to drop: `pthread_exit` may unwind it.
    // The library then stays for good.
    let keeper = ManuallyDrop::new(keeper);
    // SAFETY: `create`'s caller says that it may be called with this on a thread of its own,
    // and its library is kept.
    let result = unsafe { start(argument) };
    drop(ManuallyDrop::into_inner(keeper));
    result
}
