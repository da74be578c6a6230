//! Tuples as values, of up to twelve fields.

use super::register::as_it_is;
use super::{Invalid, Value};
use crate::abi::{TypeKind, TypeSchema};

macro_rules! tuples {
    ($($raw:ident: $($field:ident $value:ident)*;)*) => {$(
        /// A tuple in memory: its fields in order.
        #[repr(C)]
        #[allow(missing_docs, reason = "fields of a tuple have no names")]
        pub struct $raw<$($field),*>($(pub $field),*);

        as_it_is! {
            [$($field),*] $raw<$($field),*>,
        }

        // SAFETY: each field is received on its own.
        unsafe impl<$($field: Value),*> Value for ($($field,)*) {
            type Abi = $raw<$($field::Abi),*>;

            const SCHEMA: &'static TypeSchema =
                &TypeSchema::new(TypeKind::Tuple, &[$(<$field as Value>::SCHEMA),*]);

            #[inline]
            fn into_abi(self) -> Self::Abi {
                let ($($value,)*) = self;
                $raw($($value.into_abi()),*)
            }

            #[inline]
            unsafe fn from_abi(abi: Self::Abi) -> Result<Self, Invalid> {
                let $raw($($value),*) = abi;
                // All are taken over before one is found invalid, so that none leaks.
                // SAFETY: each field came with the tuple, and is taken over once.
                $(let $value = unsafe { $field::from_abi($value) };)*
                Ok(($($value?,)*))
            }
        }
    )*};
}

tuples! {
    RawTuple1: A a;
    RawTuple2: A a B b;
    RawTuple3: A a B b C c;
    RawTuple4: A a B b C c D d;
    RawTuple5: A a B b C c D d E e;
    RawTuple6: A a B b C c D d E e F f;
    RawTuple7: A a B b C c D d E e F f G g;
    RawTuple8: A a B b C c D d E e F f G g H h;
    RawTuple9: A a B b C c D d E e F f G g H h I i;
    RawTuple10: A a B b C c D d E e F f G g H h I i J j;
    RawTuple11: A a B b C c D d E e F f G g H h I i J j K k;
    RawTuple12: A a B b C c D d E e F f G g H h I i J j K k L l;
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<RawTuple1<u8>>() == 1);
    assert!(size_of::<RawTuple3<u8, u32, u8>>() == 12);
};
