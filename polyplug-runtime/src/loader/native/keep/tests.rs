use std::ffi::{CStr, c_int, c_void};
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::{fs, mem, ptr};

use super::imports::Function;
use super::*;

/// As if there were a library of which all code is that at `address`.
fn library(address: usize) -> Arc<Open> {
    static IDS: AtomicU64 = AtomicU64::new(1 << 32);

    let open = Arc::new(Open {
        mapping: None,
        range: address..address + 1,
        id: IDS.fetch_add(1, Ordering::Relaxed),
        threads: AtomicUsize::new(0),
        destructors: AtomicUsize::new(0),
    });
    OPEN.write().unwrap().push((open.range.clone(), Arc::downgrade(&open)));
    open
}

/// What comes of a thread with `attributes`: the error, or what it leaves.
fn run(
    start: unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void,
    attributes: *const libc::pthread_attr_t,
) -> Result<usize, c_int> {
    let mut thread = 0;
    let argument = ptr::without_provenance_mut(6);
    // SAFETY: the functions below take any number.
    match unsafe { threads::create(&mut thread, attributes, Some(start), argument) } {
        0 => {}
        error => return Err(error),
    }
    let mut left = ptr::null_mut();
    // SAFETY: the thread was started, and is joined once.
    assert_eq!(unsafe { libc::pthread_join(thread, &mut left) }, 0);
    Ok(left.addr())
}

#[test]
fn a_thread_gives_its_library_up_when_it_returns_or_cannot_be_started() {
    unsafe extern "C-unwind" fn add(argument: *mut c_void) -> *mut c_void {
        assert_eq!(library_at(add as *const () as usize).unwrap().strong_count(), 2);
        ptr::without_provenance_mut(argument.addr() + 1)
    }

    let library = library(add as *const () as usize);
    assert_eq!(run(add, ptr::null()), Ok(7));
    let mut attributes = mem::MaybeUninit::uninit();
    // SAFETY: they are initialised first.
    let attributes = unsafe {
        assert_eq!(libc::pthread_attr_init(attributes.as_mut_ptr()), 0);
        assert_eq!(libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), 1 << 50), 0);
        attributes.assume_init()
    };
    assert!(run(add, &attributes).is_err());
    assert_eq!(Arc::strong_count(&library), 1);
    assert_eq!(library.threads.load(Ordering::Relaxed), 0);
}

#[test]
fn a_thread_that_leaves_by_pthread_exit_keeps_its_library() {
    unsafe extern "C-unwind" {
        fn pthread_exit(left: *mut c_void) -> !;
    }

    unsafe extern "C-unwind" fn leave(argument: *mut c_void) -> *mut c_void {
        // SAFETY: no frame of the thread has anything to drop.
        unsafe { pthread_exit(argument) }
    }

    let library = library(leave as *const () as usize);
    assert_eq!(run(leave, ptr::null()), Ok(6));
    assert_eq!(Arc::strong_count(&library), 2);
    assert_eq!(library.why(), "1 thread of the library runs");
}

#[test]
fn a_key_calls_its_destructor_in_each_thread_until_it_is_deleted() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn count(value: *mut c_void) {
        CALLS.fetch_add(value.addr(), Ordering::Relaxed);
    }

    let library = library(count as *const () as usize);
    let mut key = 0;
    // SAFETY: the destructor takes any number, and the key is deleted after its last use.
    let set = |key, value| unsafe { keys::set(key, ptr::without_provenance(value)) };
    // SAFETY: as above.
    assert_eq!(unsafe { keys::create(&mut key, Some(count)) }, 0);
    let value = std::thread::spawn(move || {
        assert_eq!((set(key, 5), set(key, 3)), (0, 0));
        // SAFETY: the key is there.
        unsafe { keys::get(key) }.addr()
    });
    assert_eq!(value.join().unwrap(), 3);
    std::thread::spawn(move || assert_eq!((set(key, 5), set(key, 0)), (0, 0))).join().unwrap();
    assert_eq!(CALLS.load(Ordering::Relaxed), 3);
    std::thread::spawn(move || {
        assert_eq!(set(key, 5), 0);
        assert_eq!(library_at(count as *const () as usize).unwrap().strong_count(), 2);
        // SAFETY: nobody uses it any more.
        assert_eq!(unsafe { keys::delete(key) }, 0);
    })
    .join()
    .unwrap();
    assert_eq!(CALLS.load(Ordering::Relaxed), 3, "no destructor is called for what was deleted");
    assert_eq!(Arc::strong_count(&library), 1);
}

#[test]
fn destructors_of_keys_see_the_other_values_and_may_leave_more() {
    static KEYS: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
    static SEEN: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

    unsafe extern "C" fn look(value: *mut c_void) {
        let other = KEYS[1].load(Ordering::Relaxed);
        // SAFETY: the key is there.
        let seen = unsafe { keys::get(other) }.addr();
        SEEN.lock().unwrap().push((value.addr(), seen));
        if value.addr() < 9 {
            // SAFETY: the destructors take any number.
            unsafe {
                let first = KEYS[0].load(Ordering::Relaxed);
                assert_eq!(keys::set(first, value.wrapping_byte_add(1)), 0);
            }
        }
    }

    let library = library(look as *const () as usize);
    for key in &KEYS {
        let mut number = 0;
        // SAFETY: the destructor takes any number.
        assert_eq!(unsafe { keys::create(&mut number, Some(look)) }, 0);
        key.store(number, Ordering::Relaxed);
    }
    let set = |key: usize, value| {
        // SAFETY: the destructor takes any number.
        unsafe { keys::set(KEYS[key].load(Ordering::Relaxed), ptr::without_provenance(value)) }
    };
    std::thread::spawn(move || assert_eq!((set(0, 1), set(1, 20)), (0, 0))).join().unwrap();
    // As often as the system would, and then no more.
    assert_eq!(*SEEN.lock().unwrap(), [(1, 20), (20, 0), (2, 0), (3, 0), (4, 0)]);
    assert_eq!(Arc::strong_count(&library), 1);
}

#[test]
fn keys_are_not_used_up() {
    unsafe extern "C" fn nothing(_: *mut c_void) {}

    let _library = library(nothing as *const () as usize);
    std::thread::spawn(|| {
        // Twice as many as the system has.
        for _ in 0..2048 {
            let mut key = 0;
            // SAFETY: the destructor takes anything.
            unsafe {
                assert_eq!(keys::create(&mut key, Some(nothing)), 0);
                assert_eq!(keys::set(key, ptr::without_provenance(1)), 0);
            }
        }
    })
    .join()
    .unwrap();
}

#[test]
fn the_slots_of_a_file_are_where_the_system_wrote_the_functions() {
    unsafe extern "C" fn first(
        info: *mut libc::dl_phdr_info,
        _: usize,
        base: *mut c_void,
    ) -> c_int {
        // SAFETY: `base` is the number below, and the program itself comes first.
        unsafe {
            assert!(CStr::from_ptr((*info).dlpi_name).is_empty());
            *base.cast() = (*info).dlpi_addr as usize;
        }
        1
    }

    let imports = Imports::of(&fs::read("/proc/self/exe").unwrap());
    let mut base = 0_usize;
    // SAFETY: `first` takes the number for the call alone.
    unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut base).cast()) };
    assert!(imports.image.contains(&(first as *const () as usize - base)));
    let mut found = 0;
    for (offset, function) in imports.slots {
        // Sanitizers put no function of their own in the place of this one.
        if function == Function::SetKey {
            // SAFETY: the slot is in the program's data, which is not changed any more.
            let value = unsafe { *ptr::with_exposed_provenance::<usize>(base + offset) };
            assert_eq!(value, libc::pthread_setspecific as *const () as usize);
            found += 1;
        }
    }
    assert!(found > 0);
}

#[test]
fn what_cannot_be_read_has_no_imports() {
    assert_eq!(Imports::of(b"no library"), Imports::default());
}
