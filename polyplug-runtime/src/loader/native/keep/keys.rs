//! Thread-locals by POSIX keys, of which the destructors keep the library they are in.
//!
//! The system calls a key's destructor wherever it was, libraries give no key back when
//! they go, and there are some thousand keys for the whole process. So a library's key is
//! none of the system's: its number is one that the system never gives, each thread has its
//! values by the one key that is ours, and `end`, the destructor of that, calls those of the
//! libraries.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use libc::pthread_key_t;

use super::locals::Destructor;
use super::{Keeper, Open, Reason, library_at};

/// The first number of ours. Those of the system are places in a table.
const FIRST: pthread_key_t = 1 << 31;

/// How often the destructors of a thread are gone through, as they may leave new values:
/// `PTHREAD_DESTRUCTOR_ITERATIONS`.
const ROUNDS: usize = 4;

/// A library's key with a destructor in the library.
struct Key {
    destructor: Destructor,
    library: Weak<Open>,
    id: u64,
    /// It was deleted, or its library is gone.
    is_over: AtomicBool,
}

/// What a thread has for a key.
struct Value {
    number: pthread_key_t,
    key: Arc<Key>,
    value: *const c_void,
    /// None on the thread with which the process began.
    _keeper: Option<Keeper>,
}

/// What a thread has, as `OURS` holds it.
type Values = Vec<Value>;

/// The keys that are not deleted. Numbers are given once.
struct Keys {
    by_number: BTreeMap<pthread_key_t, Arc<Key>>,
    next: pthread_key_t,
}

/// Locked for moments, in which nothing is called.
static KEYS: RwLock<Keys> = RwLock::new(Keys { by_number: BTreeMap::new(), next: FIRST });

/// The key of ours, or the error that there is none.
static OURS: OnceLock<Result<pthread_key_t, c_int>> = OnceLock::new();

fn ours() -> Result<pthread_key_t, c_int> {
    *OURS.get_or_init(|| {
        let mut key = 0;
        // SAFETY: `end` may be called with whatever is stored under it, by `set`.
        match unsafe { libc::pthread_key_create(&mut key, Some(end)) } {
            0 => Ok(key),
            error => Err(error),
        }
    })
}

/// As `pthread_key_create`, for a key that keeps the library in which `destructor` lies for
/// each thread that has had a value.
///
/// # Safety
///
/// As for `pthread_key_create`.
pub(super) unsafe extern "C" fn create(
    key: *mut pthread_key_t,
    destructor: Option<Destructor>,
) -> c_int {
    let library = destructor.and_then(|it| library_at(it as usize));
    let id = library.as_ref().and_then(Weak::upgrade).map(|open| open.id);
    let (Some(destructor), Some(library), Some(id)) = (destructor, library, id) else {
        // SAFETY: it is passed on as it came.
        return unsafe { libc::pthread_key_create(key, destructor) };
    };
    if let Err(error) = ours() {
        return error;
    }
    let made = Arc::new(Key { destructor, library, id, is_over: AtomicBool::new(false) });
    let mut keys = KEYS.write().unwrap_or_else(PoisonError::into_inner);
    let number = keys.next;
    let Some(next) = number.checked_add(1) else { return libc::EAGAIN };
    keys.next = next;
    keys.by_number.insert(number, made);
    // SAFETY: the caller's promise.
    unsafe { key.write(number) }
    0
}

/// As `pthread_key_delete`.
///
/// # Safety
///
/// As for `pthread_key_delete`.
pub(super) unsafe extern "C" fn delete(key: pthread_key_t) -> c_int {
    if key < FIRST {
        // SAFETY: it is passed on as it came.
        return unsafe { libc::pthread_key_delete(key) };
    }
    let mut keys = KEYS.write().unwrap_or_else(PoisonError::into_inner);
    let Some(key) = keys.by_number.remove(&key) else { return libc::EINVAL };
    // Relaxed: whoever deletes a key sees to it that no other thread uses it.
    key.is_over.store(true, Ordering::Relaxed);
    0
}

/// As `pthread_getspecific`.
///
/// # Safety
///
/// As for `pthread_getspecific`.
pub(super) unsafe extern "C" fn get(key: pthread_key_t) -> *mut c_void {
    if key < FIRST {
        // SAFETY: it is passed on as it came.
        return unsafe { libc::pthread_getspecific(key) };
    }
    // SAFETY: nothing is called while the reference lives.
    let values = unsafe { of_this_thread() };
    let mut all = values.into_iter().flatten();
    let value = all.find(|value| value.number == key).map(|value| value.value);
    value.unwrap_or_default().cast_mut()
}

/// As `pthread_setspecific`.
///
/// # Safety
///
/// As for `pthread_setspecific`.
pub(super) unsafe extern "C" fn set(key: pthread_key_t, value: *const c_void) -> c_int {
    if key < FIRST {
        // SAFETY: it is passed on as it came.
        return unsafe { libc::pthread_setspecific(key, value) };
    }
    match remember(key, value) {
        Ok(()) => 0,
        Err(error) => error,
    }
}

/// Forgets the keys of a library that is gone. What threads still have for them is never
/// looked at: no thread is in code that knows the numbers.
pub(super) fn forget(library: u64) {
    let mut keys = KEYS.write().unwrap_or_else(PoisonError::into_inner);
    for (_, key) in keys.by_number.extract_if(.., |_, key| key.id == library) {
        // Relaxed: it is only looked at to free what nobody asks for.
        key.is_over.store(true, Ordering::Relaxed);
    }
}

/// Stores what this thread has for a key.
///
/// What keeps the library stays when the value becomes null: the library must not go while
/// it is what calls here.
fn remember(number: pthread_key_t, value: *const c_void) -> Result<(), c_int> {
    // SAFETY: nothing is called while the reference lives.
    let values = unsafe { of_this_thread() };
    let mut all = values.into_iter().flatten();
    if let Some(known) = all.find(|known| known.number == number) {
        known.value = value;
        return Ok(());
    }
    let key = KEYS.read().unwrap_or_else(PoisonError::into_inner).by_number.get(&number).cloned();
    let Some(key) = key else { return Err(libc::EINVAL) };
    if value.is_null() {
        return Ok(());
    }
    // Without a library there will be nothing to call.
    let keeper = match is_first_thread() {
        true => None,
        false => Keeper::upgrade(&key.library, Reason::Destructor),
    };
    // What is of no use any more. It goes after this, as it may close another library.
    let mut useless = Vec::new();
    // SAFETY: nothing is called while the reference lives.
    if let Some(values) = unsafe { of_this_thread() } {
        let is_useless = |value: &mut Value| value.key.is_over.load(Ordering::Relaxed);
        useless.extend(values.extract_if(.., is_useless));
        values.push(Value { number, key, value, _keeper: keeper });
        return Ok(());
    }
    let ours = ours()?;
    let values: *mut Values =
        Box::into_raw(Box::new(vec![Value { number, key, value, _keeper: keeper }]));
    // SAFETY: the key is ours, and holds what `end` takes.
    match unsafe { libc::pthread_setspecific(ours, values.cast()) } {
        0 => Ok(()),
        status => {
            // SAFETY: it was not stored.
            drop(unsafe { Box::from_raw(values) });
            Err(status)
        }
    }
}

/// What this thread has, if it ever had something.
///
/// # Safety
///
/// The reference is gone before anything is called that may ask again.
unsafe fn of_this_thread<'a>() -> Option<&'a mut Values> {
    let ours = ours().ok()?;
    // SAFETY: the key is ours: there is null, or what `remember` stored and `end` has not
    // taken out, which only this thread reaches.
    unsafe { libc::pthread_getspecific(ours).cast::<Values>().as_mut() }
}

/// Whether this is the thread with which the process began. When that returns from `main`
/// the process ends, and no key's destructor is called: so it keeps no library.
fn is_first_thread() -> bool {
    // SAFETY: neither changes anything.
    unsafe { libc::getpid() == libc::gettid() }
}

/// Calls the destructors for what a thread has at its end.
///
/// # Safety
///
/// `values` is what `remember` stored, and the system has set the key to null.
unsafe extern "C" fn end(values: *mut c_void) {
    let Ok(ours) = ours() else { return };
    // Destructors may ask for what there is, and leave more.
    // SAFETY: the key is ours, and holds what it held.
    let is_there = unsafe { libc::pthread_setspecific(ours, values) } == 0;
    for _ in 0..ROUNDS {
        if !is_there || !end_once() {
            break;
        }
    }
    // SAFETY: the key is ours, and holds nothing any more.
    unsafe { libc::pthread_setspecific(ours, ptr::null()) };
    // SAFETY: the caller's promise; nobody reaches it any more. What it keeps goes here, with
    // no frame of a library below.
    drop(unsafe { Box::from_raw(values.cast::<Values>()) });
}

/// Calls the destructor of each key for which this thread has a value. Says whether there
/// was one.
fn end_once() -> bool {
    let mut any = false;
    let mut at = 0;
    // SAFETY: the reference is gone before the destructor is called.
    while let Some(value) = unsafe { of_this_thread() }.and_then(|values| values.get_mut(at)) {
        let Value { key, value, .. } = value;
        let (key, value) = (Arc::clone(key), std::mem::take(value));
        at += 1;
        if value.is_null() || key.is_over.load(Ordering::Relaxed) {
            continue;
        }
        // Also where the thread keeps it: its own code may delete the key.
        let Some(keeper) = Keeper::upgrade(&key.library, Reason::Destructor) else { continue };
        any = true;
        // SAFETY: the library is kept, and says that its destructor may be called with a value
        // when that was set to null.
        unsafe { (key.destructor)(value.cast_mut()) };
        drop(keeper);
    }
    any
}
