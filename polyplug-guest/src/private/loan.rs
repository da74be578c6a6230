//! An implementation that is lent for a call: `&dyn Contract` and `&mut dyn Contract`.
//!
//! The lender's side is a [`Lender`]; the borrower reaches it through a table.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use super::call::receive;
use super::lender::Lender;
use super::{Reply, View};
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
    Lender(Lender<C, LentObject>),
    Borrower { object: LentObject, coercion: Coercion<C> },
}

/// How a borrower gets at the trait.
struct Coercion<C: ?Sized> {
    shared: unsafe fn(&LentObject) -> &C,
    exclusive: unsafe fn(&mut LentObject) -> &mut C,
}

impl<C: ?Sized, const MUT: bool> Lent<'_, C, MUT> {
    /// Lends `lent`.
    ///
    /// # Safety
    ///
    /// `lent` comes from a reference that lives as long as the result: from a `&mut` one
    /// with `MUT`.
    pub unsafe fn lend(lent: *mut C) -> Self {
        Self { side: Side::Lender(Lender::new(lent, MUT)), lent: PhantomData }
    }

    /// What was lent.
    pub fn shared(&self) -> &C {
        match &self.side {
            // SAFETY: the object was checked when it was received.
            Side::Borrower { object, coercion } => unsafe { (coercion.shared)(object) },
            // SAFETY: the reference behind it outlives this value.
            Side::Lender(lender) => unsafe { &*lender.lent() },
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
            Side::Lender(lender) => unsafe { &mut *lender.lent() },
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
        // SAFETY: the argument stays in place until the call is over.
        unsafe {
            Lender::pass(lender, |instance| LentObject {
                size: size_of::<LentObject>(),
                client: C::CLIENT,
                functions: C::LENT_FUNCTIONS.as_ptr(),
                instance,
                threads: C::THREADS,
                reserved: 0,
            })
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
            Side::Lender(lender) => lender.into_failure(),
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
