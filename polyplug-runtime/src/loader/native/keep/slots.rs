//! Giving an open library our functions in place of the system's.

use std::ffi::{CStr, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use polyplug_guest::abi::BundleEntry;

use super::imports::{Function, Imports};
use super::{keys, locals, threads};

/// Where the library at `path` is, which `entry` lies in: what its offsets are added to.
pub(super) fn base_of(entry: BundleEntry, path: &Path, imports: &Imports) -> Option<usize> {
    let mut info = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: it compares the address with those of what is open, and fills `info`.
    let found = unsafe { libc::dladdr(entry as *const c_void, info.as_mut_ptr()) } != 0;
    if !found {
        return None;
    }
    // SAFETY: it was filled, and the name is a C string of the dynamic loader's, which
    // stays while the library is open.
    let (info, name) = unsafe {
        let info = info.assume_init();
        (info, CStr::from_ptr(info.dli_fname))
    };
    // The entry may be one that another library exports.
    if name.to_bytes() != path.as_os_str().as_bytes() {
        return None;
    }
    // It is told where the first page is.
    (info.dli_fbase as usize).checked_sub(imports.image.start & !(page_size() - 1))
}

/// Writes the addresses of our functions over those of the system's: all, or none where it
/// fails, because those for keys go together.
///
/// # Safety
///
/// The library that `imports` were read from is mapped at `base`.
pub(super) unsafe fn redirect(base: usize, imports: &Imports) -> io::Result<()> {
    if imports.slots.is_empty() {
        return Ok(());
    }
    // As the dynamic loader does: whole pages, and what is on the last one in part stays.
    let page = page_size();
    let start = (base + imports.read_only.start) & !(page - 1);
    let end = (base + imports.read_only.end) & !(page - 1);
    let protect = |protection| {
        if end <= start {
            return Ok(());
        }
        // SAFETY: these pages are data of the library, which the dynamic loader has written
        // and protected, and nobody else changes. What can be written can be read as before.
        match unsafe { libc::mprotect(ptr::without_provenance_mut(start), end - start, protection) }
        {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    protect(libc::PROT_READ | libc::PROT_WRITE)?;
    for (offset, function) in &imports.slots {
        let slot = ptr::with_exposed_provenance_mut::<*mut c_void>(base + offset);
        // SAFETY: it is aligned and inside of a segment that can be written. A thread that
        // a constructor has started may read it meanwhile, and finds either function.
        let slot = unsafe { AtomicPtr::from_ptr(slot) };
        // Null where the system has no such function, which the library asks for.
        if !slot.load(Ordering::Relaxed).is_null() {
            slot.store(replacement(*function), Ordering::Relaxed);
        }
    }
    if let Err(error) = protect(libc::PROT_READ) {
        tracing::warn!(%error, "the library's slots can still be written");
    }
    Ok(())
}

fn replacement(function: Function) -> *mut c_void {
    match function {
        Function::CreateThread => threads::create as *mut c_void,
        Function::AtThreadExit => locals::at_thread_exit as *mut c_void,
        Function::CreateKey => keys::create as *mut c_void,
        Function::DeleteKey => keys::delete as *mut c_void,
        Function::GetKey => keys::get as *mut c_void,
        Function::SetKey => keys::set as *mut c_void,
    }
}

fn page_size() -> usize {
    // SAFETY: it returns a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}
