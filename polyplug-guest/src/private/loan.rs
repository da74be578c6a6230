//! An implementation that is lent for a call: `&dyn Contract` and `&mut dyn Contract`.
//!
//! The lender keeps what is lent, and whether it is in use, behind the instance that the
//! functions get. So a guest of any language that calls back into what is in use
//! exclusively gets an error, and after a failure every later call gets the same one.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::call::receive;
use super::serve::Refused;
use super::{Holder, Reply, View};
use crate::abi::{
    ContractClient, ErrorBuffer, ErrorReport, LentObject, Phase, Returned, Status, TypeKind,
    TypeSchema, copy_table,
};
use crate::contract::Contract;
use crate::convert::{Argument, Invalid, Value};

/// An argument of type `&dyn C`, or with `MUT` of type `&mut dyn C`: on the lender's
/// side what is lent, on the other one how that is reached.
pub struct Lent<'a, C: ?Sized, const MUT: bool> {
    side: Side<C>,
    lent: PhantomData<&'a C>,
}

enum Side<C: ?Sized> {
    Lender(Lender<C>),
    Borrower { object: LentObject, coercion: Coercion<C> },
}

/// How a borrower gets at the trait.
struct Coercion<C: ?Sized> {
    shared: unsafe fn(&LentObject) -> &C,
    exclusive: unsafe fn(&mut LentObject) -> &mut C,
}

/// What is lent, and what it is used for at the moment.
struct Lender<C: ?Sized> {
    /// What is passed, which points at this.
    object: Option<LentObject>,
    lent: *mut C,
    is_exclusive: bool,
    uses: Uses,
    /// Of the first call that failed.
    failure: OnceLock<ErrorReport>,
}

impl<C: ?Sized, const MUT: bool> Lent<'_, C, MUT> {
    /// Lends `lent`.
    ///
    /// # Safety
    ///
    /// `lent` comes from a reference that lives as long as the result: from a `&mut` one
    /// with `MUT`.
    pub unsafe fn lend(lent: *mut C) -> Self {
        let (uses, failure) = (Uses::default(), OnceLock::new());
        let side = Side::Lender(Lender { object: None, lent, is_exclusive: MUT, uses, failure });
        Self { side, lent: PhantomData }
    }

    /// What was lent.
    pub fn shared(&self) -> &C {
        match &self.side {
            // SAFETY: the object was checked when it was received.
            Side::Borrower { object, coercion } => unsafe { (coercion.shared)(object) },
            Side::Lender(lender) => {
                // SAFETY: the reference behind it outlives this value.
                unsafe { &*lender.lent }
            }
        }
    }
}

impl<C: ?Sized> Lent<'_, C, true> {
    /// What was lent.
    pub fn exclusive(&mut self) -> &mut C {
        match &mut self.side {
            // SAFETY: the object was checked when it was received.
            Side::Borrower { object, coercion } => unsafe { (coercion.exclusive)(object) },
            // SAFETY: the exclusive reference behind it outlives this value.
            Side::Lender(lender) => unsafe { &mut *lender.lent },
        }
    }
}

// SAFETY: a pointer to a table is passed, which is read as far as it goes.
unsafe impl<C: Contract + ?Sized, const MUT: bool> Argument for Lent<'_, C, MUT> {
    type Passed = *const LentObject;

    const SCHEMA: &'static TypeSchema = &TypeSchema::of_contract(
        if MUT { TypeKind::ContractMut } else { TypeKind::Contract },
        C::AT_MAJOR,
    );

    unsafe fn lower(this: &mut ManuallyDrop<Self>) -> *const LentObject {
        let Side::Lender(lender) = &mut this.side else { return std::ptr::null() };
        let lender: *mut Lender<C> = lender;
        let object = LentObject {
            size: size_of::<LentObject>(),
            client: C::CLIENT,
            functions: C::LENT_FUNCTIONS.as_ptr(),
            instance: lender.cast(),
            threads: C::THREADS,
            reserved: 0,
        };
        // SAFETY: it was a reference just now, and stays in place until the call is
        // over. Both pointers are derived from the one that the functions get.
        unsafe {
            (&raw mut (*lender).object).write(Some(object));
            match &(*lender).object {
                Some(object) => object,
                None => std::ptr::null(),
            }
        }
    }

    unsafe fn lift(passed: *const LentObject) -> Result<Self, Invalid> {
        // SAFETY: the caller lent the object, and all that it points at, for the call.
        let object = unsafe { received::<C>(passed)? };
        let coercion = Coercion { shared: C::lent, exclusive: C::lent_mut };
        Ok(Self { side: Side::Borrower { object, coercion }, lent: PhantomData })
    }
}

/// Checks that what was lent is of `C`, and for as many threads.
///
/// # Safety
///
/// If `passed` is neither null nor misaligned, it points at a table which is lent, with
/// all that it points at, and whose functions are what its schema says.
unsafe fn received<C: Contract + ?Sized>(passed: *const LentObject) -> Result<LentObject, Invalid> {
    // SAFETY: the caller's promise; ours is a constant.
    unsafe {
        let object = copy_table(passed)?;
        if object.functions.is_null() || object.instance.is_null() {
            return Err(Invalid::Null);
        }
        if !object.functions.is_aligned() {
            return Err(Invalid::Alignment);
        }
        let client: ContractClient = copy_table(object.client)?;
        let both = View::read(C::CLIENT).zip(View::read(&client));
        // Our trait may let threads do more than the lender's does.
        let is_free = object.threads & C::THREADS == C::THREADS;
        match is_free && both.is_some_and(|(ours, theirs)| ours.agrees(&theirs)) {
            true => Ok(object),
            false => Err(Invalid::Contract),
        }
    }
}

/// What other threads may do with implementations of a contract, as the ABI has it.
pub const fn threads(is_send: bool, is_sync: bool) -> u32 {
    let send = if is_send { LentObject::SEND } else { 0 };
    let sync = if is_sync { LentObject::SYNC } else { 0 };
    send | sync
}

/// What an argument has to say after the call for which it was lent.
pub trait Settle {
    /// The failure of the first call to what was lent, if one failed.
    ///
    /// # Safety
    ///
    /// The call is over, and the argument is not used again.
    unsafe fn settle(&mut self) -> Option<ErrorReport>;
}

impl<C: ?Sized, const MUT: bool> Settle for ManuallyDrop<Lent<'_, C, MUT>> {
    unsafe fn settle(&mut self) -> Option<ErrorReport> {
        // SAFETY: the caller's promise.
        match unsafe { ManuallyDrop::take(self) }.side {
            Side::Lender(lender) => lender.failure.into_inner(),
            Side::Borrower { .. } => None,
        }
    }
}

impl Settle for ManuallyDrop<()> {
    unsafe fn settle(&mut self) -> Option<ErrorReport> {
        None
    }
}

/// Makes a call fail that went on although one to what was lent had failed.
///
/// # Safety
///
/// A function whose result is an `R` returned `reply`, and `error` is its buffer.
pub unsafe fn settled<R: Value, const N: usize>(
    reply: Reply<R>,
    error: *mut ErrorBuffer,
    failures: [Option<ErrorReport>; N],
) -> Reply<R> {
    let Some(failure) = failures.into_iter().flatten().next() else { return reply };
    if reply.status != Status::Ok as u32 {
        return reply;
    }
    // SAFETY: the status says that the function wrote its value, which is received
    // once; the buffer was not written.
    unsafe {
        drop(receive::<R>(reply.value.assume_init()));
        failure.write(error, Phase::Call);
    }
    Returned::failed()
}

/// The instance is the lender's side of an argument.
#[derive(Debug)]
pub struct Loan<C: ?Sized>(PhantomData<C>);

// SAFETY: what is lent for reading is never reached exclusively, and what is lent
// exclusively is reached by one at a time.
unsafe impl<C: ?Sized + 'static> Holder for Loan<C> {
    type Target = C;

    unsafe fn shared<R>(instance: *mut c_void, body: impl FnOnce(Result<&C, Refused>) -> R) -> R {
        // SAFETY: the caller's promise about `instance`.
        let lender = unsafe { &*instance.cast::<Lender<C>>() };
        if let Some(failure) = lender.failure.get() {
            return body(Err(Refused::FailedBefore(Box::new(failure.clone()))));
        }
        let Some(_used) = lender.uses.share() else { return body(Err(Refused::InUse)) };
        // SAFETY: the reference behind it outlives the call, and is not used
        // exclusively now.
        body(Ok(unsafe { &*lender.lent }))
    }

    unsafe fn exclusive<R>(
        instance: *mut c_void,
        body: impl FnOnce(Result<&mut C, Refused>) -> R,
    ) -> R {
        // SAFETY: the caller's promise about `instance`.
        let lender = unsafe { &*instance.cast::<Lender<C>>() };
        if let Some(failure) = lender.failure.get() {
            return body(Err(Refused::FailedBefore(Box::new(failure.clone()))));
        }
        let used = lender.is_exclusive.then(|| lender.uses.take()).flatten();
        let Some(_used) = used else { return body(Err(Refused::InUse)) };
        // SAFETY: the exclusive reference behind it outlives the call, and is not used
        // by another call now.
        body(Ok(unsafe { &mut *lender.lent }))
    }

    unsafe fn failed(instance: *mut c_void, report: &ErrorReport) {
        // SAFETY: the caller's promise about `instance`.
        let lender = unsafe { &*instance.cast::<Lender<C>>() };
        // Later ones are of no interest.
        let _ = lender.failure.set(report.clone());
    }
}

/// How many use something, or that one does exclusively.
#[derive(Default, Debug)]
struct Uses(AtomicU32);

const EXCLUSIVE: u32 = u32::MAX;

impl Uses {
    fn share(&self) -> Option<Used<'_>> {
        let more = |uses: u32| uses.checked_add(1).filter(|uses| *uses != EXCLUSIVE);
        // Acquire: whoever used it exclusively before comes before this.
        self.0.fetch_update(Ordering::Acquire, Ordering::Relaxed, more).ok()?;
        Some(Used { uses: &self.0, by: 1 })
    }

    fn take(&self) -> Option<Used<'_>> {
        // Acquire: whoever used it before comes before this.
        self.0.compare_exchange(0, EXCLUSIVE, Ordering::Acquire, Ordering::Relaxed).ok()?;
        Some(Used { uses: &self.0, by: EXCLUSIVE })
    }
}

/// One use, which ends when this is dropped.
struct Used<'a> {
    uses: &'a AtomicU32,
    by: u32,
}

impl Drop for Used<'_> {
    fn drop(&mut self) {
        // Release: whoever uses it next comes after this.
        self.uses.fetch_sub(self.by, Ordering::Release);
    }
}
