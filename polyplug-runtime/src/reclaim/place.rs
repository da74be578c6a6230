//! Where callers find what to call through.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;

use polyplug_guest::abi::{ErrorKind, ProxyBinding, ProxyCell, ProxyVtable, ThreadRecord};
use polyplug_guest::private::home;
use polyplug_guest::private::sync::{AtomicPtr, Ordering};

use super::domain::{Domain, Retired};

/// What calls are made through, and what keeps that alive.
///
/// # Invariants
///
/// `binding` stands first, and its functions take its instance for as long as
/// `value` lives.
#[repr(C)]
pub(crate) struct Target<T> {
    binding: ProxyBinding,
    value: T,
}

impl<T> Target<T> {
    /// # Safety
    ///
    /// What `binding` points at stays for as long as `value` lives.
    #[inline]
    pub(crate) unsafe fn new(binding: ProxyBinding, value: T) -> Arc<Self> {
        Arc::new(Self { binding, value })
    }

    pub(crate) fn value(&self) -> &T {
        &self.value
    }

    /// What calls name while they are in it.
    pub(crate) fn binding(&self) -> *const ProxyBinding {
        &self.binding
    }
}

impl<T> Deref for Target<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Target<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Why there is nothing to call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Absent {
    /// The bundle is not loaded any more. Final.
    Unloaded,
    /// A reload could not carry the state of the instance over.
    StateLost,
    /// A `&mut self` call panicked.
    Poisoned,
    /// The host does not provide the service any more. Final.
    Withdrawn,
    /// Its state is being carried over: callers wait.
    Held,
}

impl Absent {
    const ALL: [Self; 5] =
        [Self::Unloaded, Self::StateLost, Self::Poisoned, Self::Withdrawn, Self::Held];

    /// Whether it stays so.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Unloaded | Self::Withdrawn)
    }

    /// How a call says so.
    pub(crate) fn kind(self) -> ErrorKind {
        self.binding().why_absent()
    }

    fn binding(self) -> &'static ProxyBinding {
        static UNLOADED: ProxyBinding = ProxyBinding::nothing(ErrorKind::Unloaded);
        static STATE_LOST: ProxyBinding = ProxyBinding::nothing(ErrorKind::StateLost);
        static POISONED: ProxyBinding = ProxyBinding::nothing(ErrorKind::Poisoned);
        static WITHDRAWN: ProxyBinding = ProxyBinding::nothing(ErrorKind::Withdrawn);
        static HELD: ProxyBinding = ProxyBinding::held();
        match self {
            Self::Held => &HELD,
            Self::Unloaded => &UNLOADED,
            Self::StateLost => &STATE_LOST,
            Self::Poisoned => &POISONED,
            Self::Withdrawn => &WITHDRAWN,
        }
    }

    /// The reason that `binding` stands for, if it is one.
    pub(crate) fn of(binding: *const ProxyBinding) -> Option<Self> {
        Self::ALL.into_iter().find(|absent| ptr::eq(absent.binding(), binding))
    }
}

/// What a place points at.
#[derive(Debug)]
pub(crate) enum Bound<T> {
    To(Arc<Target<T>>),
    Absent(Absent),
}

impl<T> Bound<T> {
    #[inline]
    fn into_raw(self) -> *mut ProxyBinding {
        match self {
            Self::To(target) => Arc::into_raw(target).cast_mut().cast(),
            Self::Absent(absent) => ptr::from_ref(absent.binding()).cast_mut(),
        }
    }

    /// # Safety
    ///
    /// `raw` came from [`Bound::into_raw`] and comes back once.
    unsafe fn from_raw(raw: *mut ProxyBinding) -> Self {
        match Absent::of(raw) {
            Some(absent) => Self::Absent(absent),
            // SAFETY: it is none of the statics, so it was a target.
            None => Self::To(unsafe { Arc::from_raw(raw.cast()) }),
        }
    }
}

/// Where callers find what to call through: the head of a proxy's cell.
///
/// # Invariants
///
/// `current` came from [`Bound::into_raw`]; if it is a target, one reference to it
/// is the place's own. Whoever calls through the place borrows it.
#[repr(transparent)]
pub(crate) struct Place<T> {
    cell: ProxyCell,
    target: PhantomData<Arc<Target<T>>>,
}

impl<T> Place<T> {
    #[inline]
    pub(crate) fn new(
        bound: Bound<T>,
        vtable: &'static ProxyVtable,
        thread_record: unsafe extern "C" fn() -> *const ThreadRecord,
    ) -> Self {
        let current = AtomicPtr::new(bound.into_raw());
        let cell = ProxyCell { current, vtable, thread_record, home: home() };
        Self { cell, target: PhantomData }
    }

    /// Why there is nothing to call, if so.
    pub(crate) fn absent(&self) -> Option<Absent> {
        // Relaxed: an address that is compared and not followed.
        Absent::of(self.cell.current.load(Ordering::Relaxed))
    }

    /// Whether calls are made through what `named` names.
    pub(crate) fn is_at(&self, named: *const ProxyBinding) -> bool {
        // Relaxed: an address that is compared and not followed.
        ptr::eq(self.cell.current.load(Ordering::Relaxed), named)
    }

    /// What is present, counted: kept until the result is dropped.
    pub(crate) fn lease(&self, domain: &Domain) -> Bound<T> {
        let _held = domain.hold();
        // Acquire pairs with the Release by which it was put here.
        let current = self.cell.current.load(Ordering::Acquire);
        if let Some(absent) = Absent::of(current) {
            return Bound::Absent(absent);
        }
        let target = current.cast_const().cast::<Target<T>>();
        // SAFETY: the place's reference is given to the domain before it is
        // dropped, and the domain drops none while we hold it. Had it done so
        // before, its lock would let us see what was put in its place.
        unsafe {
            Arc::increment_strong_count(target);
            Bound::To(Arc::from_raw(target))
        }
    }

    /// Puts `bound` here: calls that begin from now on find it.
    pub(crate) fn swap(&self, bound: Bound<T>) -> Option<Replaced<T>> {
        // Release: callers see what they find whole. Acquire: so do we, of what
        // another thread had put here.
        let before = self.cell.current.swap(bound.into_raw(), Ordering::AcqRel);
        Replaced::of(before)
    }

    /// Puts `absent` here if `binding` is what is present.
    pub(crate) fn end(&self, binding: *const ProxyBinding, absent: Absent) -> Option<Replaced<T>> {
        let absent = Bound::<T>::Absent(absent).into_raw();
        // As in `swap`.
        let (success, failure) = (Ordering::AcqRel, Ordering::Relaxed);
        let current = &self.cell.current;
        let before = current.compare_exchange(binding.cast_mut(), absent, success, failure);
        before.ok().and_then(Replaced::of)
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        // Relaxed: whoever gives up the last reference has seen all that others did.
        let current = self.cell.current.load(Ordering::Relaxed);
        // SAFETY: the reference is the place's own. No call is in it: those would
        // borrow the place, and their slots were cleared before they gave it up.
        drop(unsafe { Bound::<T>::from_raw(current) });
    }
}

impl<T> fmt::Debug for Place<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("absent", &self.absent()).finish_non_exhaustive()
    }
}

/// The reference of a place to what it does not point at any more. Calls may be in
/// it, so only the domain can end it; lost, it leaks.
#[must_use = "what was replaced is to be retired"]
pub(crate) struct Replaced<T> {
    target: ManuallyDrop<Arc<Target<T>>>,
}

impl<T> Replaced<T> {
    /// A counted reference that is to go as one of a place does.
    pub(super) fn of_lease(target: Arc<Target<T>>) -> Self {
        Self { target: ManuallyDrop::new(target) }
    }

    /// `before` was taken out of a place.
    fn of(before: *mut ProxyBinding) -> Option<Self> {
        // SAFETY: it came from `into_raw`, and the place has given it up.
        match unsafe { Bound::from_raw(before) } {
            Bound::To(target) => Some(Self { target: ManuallyDrop::new(target) }),
            Bound::Absent(_) => None,
        }
    }
}

impl<T: Send + Sync + 'static> Replaced<T> {
    /// A counted reference to the target.
    pub(crate) fn target(&self) -> Arc<Target<T>> {
        Arc::clone(&self.target)
    }

    /// A counted reference to the target, and the place's, as the domain has it.
    pub(super) fn into_retired(self) -> (Arc<Target<T>>, Retired) {
        let target = ManuallyDrop::into_inner(self.target);
        let address = Arc::as_ptr(&target).cast();
        let retired = Retired::new(address, Arc::clone(&target) as Arc<dyn Send + Sync>);
        (target, retired)
    }
}

impl<T: fmt::Debug> fmt::Debug for Replaced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)
    }
}
