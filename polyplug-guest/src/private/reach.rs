//! How far a proxy leads when it is passed on.

use crate::abi::{ContractSchema, MethodSchema, Receiver, copy_table};

/// Which methods whoever gets a proxy may call.
///
/// A proxy of a contract in which all methods take `&self` may be cloned. Whoever gets
/// one of the clones may know a later minor version, which added a method that takes
/// `&mut self`: that one is not for them, nor for anybody to whom they pass it on,
/// whatever the provider has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// The first method that takes `&mut self`; beyond all where none does.
    first_exclusive: usize,
    /// How many methods may be called.
    limit: usize,
}

impl Reach {
    /// For whoever gets an instance of their own, and knows its contract so that this is
    /// the first method which takes `&mut self`.
    pub const fn new(first_exclusive: Option<usize>) -> Self {
        let first_exclusive = match first_exclusive {
            Some(number) => number,
            None => usize::MAX,
        };
        Self { first_exclusive, limit: usize::MAX }
    }

    /// As [`new`](Self::new), by what a contract's macro made.
    ///
    /// # Safety
    ///
    /// All that `schema` points at is what its types say, and was made by this version
    /// of the crate.
    pub const unsafe fn of_own(schema: &'static ContractSchema) -> Self {
        let mut number = 0;
        while number < schema.methods.len {
            // SAFETY: the caller's promise.
            let receiver = unsafe { (**schema.methods.ptr.add(number)).receiver };
            if receiver != Receiver::Shared as u32 {
                return Self::new(Some(number));
            }
            number += 1;
        }
        Self::new(None)
    }

    /// As [`new`](Self::new), by what the other side says. A method that cannot be read
    /// counts as one that takes `&mut self`.
    ///
    /// # Safety
    ///
    /// All that `schema` points at is what its types say, or null.
    pub(crate) unsafe fn of(schema: &ContractSchema) -> Self {
        // SAFETY: the caller's promise.
        let Ok(methods) = (unsafe { schema.methods.as_slice() }) else {
            return Self::new(Some(0));
        };
        let is_shared = |method: &*const MethodSchema| {
            // SAFETY: the caller's promise.
            let method = unsafe { copy_table(*method) };
            method.is_ok_and(|method| Receiver::from_u32(method.receiver) == Some(Receiver::Shared))
        };
        Self::new(methods.iter().position(|method| !is_shared(method)))
    }

    /// How many methods may be called.
    pub const fn limit(self) -> usize {
        self.limit
    }

    /// For a `receiver` to whom a proxy with this reach is passed.
    #[must_use]
    pub const fn passed_to(self, receiver: Self) -> Self {
        let may_be_cloned = self.first_exclusive == usize::MAX;
        let limit = match may_be_cloned && receiver.first_exclusive < self.limit {
            true => receiver.first_exclusive,
            false => self.limit,
        };
        Self { first_exclusive: receiver.first_exclusive, limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: Reach = Reach::new(None);
    const GROWN: Reach = Reach::new(Some(2));

    #[test]
    fn who_gets_the_only_proxy_may_call_all() {
        assert_eq!(GROWN.passed_to(GROWN).limit(), usize::MAX);
        assert_eq!(GROWN.passed_to(SHARED).limit(), usize::MAX);
        assert_eq!(SHARED.passed_to(SHARED).limit(), usize::MAX);
    }

    #[test]
    fn who_gets_a_clone_may_call_what_comes_before_the_first_exclusive_method() {
        let limited = SHARED.passed_to(GROWN);
        assert_eq!(limited.limit(), 2);
        assert_eq!(limited.passed_to(GROWN).limit(), 2, "it stays so");
        assert_eq!(limited.passed_to(SHARED).limit(), 2);
        assert_eq!(limited.passed_to(SHARED).passed_to(Reach::new(Some(1))).limit(), 1);
    }
}
