//! Values to send: any of their type, edges more often, and compared bit by bit.

use std::time::Duration;

use polyplug_runtime::PluginError;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A type of which there are values to send.
pub(super) trait Sample: Sized + 'static {
    /// Any value.
    fn any() -> BoxedStrategy<Self>;

    /// Whether both are one value. Numbers that are none are the same.
    fn is_same(&self, other: &Self) -> bool;
}

macro_rules! integers {
    ($($ty:ident)*) => {$(
        impl Sample for $ty {
            fn any() -> BoxedStrategy<Self> {
                let edge = (1_u64 << 53) as $ty;
                let edges = [0, 1, $ty::MIN, $ty::MAX, $ty::MAX / 2 + 1, edge, edge.wrapping_add(1)];
                prop_oneof![proptest::sample::select(edges.to_vec()), proptest::prelude::any::<$ty>()].boxed()
            }

            fn is_same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

macro_rules! floats {
    ($($ty:ident $bits:ident)*) => {$(
        impl Sample for $ty {
            fn any() -> BoxedStrategy<Self> {
                proptest::prelude::any::<$bits>().prop_map($ty::from_bits).boxed()
            }

            fn is_same(&self, other: &Self) -> bool {
                self.to_bits() == other.to_bits() || (self.is_nan() && other.is_nan())
            }
        }
    )*};
}

floats!(f32 u32 f64 u64);

macro_rules! others {
    ($($ty:ty)*) => {$(
        impl Sample for $ty {
            fn any() -> BoxedStrategy<Self> {
                proptest::prelude::any::<$ty>().boxed()
            }

            fn is_same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

others!(() bool char String);

impl Sample for Duration {
    fn any() -> BoxedStrategy<Self> {
        let any = (u64::any(), 0..1_000_000_000_u32);
        let short = (0..5_000_000_u64, 0..1_000_000_000_u32);
        prop_oneof![any, short].prop_map(|(secs, nanos)| Self::new(secs, nanos)).boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Sample for PluginError {
    fn any() -> BoxedStrategy<Self> {
        let parts = proptest::prelude::any::<(String, u16)>();
        parts.prop_map(|(message, kind)| Self::msg(message).with_kind(kind)).boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T: Sample + std::fmt::Debug> Sample for Option<T> {
    fn any() -> BoxedStrategy<Self> {
        option::of(T::any()).boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => a.is_same(b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<T: Sample + std::fmt::Debug, E: Sample + std::fmt::Debug> Sample for Result<T, E> {
    fn any() -> BoxedStrategy<Self> {
        prop_oneof![T::any().prop_map(Ok), E::any().prop_map(Err)].boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Ok(a), Ok(b)) => a.is_same(b),
            (Err(a), Err(b)) => a.is_same(b),
            _ => false,
        }
    }
}

impl<T: Sample + std::fmt::Debug> Sample for Vec<T> {
    fn any() -> BoxedStrategy<Self> {
        vec(T::any(), 0..6).boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a.is_same(b))
    }
}

impl<T: Sample + std::fmt::Debug, const N: usize> Sample for [T; N] {
    fn any() -> BoxedStrategy<Self> {
        let elements = vec(T::any(), N);
        elements
            .prop_map(|elements| elements.try_into().ok())
            .prop_filter_map("length", |it| it)
            .boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.iter().zip(other).all(|(a, b)| a.is_same(b))
    }
}

macro_rules! tuples {
    ($($($field:ident $number:tt)*;)*) => {$(
        impl<$($field: Sample + std::fmt::Debug),*> Sample for ($($field,)*) {
            fn any() -> BoxedStrategy<Self> {
                ($($field::any(),)*).boxed()
            }

            fn is_same(&self, other: &Self) -> bool {
                $(self.$number.is_same(&other.$number))&&*
            }
        }
    )*};
}

tuples! {
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}
