//! What crosses without a copy comes back as it was, from everywhere.

use fixture_crossing::{Level, Owned, Point, owned_types};
use polyplug_runtime::{AbiString, AbiVec};
use proptest::prelude::*;

use super::comes_back;
use super::values::Sample;

impl<T: Sample + polyplug_guest::private::Plain + Clone + std::fmt::Debug> Sample for AbiVec<T> {
    fn any() -> BoxedStrategy<Self> {
        Vec::<T>::any().prop_map(Self::from).boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, two)| one.is_same(two))
    }
}

impl Sample for AbiString {
    fn any() -> BoxedStrategy<Self> {
        String::any().prop_map(Self::from).boxed()
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

macro_rules! tests {
    ($($name:ident: $ty:ty;)*) => {$(
        #[test]
        fn $name() {
            comes_back::<dyn Owned, $ty>(&["fixture-crossing", "crossing"], |proxy, value| proxy.$name(value));
        }
    )*};
}

owned_types!(tests);
