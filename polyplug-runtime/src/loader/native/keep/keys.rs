//! Thread-locals by POSIX keys, of which the destructors keep the library they are in.
//!
//! The system calls a key's destructor wherever it was, and libraries give no key back when
//! they go. So a library's key gets no destructor from the system: `end`, the destructor of
//! the one key that is ours, calls those for which its thread has something, and a key goes
//! with its library.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use libc::pthread_key_t;

use super::locals::Destructor;
use super::{Keeper, Open, Reason, library_at};

/// A library's key with a destructor in the library.
struct Key {
    number: pthread_key_t,
    destructor: Destructor,
    library: Weak<Open>,
    id: u64,
    deleted: AtomicBool,
}

/// What a thread has to do at its end, as `OURS` holds it.
type AtEnd = Vec<(Arc<Key>, Keeper)>;

/// Locked for moments, in which nothing is called.
static KEYS: RwLock<BTreeMap<pthread_key_t, Arc<Key>>> = RwLock::new(BTreeMap::new());

/// The key of ours, or the error that there is none.
static OURS: OnceLock<Result<pthread_key_t, c_int>> = OnceLock::new();

fn ours() -> Result<pthread_key_t, c_int> {
    *OURS.get_or_init(|| {
        let mut key = 0;
        // SAFETY: `end` may be called with whatever is stored under it, by `remember`.
        match unsafe { libc::pthread_key_create(&mut key, Some(end)) } {
            0 => Ok(key),
            error => Err(error),
        }
    })
}

/// As `pthread_key_create`, for a key that keeps the library in which `destructor` lies for
/// each thread that has a value.
///
/// # Safety
///
/// As for `pthread_key_create`.
pub(super) unsafe extern "C" fn create(
    key: *mut pthread_key_t,
    destructor: Option<Destructor>,
) -> c_int {
    let library = destructor.and_then(|it| library_at(it as usize));
    let open = library.as_ref().and_then(Weak::upgrade);
    let (Some(destructor), Some(library), Some(open)) = (destructor, library, open) else {
        // SAFETY: it is passed on as it came.
        let status = unsafe { libc::pthread_key_create(key, destructor) };
        if status == 0 {
            // SAFETY: it was filled. Who had the number before gave it back past us.
            withdraw(unsafe { *key });
        }
        return status;
    };
    if let Err(error) = ours() {
        return error;
    }
    // SAFETY: the caller's promise.
    let status = unsafe { libc::pthread_key_create(key, None) };
    if status == 0 {
        // SAFETY: it was filled.
        let number = unsafe { *key };
        withdraw(number);
        let deleted = AtomicBool::new(false);
        let key = Arc::new(Key { number, destructor, library, id: open.id, deleted });
        KEYS.write().unwrap_or_else(PoisonError::into_inner).insert(number, key);
    }
    status
}

/// As `pthread_key_delete`.
///
/// # Safety
///
/// As for `pthread_key_delete`.
pub(super) unsafe extern "C" fn delete(key: pthread_key_t) -> c_int {
    // Before the number can become another one's.
    withdraw(key);
    // SAFETY: the caller's promise.
    unsafe { libc::pthread_key_delete(key) }
}

/// As `pthread_setspecific`.
///
/// # Safety
///
/// As for `pthread_setspecific`.
pub(super) unsafe extern "C" fn set(key: pthread_key_t, value: *const c_void) -> c_int {
    if !value.is_null()
        && let Some(known) = known(key)
        && !is_first_thread()
        && let Err(error) = remember(known)
    {
        return error;
    }
    // SAFETY: the caller's promise.
    unsafe { libc::pthread_setspecific(key, value) }
}

/// Gives back the keys of a library that is gone: no thread has anything for them.
pub(super) fn forget(library: u64) {
    let mut keys = KEYS.write().unwrap_or_else(PoisonError::into_inner);
    keys.retain(|number, key| {
        if key.id == library {
            // SAFETY: only the library knew it.
            unsafe { libc::pthread_key_delete(*number) };
        }
        key.id != library
    });
}

fn known(number: pthread_key_t) -> Option<Arc<Key>> {
    KEYS.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
}

/// Whether this is the thread with which the process began. Its end is that of the process,
/// at which no key's destructor is called, and so it keeps no library.
fn is_first_thread() -> bool {
    // SAFETY: neither changes anything.
    unsafe { libc::getpid() == libc::gettid() }
}

fn withdraw(number: pthread_key_t) {
    let key = KEYS.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
    if let Some(key) = key {
        // Whoever deletes a key sees to it that no other thread uses it.
        key.deleted.store(true, Ordering::Relaxed);
    }
}

/// Has this thread call the key's destructor at its end, if it then has a value for it.
///
/// What is remembered stays when the value becomes null: the library must not go while it
/// is what calls here.
fn remember(key: Arc<Key>) -> Result<(), c_int> {
    let ours = ours()?;
    // SAFETY: the key is ours, and there is null or what is stored below.
    let mut at_end = unsafe { libc::pthread_getspecific(ours) }.cast::<AtEnd>();
    if at_end.is_null() {
        at_end = Box::into_raw(Box::default());
        // SAFETY: the key is ours.
        let status = unsafe { libc::pthread_setspecific(ours, at_end.cast()) };
        if status != 0 {
            // SAFETY: it was not stored.
            drop(unsafe { Box::from_raw(at_end) });
            return Err(status);
        }
    }
    // SAFETY: only this thread reaches it, here and in `end`, and nothing is called
    // meanwhile that comes here again.
    let at_end = unsafe { &mut *at_end };
    if at_end.iter().any(|(known, _)| Arc::ptr_eq(known, &key)) {
        return Ok(());
    }
    // Without a library there is nothing to call.
    if let Some(keeper) = Keeper::upgrade(&key.library, Reason::Destructor) {
        at_end.push((key, keeper));
    }
    Ok(())
}

/// Calls the destructors for what a thread has at its end.
///
/// The system calls this again, up to a limit, if they leave it something new. What is
/// left beyond the limit keeps its library for good.
///
/// # Safety
///
/// `at_end` is what `remember` made, and nobody else has it.
unsafe extern "C" fn end(at_end: *mut c_void) {
    // SAFETY: the caller's promise; the system has set what it had to null.
    let at_end = unsafe { Box::from_raw(at_end.cast::<AtEnd>()) };
    for (key, keeper) in *at_end {
        if !key.deleted.load(Ordering::Relaxed) {
            // SAFETY: the key was not deleted, and so neither becomes another one's.
            let value = unsafe { libc::pthread_getspecific(key.number) };
            if !value.is_null() {
                // SAFETY: the key is the library's, which is kept, and it says that its
                // destructor may be called with a value when that was set to null.
                unsafe {
                    libc::pthread_setspecific(key.number, ptr::null());
                    (key.destructor)(value);
                }
            }
        }
        drop(keeper);
    }
}
