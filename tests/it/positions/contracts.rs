//! A method for each type, in each position where it may stand.

use std::time::Duration;

use fixture_crossing::{Point, Query, Shape, crossing_types, owned_types};
use fixture_passing::{Steps, Word, WordProxy};
use polyplug_guest::{AbiString, AbiVec, PluginError, contract};

macro_rules! positions {
    ($($name:ident: $ty:ty;)*) => {
        /// What owns all that it has, with the name of its methods.
        pub(super) const TYPES: &[(&str, &str)] = &[$((stringify!($name), stringify!($ty))),*];

        /// As an argument.
        #[contract(name = "test.argument", version = "1.0")]
        pub(super) trait Argument {
            $(fn $name(&self, value: $ty);)*
            fn text(&self, value: &str);
            fn slice(&self, value: &[u8]);
            fn slice_mut(&self, value: &mut [u8]);
            fn structs(&self, value: &[Point]);
            fn borrowing(&self, value: Query<'_>);
            fn closure_mut(&self, value: &mut dyn FnMut(u32) -> u32);
            fn closure(&self, value: &dyn Fn(u32) -> u32);
            fn lent(&self, value: &dyn Word);
            fn lent_mut(&self, value: &mut dyn Steps);
            fn proxy(&self, value: WordProxy);
        }

        /// As a result.
        #[contract(name = "test.outcome", version = "1.0")]
        pub(super) trait Outcome {
            $(fn $name(&self) -> $ty;)*
            fn proxy(&self) -> WordProxy;
        }

        /// Inside another value.
        #[contract(name = "test.inside", version = "1.0")]
        pub(super) trait Inside {
            $(fn $name(&self, values: Vec<($ty, u8)>);)*
            fn proxy(&self, values: Vec<(WordProxy, u8)>);
        }

        /// As what a closure gets.
        #[contract(name = "test.parameter", version = "1.0")]
        pub(super) trait Parameter {
            $(fn $name(&self, value: &dyn Fn($ty));)*
            fn text(&self, value: &dyn Fn(&str));
            fn slice(&self, value: &dyn Fn(&[u8]));
            fn slice_mut(&self, value: &dyn Fn(&mut [u8]));
            fn structs(&self, value: &dyn Fn(&[Point]));
            fn proxy(&self, value: &dyn Fn(WordProxy));
        }
    };
}

positions! {
    byte: u8;
    short: u16;
    word: u32;
    long: u64;
    size: usize;
    signed_byte: i8;
    signed_short: i16;
    signed_word: i32;
    signed_long: i64;
    signed_size: isize;
    single: f32;
    double: f64;
    flag: bool;
    character: char;
    unit: ();
    duration: Duration;
    string: String;
    error: PluginError;
    vector: Vec<i64>;
    array: [u32; 3];
    option: Option<u8>;
    result: Result<u8, Option<String>>;
    tuple: (u8, String);
    structure: Point;
    enumeration: Shape;
    owned_vector: AbiVec<u8>;
    owned_text: AbiString;
}

/// What is lent, and what leads to another object.
pub(super) const WAYS: &[(&str, &str)] = &[
    ("text", "&str"),
    ("slice", "&[u8]"),
    ("slice_mut", "&mut [u8]"),
    ("structs", "&[Point]"),
    ("borrowing", "Query<'_>"),
    ("closure_mut", "&mut dyn FnMut(u32) -> u32"),
    ("closure", "&dyn Fn(u32) -> u32"),
    ("lent", "&dyn Word"),
    ("lent_mut", "&mut dyn Steps"),
    ("proxy", "WordProxy"),
];

/// By position and method, the compile-fail test with the refusal.
pub(super) const REFUSED: &[(&str, &str, &str)] = &[
    ("result", "text", "type_str_returned"),
    ("result", "slice", "type_slice_returned"),
    ("result", "slice_mut", "type_mutable_slice_returned"),
    ("result", "structs", "type_slice_returned"),
    ("result", "borrowing", "type_borrowing_returned"),
    ("result", "closure_mut", "closure_returned"),
    ("result", "closure", "closure_returned"),
    ("result", "lent", "lent_returned"),
    ("result", "lent_mut", "lent_returned"),
    ("inside other values", "text", "type_str_in_vec"),
    ("inside other values", "slice", "type_slice_in_vec"),
    ("inside other values", "slice_mut", "type_mutable_slice_in_vec"),
    ("inside other values", "structs", "type_slice_in_vec"),
    ("inside other values", "borrowing", "type_borrowing_in_vec"),
    ("inside other values", "closure_mut", "closure_in_option"),
    ("inside other values", "closure", "closure_in_option"),
    ("inside other values", "lent", "lent_in_vec"),
    ("inside other values", "lent_mut", "lent_in_vec"),
    ("parameter of a closure", "borrowing", "closure_of_borrowing"),
    ("parameter of a closure", "closure_mut", "closure_in_closure"),
    ("parameter of a closure", "closure", "closure_in_closure"),
    ("parameter of a closure", "lent", "closure_of_lent"),
    ("parameter of a closure", "lent_mut", "closure_of_lent"),
];

/// The types that the property tests send.
pub(super) fn sent() -> Vec<&'static str> {
    macro_rules! names {
        ($($name:ident: $ty:ty;)*) => { [$(stringify!($ty)),*] };
    }
    crossing_types!(names).into_iter().chain(owned_types!(names)).collect()
}
