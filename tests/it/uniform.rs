//! Adapters by which a typed function is called uniformly.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fixture_types::{Echo, Outcomes};
use polyplug_guest::Contract;
use polyplug_guest::abi::{
    ContractClient, ErrorBuffer, ErrorKind, ErrorReport, Function, RawSlice, RawSliceMut, RawStr,
    RawVec, Status,
};
use polyplug_guest::private::{SharedInstance, Value, shared_instance};

/// An instance that is called as an interpreter would: by number, with pointers.
struct Called {
    client: &'static ContractClient,
    shared: SharedInstance,
}

impl Called {
    fn new() -> Self {
        let shared = shared_instance::<dyn Outcomes>(Arc::new(Echo));
        Self { client: <dyn Outcomes>::CLIENT, shared }
    }

    /// # Safety
    ///
    /// `args` point at the arguments of the method, which are taken over, and `R` is
    /// what its function writes.
    unsafe fn call<R>(&self, method: usize, args: &[*const c_void]) -> Result<R, ErrorReport> {
        let mut result = MaybeUninit::<R>::uninit();
        let mut error = ErrorBuffer::cleared();
        // SAFETY: both tables are as long as the contract; the rest is the caller's.
        unsafe {
            let function: Function = self.shared.functions.add(method).read();
            let adapter = self.client.uniform.add(method).read();
            let (result_room, error) = (result.as_mut_ptr().cast(), error.as_mut_ptr());
            let status = adapter(function, self.shared.instance, args.as_ptr(), result_room, error);
            if status == Status::Ok as u32 {
                return Ok(result.assume_init());
            }
            Err(ErrorBuffer::take(error).unwrap())
        }
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        let mut error = ErrorBuffer::cleared();
        // SAFETY: the instance is given back once.
        let status = unsafe { (self.shared.destroy)(self.shared.instance, error.as_mut_ptr()) };
        assert_eq!(status, Status::Ok as u32);
    }
}

fn at<T>(value: &T) -> *const c_void {
    std::ptr::from_ref(value).cast()
}

static RELEASED: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" fn released(_: *mut c_void, _: usize, _: usize) {
    RELEASED.fetch_add(1, Ordering::Relaxed);
}

const ECHO_OWNED: usize = 4;
const JOIN: usize = 6;
const PANIC: usize = 7;

#[test]
fn owned_values_go_in_and_come_out() {
    let called = Called::new();
    let value: Result<Vec<String>, Vec<u8>> = Ok(vec!["a".to_owned(), String::new()]);
    let value = value.clone().into_abi();
    // SAFETY: the method takes such a value, and returns one, which is taken once.
    let echoed = unsafe {
        let echoed = called.call(ECHO_OWNED, &[at(&value)]).unwrap();
        <Result<Vec<String>, Vec<u8>>>::from_abi(echoed)
    };
    assert_eq!(echoed.unwrap().unwrap(), ["a", ""]);
}

#[test]
fn a_panic_becomes_the_calls_error() {
    let called = Called::new();
    // SAFETY: the method takes a text and returns a number.
    let error = unsafe { called.call::<u32>(PANIC, &[at(&RawStr::new("so"))]) }.unwrap_err();
    assert_eq!((error.kind, &*error.message), (ErrorKind::Panicked, "so"));
}

#[test]
fn what_arguments_own_is_released_when_another_one_is_wrong() {
    let owned = |text: &'static str| RawVec::<u8> {
        ptr: text.as_ptr().cast_mut(),
        len: text.len(),
        capacity: text.len(),
        release: Some(released),
    };
    let (no_elements, numbers) = (RawSliceMut::<i8>::new(&mut []), RawSlice::<u32>::new(&[]));
    let no_texts = RawVec::<RawVec<u8>>::new(Vec::new());
    // The third argument is out of range, and those behind it own something.
    let (a, b, c, d, e) = (1_u32, RawStr::new("b"), 1_i32 << 20, 4.0_f64, owned("e"));
    let (f, g, k, l) = (2_u32, u32::from('g'), 7_u64, 8.0_f32);
    let args = [
        at(&a),
        at(&b),
        at(&c),
        at(&d),
        at(&e),
        at(&f),
        at(&g),
        at(&numbers),
        at(&no_elements),
        at(&no_texts),
        at(&k),
        at(&l),
    ];
    let called = Called::new();
    // SAFETY: they are the arguments of the method, which returns a text.
    let error = unsafe { called.call::<RawVec<u8>>(JOIN, &args) }.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidArgument);
    assert!(error.message.starts_with("argument `c`: "), "{}", error.message);
    assert_eq!(RELEASED.load(Ordering::Relaxed), 1);
}
