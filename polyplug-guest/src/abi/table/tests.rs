use std::ffi::c_void;
use std::ptr;

use super::*;
use crate::abi::{DispatchKind, RawStr, Status};
use crate::host::RequestError;
use crate::identity::ContractVersion;

const WORD: usize = size_of::<usize>();

/// Memory of exactly `size` bytes, in words, that begins with `size`: reading beyond
/// it is reading beyond an allocation.
fn table(size: usize, fill: usize) -> Vec<usize> {
    let mut words = vec![fill; size.div_ceil(WORD)];
    words[0] = size;
    words
}

fn copied<T: PlainTable>(words: &[usize]) -> Result<T, Invalid> {
    // SAFETY: the words are as many as the first of them says.
    unsafe { copy_table(words.as_ptr().cast()) }
}

#[test]
fn what_a_shorter_table_lacks_is_absent() {
    let mut words = table(GuestContractInterface::FIRST_SIZE, 0);
    words[1] = 0x1dea;
    let copy: GuestContractInterface = copied(&words).unwrap();
    assert_eq!((copy.size, copy.contract_id), (GuestContractInterface::FIRST_SIZE, 0x1dea));
    assert!(copy.save_instance.is_none() && copy.restore_instance.is_none());
    assert!(copy.uniform.is_null());

    let copy: CreateContext = copied(&table(CreateContext::FIRST_SIZE, WORD)).unwrap();
    assert_eq!(copy.loader_data as usize, WORD);
    assert!(copy.host.is_null());
}

#[test]
fn each_later_field_is_read_once_the_table_is_that_long() {
    let at = std::mem::offset_of!(GuestContractInterface, save_instance);
    for size in (at..=size_of::<GuestContractInterface>()).step_by(WORD) {
        let mut words = table(size, 0);
        words[at / WORD..].fill(usize::MAX);
        let copy: GuestContractInterface = copied(&words).unwrap();
        assert_eq!(copy.save_instance.is_some(), size >= at + WORD, "{size}");
        assert_eq!(copy.restore_instance.is_some(), size >= at + 2 * WORD, "{size}");
        assert_eq!(!copy.uniform.is_null(), size >= at + 3 * WORD, "{size}");
    }
}

#[test]
fn what_a_longer_table_has_besides_is_passed_over() {
    for size in [size_of::<GuestContractInterface>() + WORD, 512, 1 << 20] {
        let mut words = table(size, usize::MAX);
        words[std::mem::offset_of!(GuestContractInterface, dispatch_kind) / WORD] = 1;
        let copy: GuestContractInterface = copied(&words).unwrap();
        assert_eq!(DispatchKind::from_u32(copy.dispatch_kind), Some(DispatchKind::Native));
        assert_eq!(copy.size, size);
    }
}

#[test]
fn a_table_of_no_version_is_refused() {
    fn refuses<T: PlainTable>() {
        for size in [0, 1, WORD, T::FIRST_SIZE - WORD, T::FIRST_SIZE - 1] {
            let words = [size, 0];
            assert_eq!(copied::<T>(&words).err(), Some(Invalid::Size), "{size}");
        }
        for size in [T::FIRST_SIZE + 1, 4096 - 1, usize::MAX] {
            // Nothing but the size is looked at.
            assert_eq!(copied::<T>(&[size]).err(), Some(Invalid::Size), "{size}");
        }
        // SAFETY: null and misaligned pointers are not followed.
        unsafe {
            assert_eq!(copy_table(ptr::null::<T>()).err(), Some(Invalid::Null));
            let misaligned = ptr::without_provenance::<T>(WORD + 1);
            assert_eq!(copy_table(misaligned).err(), Some(Invalid::Alignment));
        }
    }
    refuses::<ArgumentSchema>();
    refuses::<ContractClient>();
    refuses::<ContractSchema>();
    refuses::<CreateContext>();
    refuses::<GuestContractInterface>();
    refuses::<LogRecord>();
    refuses::<MethodSchema>();
    refuses::<ProxyRequest>();
    refuses::<TypeSchema>();
}

unsafe extern "C" fn bundle(_: *mut c_void) -> *const HostObject {
    ptr::dangling()
}

#[test]
fn later_functions_of_an_older_host_are_absent() {
    let function = bundle as unsafe extern "C" fn(_) -> _ as usize;
    let at = std::mem::offset_of!(HostTable, bundle);
    for (size, is_there) in [(at, false), (at + WORD, true), (512, true)] {
        let mut words = table(size, 0);
        if let Some(word) = words.get_mut(at / WORD) {
            *word = function;
        }
        // SAFETY: the table is as long as it says.
        let found = unsafe { HostTable::bundle(words.as_ptr().cast()) };
        assert_eq!(found.map(|found| found as usize), is_there.then_some(function), "{size}");
    }
}

#[test]
fn later_functions_of_an_older_cell_are_absent() {
    for (size, has_rebind, has_pin) in
        [(8 * WORD, false, false), (9 * WORD, true, false), (10 * WORD, true, true)]
    {
        let words = table(size, 1 << 12);
        let vtable = words.as_ptr().cast::<ProxyVtable>();
        // SAFETY: the table is as long as it says, and none of its functions is called.
        let found = unsafe { (ProxyVtable::rebind(vtable), ProxyVtable::pin(vtable)) };
        assert_eq!((found.0.is_some(), found.1.is_some()), (has_rebind, has_pin), "{size}");
    }
    let words = table(ProxyVtable::FIRST_SIZE + WORD, 0);
    // SAFETY: as above; the one that is there is null.
    assert!(unsafe { ProxyVtable::rebind(words.as_ptr().cast()) }.is_none());
}

unsafe extern "C" fn register(
    _: *mut c_void,
    _: *const GuestContractInterface,
    _: *mut ErrorBuffer,
) -> u32 {
    Status::Ok as u32
}

/// Enters an empty bundle with a host's table of `size` bytes.
fn enter(size: usize) -> Result<(), String> {
    unsafe extern "C" fn is_inside_guest() -> u32 {
        0
    }
    // Left behind: a host's table stays for the life of the process.
    let words = table(size.max(size_of::<HostTable>()), 0).leak();
    words[0] = size;
    let host: *mut HostTable = words.as_mut_ptr().cast();
    // SAFETY: the words have room for the functions; the buffer is lent.
    unsafe {
        (&raw mut (*host).register).write(register);
        (&raw mut (*host).is_inside_guest).write(is_inside_guest);
        let mut error = ErrorBuffer::cleared();
        let error = error.as_mut_ptr();
        match crate::private::enter_bundle(host, ptr::null_mut(), error, &[]) {
            0 => Ok(()),
            _ => Err(ErrorBuffer::take(error).unwrap().message),
        }
    }
}

#[test]
fn a_bundle_enters_an_older_and_a_newer_host() {
    assert_eq!(enter(HostTable::FIRST_SIZE), Ok(()));
    assert_eq!(enter(HostTable::FIRST_SIZE + 64 * WORD), Ok(()));
    let refused = enter(HostTable::FIRST_SIZE - WORD).unwrap_err();
    assert_eq!(
        refused,
        "the host's table: a table has a size that no version of it has; update the host"
    );
}

/// What nobody provides.
#[crate::contract(name = "test.asked", version = "1.0", crate = crate)]
pub(super) trait Asked {
    /// Nothing.
    fn ask(&self);
}

#[test]
fn a_context_of_an_older_and_of_a_newer_host_is_read() {
    for size in [CreateContext::FIRST_SIZE, size_of::<CreateContext>(), 512] {
        let mut words = table(size, 0);
        let raw: *mut CreateContext = words.as_mut_ptr().cast();
        // SAFETY: the words have room for the field, and lend what it points at.
        let context = unsafe {
            (&raw mut (*raw).bundle_name).write(RawStr::new("older"));
            crate::plugin::Context::lift(raw).unwrap()
        };
        assert_eq!(context.bundle_name(), "older");
        assert!(context.config().bytes().is_empty());
        // No host: what is asked for is refused, and the rest goes on.
        let handle = context.handle();
        handle.clone().log().info(format_args!("nobody reads this"));
        assert_eq!(handle.bundle_name(), "");
        let error = handle.service::<dyn Asked>().unwrap_err();
        assert!(matches!(&error, RequestError::NotFound(text) if text.contains("update the host")));
    }
}

#[test]
fn a_schema_of_a_newer_provider_is_read() {
    let mut words = table(512, usize::MAX);
    let raw: *mut ContractSchema = words.as_mut_ptr().cast();
    // SAFETY: the words have room for the fields.
    unsafe {
        (&raw mut (*raw).name).write(RawStr::new("test.newer"));
        (&raw mut (*raw).version).write(ContractVersion::new(1, 9));
    }
    let copy: ContractSchema = copied(&words).unwrap();
    assert_eq!(copy.version, ContractVersion::new(1, 9));
    // SAFETY: the name is a constant.
    assert_eq!(unsafe { copy.name.as_str() }, Ok("test.newer"));
}
